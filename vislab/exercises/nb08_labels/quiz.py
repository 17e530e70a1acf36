"""Notebook 08, "Compare the costs of labels": the questions before and after it."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "Somebody has outlined every cell of 100 smears and said which are infected. What do labels for a classifier "
        "cost on top?",
        (
            Choice("One word a smear, so 100 words.", "The word follows from the objects. In notebook 00 you wrote "
                   "both steps down, and they missed in none of 256 smears."),
            Choice("Nothing.", "Down the ladder is free: objects give classes, classes give the label.", right=True),
            Choice("It cannot be said.", "It can: the label is a rule on the mask, so nobody has to look again."),
        ),
    ),
    Question(
        "A mask is one pixel too large all around. Which object's IoU suffers more?",
        (
            Choice("The large one's: more pixels are wrong.", "More in number, but fewer in proportion: IoU divides by "
                   "what at least one of the two masks says."),
            Choice("Both the same: one pixel is one pixel.", "A ring of one pixel is most of a small object and little "
                   "of a large one."),
            Choice("The small one's.", "Errors live on boundaries, and a small object is nearly all boundary.",
                   right=True),
        ),
    ),
    Question(
        "Two models, each trained once, are told apart by a paired interval over 256 pictures. What does that interval "
        "not contain?",
        (
            Choice("That each, trained again, would be another model.", "It holds the choice of pictures alone. For "
                   "that, it takes several trainings.", right=True),
            Choice("That some pictures are hard.", "It does, as far as they are hard for one and not for the other. "
                   "What is hard for both drops out."),
            Choice("Nothing: it is paired.", "Paired means: the same pictures for both. Both models stay the two that "
                   "happened to come out."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A learning curve is flat from 512 to 2,048 pictures, and every training had the same number of steps. What "
        "follows?",
        (
            Choice("More pictures are of no use for this task.", "With more steps they may be. The same "
                   "steps, spread over more pictures, see each of them less often."),
            Choice("With these steps, more pictures did not help.", "That is what was measured. Longer training is "
                   "another curve.", right=True),
            Choice("512 pictures are enough in practice.", "Enough for what? A curve says how wrong the answers still "
                   "are, and whether that will do depends on you."),
        ),
    ),
    Question(
        "You paint the same smears twice, and your two masks agree with an IoU of 0.85. A model agrees with your first "
        "masks to 0.86. What do you know?",
        (
            Choice("No model can agree with your masks any better.", "It can. Both of your masks waver, each in its "
                   "own way. A mask that lies between them agrees better with each than they do with each other."),
            Choice("It agrees with you about as well as you do.", "That is all. What is left lies within your own "
                   "wavering. Which of you is closer to the cells themselves, your masks cannot say.", right=True),
            Choice("It is nearer to the cells than you are.", "It may be, or not: it was compared with your masks, and "
                   "not with the cells. And 0.01 more is little, where your hand wavers by much more."),
            Choice("It is wrong in 14 % of the pixels.", "IoU is no share of pixels. And part of what lacks is yours."),
        ),
    ),
    Question(
        "Ten hours buy 36,000 words for a classifier, and its curve was measured up to 2,048 pictures. How wrong is it "
        "at 36,000?",
        (
            Choice("As wrong as at 2,048.", "Perhaps. Nobody has measured it, so a table can say only what 2,048 give "
                   "and how many hours are left over."),
            Choice("The line, drawn on, will tell.", "A line that falls to the right becomes negative sooner or later. "
                   "Curves bend, and nobody knows where."),
            Choice("Not known.", "It would have to be measured. What is known is the answer at 2,048, for a small part "
                   "of the hours.", right=True),
        ),
    ),
)  # fmt: skip
