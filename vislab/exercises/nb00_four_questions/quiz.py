"""The quizzes of notebook 00, "One picture, four questions", and the claims that learners bet on."""

from vislab.studies.claims.judge import BETS
from vislab.studies.claims.published import CLAIMS as PUBLISHED
from vislab.widgets.quiz import Choice, Question

VERDICTS = tuple(BETS)
CLAIMS = tuple(claim.says for claim in PUBLISHED)  # notebook 09 judges them

OPENING = (
    Question(
        "mask is a NumPy array of 96 × 96 whole numbers. What does (mask == 2).sum() say?",
        (
            Choice("how many pixels of the mask are 2", "The comparison gives one True or False a pixel, and True "
                   "counts as 1.", right=True),
            Choice("the sum of all pixels that are 2", "That would be twice as much: (mask == 2) holds True and False, "
                   "and no 2 any more."),
            Choice("whether the mask holds a 2", "That is (mask == 2).any()."),
        ),
    ),
    Question(
        "A classifier gets a picture. What does it return?",
        (
            Choice("one class for each pixel", "That is a semantic segmenter."),
            Choice("one label for the whole picture", "Or one score for each label there is.", right=True),
            Choice("an outline around each object", "That is an instance segmenter."),
        ),
    ),
    Question(
        "A test is right for 95 of 100 pictures. Which sentence is safe?",
        (
            Choice("It is a good test.", "If 95 of the pictures are healthy, always saying 'healthy' is as good."),
            Choice("It is better than one that is right for 90 of 100.", "On other pictures, or at another question, "
                   "95 and 90 cannot be compared."),
            Choice("It was right for 95 of those 100.", "For more, you must know the pictures and what a simpler "
                   "test gets right on them.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "You have the semantic mask of a smear, and it is perfect. What can you not read from it for sure?",
        (
            Choice("whether the picture is infected, by the rule above", "The rule for the label asks only how many "
                   "pixels are infected: the mask says so."),
            Choice("how many cells there are", "Cells that touch are one patch in it. The number of patches is a "
                   "guess.", right=True),
            Choice("what share of the cells' area belongs to infected cells", "Both areas are counts of "
                   "pixels, and the mask has them."),
        ),
    ),
    Question(
        "Counting patches is further off in crowded pictures. What would help?",
        (
            Choice("a mask with finer pixels", "Touching cells touch at every size: the patch stays one."),
            Choice("a mask with fewer wrong pixels", "The mask was the truth, and the count was still wrong."),
            Choice("knowing which pixel belongs to which cell", "That is what instance masks add, and what an instance "
                   "segmenter has to learn.", right=True),
        ),
    ),
    Question(
        "A page says: segmentation reaches 95 %, classification 90 %, so it is better. What is missing first?",
        (
            Choice("a larger test", "More pictures make both numbers steadier. They stay answers to two questions."),
            Choice("the same question asked of both, on the same pictures", "A share of pixels and a share of pictures "
                   "have no scale in common.", right=True),
            Choice("a newer model", "It would move both numbers and leave them as far from comparable as before."),
        ),
    ),
)  # fmt: skip
