"""The exercise of notebook 09 that makes a claim: whether it is one that can be judged."""

from typing import Any

from vislab.evaluation.answers.questions import QUESTIONS
from vislab.exercises.checking.answers import Answer
from vislab.exercises.checking.check import UNTRIED, Check
from vislab.exercises.checking.trial import describe_error, run
from vislab.models.predictions import TASKS
from vislab.studies.claims.evidence import COST_NAMES
from vislab.studies.claims.judge import Judgement, gather, judge
from vislab.studies.claims.published import CLAIMS, Claim
from vislab.studies.claims.rules import Better, Cheaper, Fixed
from vislab.studies.pairs import BOXES

WHO = (*TASKS, "majority", "mean", "threshold", "watershed", BOXES)


class OwnClaim(Check):
    """The check of a claim that the learner makes: whether the rules can judge it, not what comes out."""

    def judge(self, function: object) -> Answer:
        """Right if the rules can judge the claim that the function returns."""
        if isinstance(function, Claim):
            return Answer("wrong", "The check wants the function itself, without brackets; it got the claim.")
        if not callable(function):
            return super().judge(function)
        try:
            made = run(function, {})
        except NotImplementedError:
            return UNTRIED
        except (Exception, SystemExit) as error:
            return Answer("stopped", describe_error(error, function))
        if made is None or made is ...:
            return UNTRIED
        sentence, hint = fault(made)
        if sentence:
            return Answer("wrong", sentence, hint=hint)
        rule = " ".join(made.words)
        return Answer("right", f"It can be judged, by this rule: {rule} Does your sentence claim just that?")


def judge_own(function: Any, results: Any) -> Judgement | Answer:
    """The verdict on the claim that the learner's function returns, or why there is none yet.

    Prints on how many pictures and trainings it rests, which the learner is to hand in with it.
    """
    try:
        made = function()
    except Exception as error:  # nothing that a learner writes may break the notebook
        return Answer("stopped", describe_error(error, function))
    if not isinstance(made, Claim):
        return Answer("not yet tried", "There is no claim yet; it is judged here.")
    sentence, hint = fault(made)
    if sentence:
        return Answer("wrong", f"It is judged once the check above finds it right. {sentence}", hint=hint)
    for world, studies in gather(results).worlds.items():
        each = "training" if len(studies) == 1 else "trainings"
        print(f"{world}: {studies[0].data['test']:,} test pictures, {len(studies)} {each} of each model")
    return judge(results, [made])[0]


def all_claims(function: Any) -> list[Claim]:
    """The published claims, and after them the one that the learner's function returns, if it is a sound one."""
    try:
        made = function()
    except Exception:  # judge_own has reported it
        return list(CLAIMS)
    return [*CLAIMS, made] if fault(made) == ("", "") else list(CLAIMS)


def fault(made: Any) -> tuple[str, str]:
    """Why something is no claim that can be judged here, and a hint; two empty texts if it is one."""
    if not isinstance(made, Claim):
        return f"It returned {_what(made)}, not a claim.", 'Return vl.Claim("what it says", rule).'
    if not isinstance(made.says, str) or len(made.says.split()) < 3:
        return f"The claim says {made.says!r}.", "Say in a sentence what is claimed, so that others can disagree."
    if not made.parts or isinstance(made.rules, str) or not all(_is_rule(rule) for rule in made.parts):
        return "The claim has no rule that can be applied.", "Give Better(question, a, than) or Cheaper(cost, a, than)."
    for other in CLAIMS:
        if made.says.strip() == other.says or made.parts == other.parts:
            return f"That is published claim {other.number}.", "Make one that nobody has published: other models, "\
                "another question, a margin of your own, or a baseline as the opponent."  # fmt: skip
    return next(filter(None, (_fault_of(rule) for rule in made.parts)), ("", ""))


def _fault_of(rule: Any) -> tuple[str, str] | None:
    """What is wrong with one rule."""
    if isinstance(rule, Fixed):
        return "Its rule is a verdict: no measurement could change it.", "Take a rule that can turn out either way."
    if not isinstance(rule, (Better, Cheaper)):
        return None
    for name in (rule.a, rule.than):
        if name not in WHO:
            return f"Nobody here is called {name!r}.", f"There are {', '.join(WHO)}."
    if rule.a == rule.than:
        return f"It compares {rule.a} with itself.", "Two different ones, the claim's side first."
    if isinstance(rule, Cheaper):
        if rule.cost not in COST_NAMES:
            return f"No cost is called {rule.cost!r}.", f"There are {', '.join(COST_NAMES)}."
        small = not isinstance(rule.times, (int, float)) or rule.times <= 1
        return ("Its times must be above 1.", "times=2 means: twice as much counts as more.") if small else None
    if rule.question not in QUESTIONS:
        return f"No question is called {rule.question!r}.", f"There are {', '.join(QUESTIONS)}."
    if rule.margin is not None and not (isinstance(rule.margin, (int, float)) and rule.margin > 0):
        return f"Its margin is {rule.margin!r}.", "The smallest difference that would matter to you, above 0."
    if rule.margin is not None and rule.margin >= 1 and rule.question != "count":
        points, meant = f"{100 * rule.margin:g} percentage points", f"{rule.margin / 100:g}"
        return f"Its margin is {rule.margin!r}: {points}.", f"{rule.margin:g} points are margin={meant}."
    return None


def _is_rule(rule: Any) -> bool:
    return callable(rule) and hasattr(type(rule), "words")  # an unknown question has no words


def _what(made: Any) -> str:
    if isinstance(made, str):
        return "a sentence without a rule"
    return "a rule alone" if _is_rule(made) else f"a {type(made).__name__}"


own_claim = OwnClaim(
    "09-own-claim",
    tuple,
    (
        "What have you believed all along, of models like these? Or: which simple opponent might do as well?",
        "Better(question, a, than): a answers the question with a smaller error. The questions are label, share, count "
        "and point. margin=... says what would matter to you. It says less wrong, and never as good as: for that there "
        "is no rule.",
        'For example: vl.Claim("A regressor counts better than a semantic mask\'s patches.", Better("count", '
        '"regression", "semantic")).',
    ),
)
