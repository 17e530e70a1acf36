"""The claims that web pages make about these tasks, in our words, each with the rules that decide it."""

from collections.abc import Sequence
from dataclasses import dataclass

from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.evidence import PROXIES, TOUCH, Rule
from vislab.studies.claims.extra_rules import SEGMENTERS, FewPictures, HeadStart, LightAndHeavy
from vislab.studies.claims.rules import Better, Cheaper, Fixed, TellsMore
from vislab.studies.claims.verdicts import Verdict
from vislab.studies.pairs import BOXES

TUTORIAL = "a tutorial that compares the two tasks"
VENDOR = "a labelling company's guide"
OVERVIEW = "an overview of computer vision's tasks"


@dataclass(frozen=True)
class Claim:
    """A statement that can be judged.

    says: the claim in a sentence. rules: what decides it, one part or several, stated before the data.
    number: of the published ones. source: the kind of page it comes from. note: what a reader must know first.
    """

    says: str
    rules: Rule | Sequence[Rule]
    number: int | None = None
    source: str = "your own"
    note: str = ""

    @property
    def parts(self) -> tuple[Rule, ...]:
        """Its rules, as a tuple even of one."""
        return tuple(self.rules) if isinstance(self.rules, Sequence) else (self.rules,)

    @property
    def words(self) -> tuple[str, ...]:
        """How it is decided, a sentence or two for each part."""
        return tuple(rule.words for rule in self.parts)


CLAIMS = (
    Claim(
        "Segmentation is more accurate than classification: 95 % against 90 %.",
        (Better("label", "semantic", "classification"), Better("label", "instance", "classification")),
        1, TUTORIAL,
        "The two scores are not comparable: one counts pixels, the other pictures. Both tasks' answers to the same "
        "question, is there any?, on the same pictures are.",
    ),
    Claim(
        "Segmentation tells more, and tells it more precisely, than classification.",
        (*(TellsMore(task, "classification") for task in SEGMENTERS),
         *(Better("point", task, "classification") for task in SEGMENTERS)),
        2, TUTORIAL,
        "More: how many of the four questions. More precisely: where. A classifier points at the peak of its map.",
    ),
    Claim(
        "Classification is fast and needs little computing; segmentation is slow and needs much.",
        (*(Cheaper(cost, "classification", than) for cost in ("latency_s", "macs") for than in SEGMENTERS),
         LightAndHeavy()),
        3, TUTORIAL,
        "First with one encoder for all tasks, then with light and heavy ones: a claim about tasks must hold for both.",
    ),
    Claim(
        "Classification is easy to build; segmentation is complicated.",
        tuple(Cheaper(proxy, "classification", than) for proxy in PROXIES for than in SEGMENTERS),
        4, TUTORIAL,
        "Nobody can measure easy. These are proxies: lines of code beside the shared encoder, constants somebody had "
        "to choose, seconds to a trained model.",
    ),
    Claim(
        "Classification gets by with little data; segmentation needs a lot.",
        FewPictures(),
        5, TUTORIAL,
        "Little data is few pictures, or few hours of labelling: not the same, as a label takes seconds and a mask "
        "minutes. The second budget of each was added after these curves had been seen, as the verdict turns on it.",
    ),
    Claim(
        "Classification is the choice for finding objects and recognising faces, segmentation for medicine and "
        "vehicles.",
        Fixed(
            Verdict.CATEGORY_ERROR,
            "Finding objects (boxes) and recognising faces (who is it?) are tasks of their own: neither is "
            "classification of a picture nor segmentation. A field such as medicine asks all four questions.",
        ),
        6, OVERVIEW,
    ),
    Claim(
        "Where every pixel counts (drivable road, tumours, cutting out a background) it takes semantic segmentation.",
        tuple(Better("share", "semantic", rival, silence=Verdict.SUPPORTED) for rival in ("regression", "instance")),
        7, VENDOR,
        "Judged by how much?, which is counted in pixels; against a regressor that never saw a mask, and against "
        "separate objects. A task that cannot answer at all loses.",
    ),
    Claim(
        "Where overlapping things must be told apart (crowds, stock, cells) it takes instance segmentation; boxes are "
        "worse at it, and semantic segmentation cannot do it.",
        (Better("count", "instance", "semantic", among=TOUCH), Better("count", "instance", BOXES, among=TOUCH)),
        8, VENDOR,
        "Judged by how many?, on the third of the pictures where most objects touch, by the truth. A semantic mask "
        "counts its components. The boxes are put round the instance model's masks and thinned as detectors thin "
        "theirs (of two with an IoU above 0.5, one stays): that tests the thinning, not a detector.",
    ),
    Claim(
        "Segmentation matters more in the real world.",
        Fixed(Verdict.NOT_MEASURABLE,
              "No measurement of pictures says what matters in the world, and the claim names none."),
        9, VENDOR,
    ),
    Claim(
        "Semantic segmentation beats classification, and instance segmentation too.",
        # The claim names no question, so a question that is added to QUESTIONS becomes a part of it.
        tuple(Better(question, "semantic", rival, silence=Verdict.SUPPORTED)
              for rival in ("classification", "instance") for question in QUESTIONS),
        10, OVERVIEW,
        "By which question? All are judged, and a task that cannot answer loses; costs stand in the tables.",
    ),
    Claim(
        "Classification is the ground that segmentation builds on.",
        HeadStart(),
        11, OVERVIEW,
        "If it is, an encoder from a trained classifier helps a segmenter that has few masks to learn from.",
    ),
)  # fmt: skip
