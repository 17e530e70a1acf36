"""The quizzes of notebook 01, "Build a classifier"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "You get instance masks: which pixel belongs to which cell, and each cell's class. What else do you then "
        "have for free?",
        (
            Choice("nothing; labels have to be made separately", "The objects give each pixel's class, and "
                   "the rule for the label needs only the classes. You can work out both."),
            Choice("the classes of all pixels, and the label", "Down the ladder is free: each step only forgets.",
                   right=True),
            Choice("the classes of all pixels, but not the label", "At least 12 pixels of infected cells: the mask "
                   "says whether there are so many."),
        ),
    ),
    Question(
        "Which of the four questions is a classifier of smears trained to answer?",
        (
            Choice("Is there any?", "It learns from one word a picture, and predicts one word a picture.", right=True),
            Choice("How many?", "It has never seen a count. Reading one from it would be our guess."),
            Choice("Where?", "It has never seen a position. Notebook 02 tries to get one out of it anyway."),
        ),
    ),
    Question(
        "In notebook 00 a lazy model never said 'infected', and yet it got nearly all pixels right. Why?",
        (
            Choice("Hardly any picture was infected.", "About half of the pictures were; hardly any pixel was."),
            Choice("It was good at finding cells.", "It was, but that is not why: background and healthy cells alone "
                   "are nearly all of the pixels."),
            Choice("Hardly any pixel belongs to an infected cell.", "So saying nothing is nearly always right. A "
                   "baseline shows what that is worth.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A smear of 96 × 96 goes through a convolution with kernel 3, stride 2 and padding 1. What comes out of each "
        "of its kernels?",
        (
            Choice("48 × 48", "The padded row is 98 long, the window can move 95 steps, and 95 // 2 + 1 is 48.",
                   right=True),
            Choice("47 × 47", "Without padding, yes: (96 - 3) // 2 + 1 is 47. Padding makes the row two longer, so "
                   "with stride 2 one more place fits."),
            Choice("96 × 96", "With stride 1, yes. Stride 2 leaves out every second place."),
        ),
    ),
    Question(
        "You train a classifier with two labels. After 100 steps its loss still is 0.69. What does that tell you?",
        (
            Choice("It is right for 69 % of the pictures.", "A loss is not a share. It says how little probability "
                   "the right label got, on a logarithmic scale."),
            Choice("It is sure, and wrong.", "Then the loss would be far larger: 1 % for the right label costs 4.6."),
            Choice("It still gives both labels about one half.", "-log(0.5) is 0.69: it has learned nothing yet that "
                   "helps.", right=True),
        ),
    ),
    Question(
        "A classifier got 94 % of 512 test pictures right, and the 95 % interval is 92 to 96 %. What may you say?",
        (
            Choice("Trained again from other first weights, it would get 92 to 96 % right.", "The interval is over "
                   "pictures. It does not say how much another training would change: for that, train again."),
            Choice("On other smears drawn like these, this model would most likely get 92 to 96 % right.", "Other "
                   "pictures of the same kind, the same model: this is what was measured.", right=True),
            Choice("In a hospital it would be wrong for 4 to 8 of 100 patients.", "These smears are drawn, half of "
                   "them are ill, and one picture is not one patient. Notebook 02 changes the microscope."),
        ),
    ),
)  # fmt: skip
