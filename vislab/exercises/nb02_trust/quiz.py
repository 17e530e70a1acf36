"""The quizzes of notebook 02, "Trust a classifier"."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "From notebook 01: how does a classifier get its one word?",
        (
            Choice("from the place that speaks loudest, and no other", "Then the pool would be the maximum. It "
                   "learned a pool between maximum and mean."),
            Choice("from a map of evidence, pooled to one number a label", "There is a map before there is a word. In "
                   "this notebook you hold it against the truth.", right=True),
            Choice("from a mask of the infected cells", "It has never seen a mask, only one word a picture."),
        ),
    ),
    Question(
        "A model is right on 94 % of the test pictures. What else must you know before that means anything?",
        (
            Choice("what a simpler model gets right, and an interval", "94 % is little if always giving the same "
                   "answer is right in 93 %.", right=True),
            Choice("how right it is on the training pictures", "It may know those by heart, and no others."),
            Choice("how many numbers it has to learn", "That is a cost. It does not say how often the model is right."),
        ),
    ),
    Question(
        "Why were the test pictures of notebook 01 looked at only once?",
        (
            Choice("Looking takes time.", "They were predicted in seconds."),
            Choice("A model wears pictures out.", "Predicting changes nothing in the model. It is you who are "
                   "changed by what you see."),
            Choice("If you choose by them, you fit the choice to them.", "Then they are only validation pictures, and "
                   "nobody knows what happens on others.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "Sensitivity 95 %, specificity 95 %, and one in a hundred people is ill. Somebody's result is positive. How "
        "likely is it that they are ill?",
        (
            Choice("95 %", "That is the share of the ill who are found. The question is the reverse: of the "
                   "people found, how many are ill?"),
            Choice("about 16 %", "Of 10,000 people 95 of 100 ill are found, and 495 of 9,900 healthy too: 95 of 590.",
                   right=True),
            Choice("1 %", "That was the risk before the result. It is sixteen times as high now, and still not high."),
        ),
    ),
    Question(
        "Each slide gave twenty pictures, and the split shuffled pictures. What does the test score say?",
        (
            Choice("how the model will do on new slides", "Nearly every slide of the test has pictures in training, so "
                   "no slide was new."),
            Choice("how well it knows these slides", "A model that knows nothing but slides scores high: you have seen "
                   "one do so.", right=True),
            Choice("nothing can be said without the threshold", "The threshold may leak too. But here the pictures do, "
                   "whatever the threshold."),
        ),
    ),
    Question(
        "The map of evidence is warm on the infected cell. What may you conclude?",
        (
            Choice("The map can stand in for a mask.", "Its place is often right, its shape is not: you have measured "
                   "its IoU beside a segmenter's."),
            Choice("The model decides by parasites, and by nothing else.", "It does not show what would happen without "
                   "the rest. Take the rest away, and look: the platelets counted too."),
            Choice("These places speak for 'infected'; why, it does not say.", "A map says where. What matters there, "
                   "and elsewhere, you find out by changing the picture.", right=True),
        ),
    ),
)  # fmt: skip
