"""The quizzes of notebook 03, "Semantic segmentation"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "You hold the semantic mask of a smear, and it is right. What follows from it without a guess?",
        (
            Choice("how many cells there are", "Cells that touch are one patch in it; in notebook 00 patches missed "
                   "several cells per picture."),
            Choice("whether the picture is infected, by the rule", "It asks how many pixels are infected: down "
                   "the ladder is free.", right=True),
            Choice("which pixel belongs to which cell", "That is one level up, and up is a guess."),
        ),
    ),
    Question(
        "In notebook 02 the classifier's map of evidence was cut and held against the true mask. What was the result?",
        (
            Choice("it points well and outlines badly", "Its peak mostly lies on an infected cell; as a mask it had "
                   "about half of the segmenter's IoU.", right=True),
            Choice("it is nearly as good a mask as a segmenter's", "Its IoU was about half of the segmenter's: for a "
                   "label, one part that gives the cell away is enough."),
            Choice("it says nothing about places", "Its peak mostly lies on an infected cell. Only pooling makes "
                   "one number of all places."),
        ),
    ),
    Question(
        "90 of 100 patients are healthy, and a test calls everybody healthy. What is true of it?",
        (
            Choice("accuracy 0.9, sensitivity 0.9", "Sensitivity looks at the 10 ill ones alone, and it finds none."),
            Choice("accuracy 0.5, sensitivity 0", "It is right about 90 of the 100."),
            Choice("accuracy 0.9, sensitivity 0", "Right about the many, blind to the few: you will meet this again, "
                   "with pixels.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A mask is right about 97 % of the pixels. What does this say about the infected cells?",
        (
            Choice("about 97 % of them are found", "The 97 % may all be background and healthy cells."),
            Choice("at least half of their pixels are found", "If they are 2 % of the pixels, missing all of them "
                   "costs 2 points of 100."),
            Choice("nothing yet", "You need a score that looks only where the truth or the model says 'infected'.",
                   right=True),
        ),
    ),
    Question(
        "Most errors lie within 2 pixels of a boundary. For which objects does that matter most?",
        (
            Choice("small ones, which are nearly all boundary", "Two pixels off leave little of an object that is five "
                   "pixels wide.", right=True),
            Choice("large ones, which have longer boundaries", "Longer, but their inside grows faster still: the "
                   "wrong part of them is smaller."),
            Choice("all alike, as an error is an error", "Pixel by pixel, yes. As a part of the object, no."),
        ),
    ),
    Question(
        "From the classifier's encoder or from scratch: what may you conclude from the comparison above?",
        (
            Choice("what such a start is worth to segmentation", "Other pictures, more of them, or a better classifier "
                   "may turn it round."),
            Choice("what it was worth here, with so many pictures and steps", "Three trainings each are few, too: "
                   "notebook 08 repeats it along a whole curve.", right=True),
            Choice("nothing, as training is a matter of chance", "Chance is why each was trained three times; a "
                   "difference larger than among the three means something."),
        ),
    ),
)  # fmt: skip
