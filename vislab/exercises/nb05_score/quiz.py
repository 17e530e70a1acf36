"""The quizzes of notebook 05, "Score an instance segmenter"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "From notebook 04: a model's count is right in a picture of 15 cells. What may still be wrong?",
        (
            Choice("Nothing: 15 said, 15 there.", "One missed and one invented cancel. And nobody has looked at a "
                   "single outline yet."),
            Choice("Which cells it found, and their outlines.", "A count forgives both. Today every object answers "
                   "for itself.", right=True),
            Choice("The count in other pictures, and nothing in this one.", "Other pictures too. But in this one as "
                   "well: a sum can be right while its parts are not."),
        ),
    ),
    Question(
        "From notebook 03: two masks of 10 pixels each share 5. What is their IoU?",
        (
            Choice("1/2", "That is the share of either mask. Intersection over union divides by the pixels of either,"
                   " and these are 15."),
            Choice("1/4", "That divides by the sum, where the shared pixels count twice. The union has 15."),
            Choice("1/3", "5 shared, 10 + 10 - 5 = 15 in either.", right=True),
        ),
    ),
    Question(
        "From notebook 02: a test for a rare illness calls one person in a hundred ill, and all of them are. Its "
        "sensitivity?",
        (
            Choice("1, for all it called ill are ill", "That is its precision. Sensitivity asks how many of the ill "
                   "it found."),
            Choice("not known", "How many are ill and were not called so is not said. Today sensitivity is called "
                   "recall.", right=True),
            Choice("1/100", "That is the share it calls ill. Sensitivity is the share of the ill that it finds."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A page says: our segmenter reaches a mask AP of 0.87. What does that tell you?",
        (
            Choice("87 of 100 are found.", "You saw a model of about that AP that finds nearly all of them: AP also "
                   "asks how well, at ten strictnesses."),
            Choice("Each mask has an IoU of 0.87 on average.", "AP is an area under curves of precision and recall. "
                   "No IoU is averaged in it."),
            Choice("Only that it scores higher than a model with 0.80, on the same pictures and by the same rule.",
                   "How sure that is, an interval would say. What is found at your threshold, and how far the count "
                   "is off, has to be measured.", right=True),
        ),
    ),
    Question(
        "You raise the threshold of a model from 0.1 to 0.9. What becomes of its AP?",
        (
            Choice("It rises, as only sure objects are left.", "Precision rises, at this one threshold. AP looks at "
                   "all thresholds at once."),
            Choice("It stays the same.", "AP goes through the whole ranking, whatever threshold you count by. So it "
                   "cannot tell you which one to take.", right=True),
            Choice("It falls, as recall falls.", "Recall falls, at this one threshold. AP looks at all of them."),
        ),
    ),
    Question(
        "A detector gives a perfect box, with its class, for every cell of a smear, and no mask. What can you not read "
        "from them?",
        (
            Choice("how many cells there are", "One box a cell: on these smears boxes counted as well as masks."),
            Choice("what share of the cells is infected", "The boxes have classes. Count them."),
            Choice("how many pixels the cells cover", "A box holds more than its cell, of a disc 4/π of its area, and "
                   "which of its pixels are the cell's it does not say.", right=True),
        ),
    ),
)  # fmt: skip
