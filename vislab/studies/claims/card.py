"""A card of advice: what the measurements settle for one question, by which margin, at what price, and what is open."""

import math
from dataclasses import dataclass

from vislab.costs.labels.budget import in_words
from vislab.costs.labels.price_lists import PUBLISHED
from vislab.evaluation.answers.questions import QUESTIONS, Question
from vislab.studies.claims.deciding import Contender, Decision, Outcome, State, cheap_to_dear, decide
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, Interval, join_words

MOST = 100  # times as much evidence: beyond it the difference is about the margin, and no number settles it
USE, PROVISIONAL, NONE, BETWEEN = "Use {}", "Provisional: {}", "None of these", "Not settled: {}"
NOT_ASKED = "Not asked"  # of any model here
TOO_CLOSE = "More pictures would hardly settle it: the difference is about the margin."
MORE_PICTURES = "About {} test pictures instead of {} would settle it for these trained models."
MORE_TRAININGS = "About {} trainings instead of {} would settle it."


@dataclass(frozen=True)
class Card:
    """Advice on one question and kind of picture.

    contenders: the tasks that answer it. margin: the smallest difference that matters, in the error's own unit.
    trainings: of each task, with seeds of their own. test: pictures of each. pictures: what they are, in words.
    baseline: the best one, or "", and its error. silent: the tasks that cannot say. command: what trains three, "" with
    three. withheld: why nothing is judged yet, in a sentence, or "". guests: a sentence for each that answers; none is
    ever advised.
    """

    world: str
    question: str
    contenders: tuple[Contender, ...]
    margin: float
    trainings: int
    test: int
    pictures: str
    baseline: str = ""
    baseline_error: float = math.nan
    silent: tuple[str, ...] = ()
    command: str = ""
    withheld: str = ""
    guests: tuple[str, ...] = ()

    @property
    def asked(self) -> Question:
        """The Question that `question` names."""
        return QUESTIONS[self.question]

    @property
    def decision(self) -> Decision:
        """What it says by its own margin and published seconds."""
        if self.withheld:
            states = {one.task: State.OPEN for one in self.contenders}
            return Decision(Outcome.OPEN, tuple(states), states, math.inf)
        return decide(self.contenders, self.margin, trainings=self.trainings)

    @property
    def outcome(self) -> Outcome:
        """Settled, provisional, not settled, or nobody answers it."""
        return self.decision.outcome

    @property
    def tasks(self) -> tuple[str, ...]:
        """The task to use; the tasks between which it is not settled; or none."""
        return self.decision.tasks

    @property
    def headline(self) -> str:
        """The outcome in a few words."""
        if self.withheld:
            return "Not settled yet"
        if not self.contenders:
            return NOT_ASKED
        return headline(self.decision, self.baseline)

    @property
    def would_settle(self) -> str:
        """How many more pictures or trainings would settle it; "" unless it is open."""
        if self.withheld:
            return f"{self.withheld[0].upper()}{self.withheld[1:]}."
        return would_settle(self.decision.times, self.trainings, self.test) if self.outcome == Outcome.OPEN else ""

    @property
    def mark(self) -> str:
        """What a final answer lacks: trainings of other seeds; "" with three."""
        if self.trainings >= ENOUGH_TRAININGS or not self.contenders:
            return ""
        count = "One training" if self.trainings == 1 else f"{self.trainings} trainings"
        return f"{count} of the three that settle it. To train three: {self.command}"

    @property
    def matters(self) -> str:
        """The margin in a sentence."""
        amount = f"{self.asked.scale * self.margin:g}"
        return f"{amount} {self.asked.unit.removesuffix('s') if amount == '1' else self.asked.unit} or more matter"

    @property
    def why(self) -> str:
        """The evidence, a line each: every task's error, hours of labels and state; what would settle it."""
        if self.withheld:
            return self.would_settle
        if not self.contenders:
            silent = f"No model here answers {self.asked.wording} on pictures that carry its truth."
            return "\n".join([silent, *self.guests])
        states = self.decision.states
        told = [self._about(one, states[one.task]) for one in cheap_to_dear(self.contenders, PUBLISHED)]
        if self.baseline:
            error = self.asked.error.format(self.asked.figure(self.baseline_error))
            told.append(f"{self.baseline.capitalize()}, a baseline without a network: {error}.")
        if self.silent:
            told.append(f"Cannot say: {', '.join(self.silent)}.")
        told += self.guests
        return "\n".join(filter(None, [f"{self.matters}.", *told, self.would_settle, self.mark]))

    def _about(self, one: Contender, state: State) -> str:
        hours = one.hours.get(PUBLISHED, math.nan)
        price = "" if math.isnan(hours) else f", {in_words(hours)} of labels"
        return f"{one.task.capitalize()}: {self.asked.error.format(figures(self.asked, one.error))}{price}: {state}."


def figures(asked: Question, error: Interval) -> str:
    """An error with its 95 % interval, in the question's unit."""
    return asked.figures({asked.measure: error.difference, "low": error.low, "high": error.high})


def headline(decision: Decision, baseline: str) -> str:
    """An outcome in a few words."""
    if decision.outcome == Outcome.SETTLED:
        return USE.format(decision.tasks[0])
    if decision.outcome == Outcome.PROVISIONAL:
        return PROVISIONAL.format(decision.tasks[0])
    if decision.outcome == Outcome.NOBODY:
        return NONE
    alone = len(decision.tasks) == 1  # a task, or a baseline without a network
    return BETWEEN.format(join_words([*([baseline] if alone else []), *decision.tasks], " or "))


def would_settle(times: float, trainings: int, test: int) -> str:
    """What would settle an open card: test pictures for one training or two, and from three on more trainings."""
    if times > MOST:
        return TOO_CLOSE
    if trainings < ENOUGH_TRAININGS:
        return MORE_PICTURES.format(f"{round_up(times * test):,}", f"{test:,}")
    return MORE_TRAININGS.format(f"{max(trainings + 1, round_up(times * trainings)):,}", trainings)


def round_up(value: float) -> int:
    """To two figures, upwards, as such an estimate knows no more."""
    step = 10 ** max(0, math.floor(math.log10(value)) - 1)
    return int(math.ceil(value / step - 1e-9) * step)
