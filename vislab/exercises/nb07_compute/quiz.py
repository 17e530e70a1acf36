"""Notebook 07, "Compare the costs of computing": the questions before and after it."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "A 3 × 3 convolution with padding and stride 2 gets a picture of 96 × 96. How large is its output?",
        (
            Choice("96 × 96", "That would be stride 1. A stride of 2 skips every other row and column."),
            Choice("48 × 48", "Half as many rows and half as many columns: a quarter of the pixels.", right=True),
            Choice("32 × 32", "The kernel's side does not divide the picture. The stride does."),
        ),
    ),
    Question(
        "What do a semantic segmenter and a classifier of this course have in common?",
        (
            Choice("The encoder.", "The segmenter adds a decoder, which brings the coarse map back to pixels.",
                   right=True),
            Choice("The decoder.", "A classifier has none: it pools the encoder's map to one place."),
            Choice("Nothing: they are two kinds of network.", "In notebook 03 the segmenter was the classifier without "
                   "its pooling, and more built on top."),
        ),
    ),
    Question(
        "Two models were asked about the same pictures, and their errors differ. When is that more than chance?",
        (
            Choice("When the paired interval of the difference leaves out 0.", "Many values, a middle, an interval: it "
                   "will be the same for seconds.", right=True),
            Choice("When the difference is above 1 %.", "How large a difference chance alone makes depends on how many "
                   "pictures there are, and how unlike they are."),
            Choice("When both were asked twice.", "A model gives the same answers again. Other pictures are what could "
                   "turn the order round."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A page says: 12 ms a picture. The model answers 64 pictures in 768 ms. What may you conclude?",
        (
            Choice("You wait 12 ms for an answer.", "You wait for the whole batch, 768 ms, and for the other 63 "
                   "pictures to arrive. The page does not say how long a single picture takes."),
            Choice("It answers about 83 pictures a second, 64 at a time.", "That is its throughput. Its latency must "
                   "be measured with one picture.", right=True),
            Choice("With a batch of 128 it is 6 ms.", "Once the device is busy, a larger batch takes longer in "
                   "proportion. How far it gains must be measured."),
        ),
    ),
    Question(
        "Two models have as many multiply-adds. Do they take equally long?",
        (
            Choice("Yes: the work is the same.", "Only the multiply-adds are. Moving numbers, starting layers and "
                   "grouping objects are no multiply-adds, and take time."),
            Choice("Not necessarily: it must be measured.", "Many small layers take longer than a few large ones, and "
                   "each device prefers other shapes. The count is an estimate.", right=True),
            Choice("Only if they have as many parameters.", "A parameter may work once or for each of a thousand "
                   "pixels. Neither count decides the time."),
        ),
    ),
    Question(
        "A segmenter of 520 px pictures has 2.1 billion multiply-adds, a classifier of 224 px pictures 1.8 billion. "
        "Is segmentation dearer?",
        (
            Choice("Yes, by a sixth.", "Two things differ beside the task: the architecture and the pictures' size."),
            Choice("No: it is five times cheaper.", "Per pixel it is. But that is this segmenter and this classifier, "
                   "not two tasks."),
            Choice("These figures do not say.", "Task, architecture and size must be varied one at a time.",
                   right=True),
        ),
    ),
)  # fmt: skip
