"""Truth comes in as it is, or not at all: malformed inputs are read as they plainly say, or refused in a sentence."""

import pytest
from malformed.batches import OUTCOMES, Verdict, judge_all, table

LEAST = 600  # inputs


@pytest.mark.slow
def test_malformed_inputs_are_read_as_they_say_or_refused_in_a_sentence() -> None:
    from malformed.all_cases import CASES  # makes some examples, which takes a while

    verdicts = list(judge_all())
    print(table(verdicts))
    failed = [verdict for verdict in verdicts if verdict.outcome not in OUTCOMES[:2]]
    assert not failed, "\n".join(f"{each.outcome}: {each.name}: {each.said}" for each in failed)
    assert len(verdicts) == len(CASES) >= LEAST
    assert len({verdict.name for verdict in verdicts}) == len(verdicts)


def test_a_kind_is_counted_by_its_outcomes() -> None:
    given = [Verdict("zip: cut off", "refused", "a.zip: is cut off"), Verdict("zip: whole", "right", "")]
    rows = [line.split() for line in table([*given, Verdict("table: empty", "hanging", "no end")]).splitlines()]
    assert rows[1:] == [
        ["zip", "2", "1", "1", "0", "0", "0"],
        ["table", "1", "0", "0", "0", "0", "1"],
        ["all", "3", "1", "1", "0", "0", "1"],
    ]
