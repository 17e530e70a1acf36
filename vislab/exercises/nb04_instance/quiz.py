"""The quizzes of notebook 04, "Build an instance segmenter"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "From notebook 00: patches of a perfect mask count too few cells. Why?",
        (
            Choice("Cells that touch become one patch.", "The mask says what each pixel is, not which cell it is of.",
                   right=True),
            Choice("Small cells are left out.", "In a perfect mask every visible pixel counts, and one pixel is a "
                   "patch."),
            Choice("The mask has errors at the edges of the cells.", "It was the truth itself, and the count was "
                   "wrong all the same."),
        ),
    ),
    Question(
        "From notebook 03: the decoder adds fine features to coarse ones, enlarged to twice the size. What for?",
        (
            Choice("Coarse features are noisy, and the sum averages the noise away.", "Averaging is not the point: the "
                   "two know different things."),
            Choice("It makes the network smaller.", "It adds weights: each scale needs a convolution of its own."),
            Choice("Coarse features know what is there, fine ones where it ends.", "One alone gives either smudged "
                   "edges or pixels without a context.", right=True),
        ),
    ),
    Question(
        "From notebook 02: on which pictures is a threshold chosen?",
        (
            Choice("on the training pictures", "The model has seen them. Its scores there are surer than they will "
                   "be elsewhere."),
            Choice("on valid pictures, which neither train nor test", "They are new to the model, and the test "
                   "pictures stay untouched for the verdict.", right=True),
            Choice("on the test pictures, as it is them that count", "Then the threshold fits these pictures, and "
                   "nobody knows what it does on others."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "Two cells touch, and both are healthy. Which map changes most where one ends and the other begins?",
        (
            Choice("the class scores", "Both sides are 'cell': the classes do not change at all."),
            Choice("the arrows", "On one side they point one way, on the other side the other way. That is what tells "
                   "the two apart.", right=True),
            Choice("the radius", "Cells of one smear are nearly of one size, so it hardly changes."),
        ),
    ),
    Question(
        "Why is the heat of a target 1 at the centre and falls off around it, in place of one single warm pixel?",
        (
            Choice("So that the network can be nearly right.", "One pixel beside the centre is a good answer, and a "
                   "spot says so: the loss shrinks the nearer it comes.", right=True),
            Choice("So that all the heat of a cell adds up to 1.", "It does not add up to 1. A peak is judged by its "
                   "height."),
            Choice("So that the warm spots show where the cell ends.", "The classes say where cells are, and the "
                   "arrows which. The spot is only a place to point at."),
        ),
    ),
    Question(
        "A model's count is off by 0 in a picture of 15 cells. What do you know?",
        (
            Choice("It found all 15 cells.", "One missed and one invented cell cancel: 15 are said either way."),
            Choice("Its masks are right.", "A count says nothing about where an object ends."),
            Choice("It said 15.", "Which objects it found, and how well, takes matching them with the true ones: that "
                   "is notebook 05.", right=True),
        ),
    ),
)  # fmt: skip
