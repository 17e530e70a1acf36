"""The quizzes of notebook 04, "Build an instance segmenter"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "From notebook 00: patches of a perfect mask count too few cells. Why?",
        (
            Choice("Cells that touch become one patch.", "The mask says what each pixel is, not which cell it is part "
                   "of.", right=True),
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
            Choice("on the validation pictures, which neither train nor test", "They are new to the model, and "
                   "the test pictures stay untouched for the verdict.", right=True),
            Choice("on the test pictures, as they are the ones that count", "Then the threshold fits these pictures, "
                   "and nobody knows what it does on others."),
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
        "Why is the target's heatmap a hill around the centre, and not 1 at the centre and 0 everywhere else?",
        (
            Choice("So that the network can be nearly right.", "One pixel beside the centre is a good answer, and a "
                   "hill says so: the closer, the smaller the loss.", right=True),
            Choice("So that each cell's hill adds up to 1.", "It does not. A peak is judged by its height."),
            Choice("So that the hill shows where the cell ends.", "The classes say where cells are, and the arrows say "
                   "which. The hill is only a place to point at."),
        ),
    ),
    Question(
        "A model's count is off by 0 in a picture of 15 cells. What do you know?",
        (
            Choice("It found all 15 cells.", "One missed and one invented cell cancel: the count is 15 either way."),
            Choice("Its masks are right.", "A count says nothing about where an object ends."),
            Choice("It counted 15.", "To know which objects it found, and how well, match them with the true ones: "
                   "that is notebook 05.", right=True),
        ),
    ),
)  # fmt: skip
