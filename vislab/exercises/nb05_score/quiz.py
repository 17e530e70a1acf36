"""The quizzes of notebook 05, "Score an instance segmenter"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "From notebook 04: a model's count is right in a picture of 15 cells. What may still be wrong?",
        (
            Choice("Nothing: 15 predicted, 15 in the picture.", "One missed and one invented cell cancel. And nobody "
                   "has looked at an outline yet."),
            Choice("Which cells it found, and their outlines.", "A count forgives both. Today every object answers "
                   "for itself.", right=True),
            Choice("The count in other pictures, and nothing in this one.", "Other counts too. But in this picture as "
                   "well, a sum can be right while its parts are wrong."),
        ),
    ),
    Question(
        "From notebook 03: two masks of 10 pixels each share 5. What is their IoU?",
        (
            Choice("1/2", "That is the share of either mask. Intersection over union divides by the pixels of either, "
                   "and these are 15."),
            Choice("1/4", "That divides by the sum, which counts shared pixels twice. The union has 15."),
            Choice("1/3", "5 shared, and 10 + 10 - 5 = 15 in either.", right=True),
        ),
    ),
    Question(
        "From notebook 02: a test for a rare illness calls one person in a hundred ill, and all of them are. What is "
        "its sensitivity?",
        (
            Choice("1, as all it called ill are ill", "That is its precision. Sensitivity is the share of the ill "
                   "that it finds."),
            Choice("unknown", "You would have to know how many ill people it did not call ill. Today sensitivity is "
                   "called recall.", right=True),
            Choice("1/100", "That is the share it calls ill. Sensitivity is the share of the ill that it finds."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A page says: our segmenter reaches a mask AP of 0.87. What does that tell you?",
        (
            Choice("It finds 87 of 100 objects.", "You saw a model of about that AP that finds nearly all of them. AP "
                   "also asks how exactly each is drawn, at ten required IoUs."),
            Choice("Each mask has an IoU of 0.87 on average.", "AP is an area under curves of precision and recall. "
                   "It averages no IoU."),
            Choice("Only that it scores higher than a model with 0.80, on the same pictures and by the same rule.",
                   "An interval would say how certain that is. What it finds at your threshold, and how far its count "
                   "is off, you have to measure.", right=True),
        ),
    ),
    Question(
        "You raise the threshold of a model from 0.1 to 0.9. What happens to its AP?",
        (
            Choice("It rises, as only confident predictions are left.", "Precision rises, at this one threshold. AP "
                   "looks at all thresholds at once."),
            Choice("It stays the same.", "AP goes through the whole ranking, whatever your threshold. So it cannot "
                   "tell you which threshold to choose.", right=True),
            Choice("It falls, as recall falls.", "Recall falls, at this one threshold. AP looks at all of them."),
        ),
    ),
    Question(
        "A detector gives a perfect box and class for every cell of a smear, and no mask. What can you not read from "
        "them?",
        (
            Choice("how many cells there are", "There is one box for each cell. On these smears boxes counted as well "
                   "as masks."),
            Choice("what share of the cells is infected", "The boxes have classes. Count them."),
            Choice("how many pixels the cells cover", "A box is larger than its cell (4/π times, for a disc), and it "
                   "does not say which of its pixels belong to the cell.", right=True),
        ),
    ),
)  # fmt: skip
