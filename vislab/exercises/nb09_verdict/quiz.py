"""Notebook 09, "The verdict": the questions before and after it."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "Segmentation 95 %, classification 90 %: which is the better method?",
        (
            Choice("Segmentation, by five points.", "Pixels were counted on one side and pictures on the other. In "
                   "notebook 00 a lazy model had nearly all pixels right and hardly more than half of the pictures."),
            Choice("These two numbers do not say.", "They share no scale. What can be compared is the answers to one "
                   "question, on the same pictures.", right=True),
            Choice("Classification, as it costs less.", "It may cost less. But what its answers are worth, these "
                   "numbers say as little."),
        ),
    ),
    Question(
        "Two models answered for the same pictures. How do you find out whether they differ?",
        (
            Choice("Whether their two intervals overlap.", "Intervals that overlap leave it open. Both contain that "
                   "some pictures are hard, which the difference does not."),
            Choice("Which one has the smaller mean error.", "Other pictures could turn the order round. How easily, an "
                   "interval tells."),
            Choice("By the interval of the difference, picture by picture.", "Hard pictures are hard for both, and "
                   "drop out of the difference.", right=True),
        ),
    ),
    Question(
        "A semantic segmenter's mask is nearly perfect. Why does it miscount cells all the same?",
        (
            Choice("Cells that touch are one patch.", "No better mask mends it: nothing in the mask is wrong.",
                   right=True),
            Choice("It was trained too briefly.", "Even the patches of the true mask miscount, in notebook 00 by "
                   "several cells a picture."),
            Choice("Counting needs a regressor.", "A regressor learns counts, but an instance segmenter counts as "
                   "well, and better on crowds it has never seen."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "The paired difference has the 95 % interval -6 to +5 points; 2 points would matter. What is the verdict?",
        (
            Choice("Equivalent: it contains 0.", "It also contains -6 and +5, each of which would matter. Not to know "
                   "is not to know that it is nothing."),
            Choice("Too little evidence.", "More pictures, or more seeds, would make the interval narrower. Only then "
                   "can there be another verdict.", right=True),
            Choice("Contradicted: the claim was not confirmed.", "Contradicted needs evidence against, as supported "
                   "needs evidence for."),
        ),
    ),
    Question(
        "You measure, and only then choose the margin so that the claim is supported. What is the verdict worth?",
        (
            Choice("As much as any: the data are the same.", "With the margin free, nearly every difference can be "
                   "made to matter or not to matter."),
            Choice("Nothing more than your wish.", "A rule that is chosen after the data can always be met. That is "
                   "why each stands in the code before them.", right=True),
            Choice("More, as the margin fits the data.", "That it fits is what was arranged."),
        ),
    ),
    Question(
        "All three seeds say that the semantic segmenter finds infected cells better, on drawn smears. What follows "
        "for a hospital's scans?",
        (
            Choice("Use semantic segmentation.", "Nothing was measured on scans, nor by the hospital's own question."),
            Choice("Nothing: it is only a drawing.", "It is a reason to try it there first, and the same rules can "
                   "judge there."),
            Choice("A guess worth measuring there.", "The verdict is marked: drawn pictures alone. What holds there, "
                   "their own pictures must say, by the same rules.", right=True),
        ),
    ),
)  # fmt: skip
