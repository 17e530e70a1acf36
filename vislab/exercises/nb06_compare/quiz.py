"""Notebook 06, "Compare answers": the questions before and after it."""

from vislab.widgets.quiz import Choice, Question

OPENING = (
    Question(
        "Somebody gives you the semantic mask of a smear, without a single wrong pixel. Which question does it leave "
        "to a guess?",
        (
            Choice("Is there any?", "The label is a rule on the mask: so many pixels of infected cell, or fewer."),
            Choice("How much of it?", "A share of area is counted in pixels, and the mask has them all."),
            Choice("How many?", "Cells that touch are one patch. In notebook 00 patches of perfect masks missed "
                   "several cells a picture.", right=True),
        ),
    ),
    Question(
        "On the same smears an instance segmenter has a mask AP of 0.75, a semantic segmenter a mean IoU of 0.95. "
        "Which is better?",
        (
            Choice("The semantic segmenter: 0.95 is more.", "The two share no scale. One number counts objects that "
                   "match closely enough, the other pixels, class by class."),
            Choice("These two numbers do not say.", "Notebook 05 matched whole objects, notebook 03 counted shared "
                   "pixels. Ask both the same question, and compare the answers.", right=True),
            Choice("The instance segmenter: AP is the stricter score.", "Stricter is no common scale either: nobody "
                   "can say how many points of one are worth a point of the other."),
        ),
    ),
    Question(
        "You move a threshold while looking at test pictures, and the answers get better. What have you got?",
        (
            Choice("A threshold that suits these pictures.", "To know how good it is elsewhere, you need "
                   "pictures that had no part in choosing it.", right=True),
            Choice("A better model.", "The model is as it was. What changed was fitted to the very pictures that "
                   "should judge it."),
            Choice("An error that can be reported.", "It was chosen to be small on these pictures, so it flatters. "
                   "Choose thresholds on the validation set."),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "The difference in count errors, a minus b, has the 95 % interval -0.7 to -0.5 cells over 256 pictures. What "
        "may you say?",
        (
            Choice("In 95 % of the pictures a counts better than b.", "The interval is of the mean. In how many "
                   "pictures a is better is another number, which you would have to count."),
            Choice("On pictures like these, these two models: a is off by less, on average.", "That is what was "
                   "measured. Trained again, each could come out differently.", right=True),
            Choice("Whatever a was trained for is the better task.", "One training of each was compared, on one "
                   "question. Other questions, other pictures and other trainings were not."),
        ),
    ),
    Question(
        "A page shows five pictures in which a segmenter finds what a classifier misses. What is missing?",
        (
            Choice("How often that happens, and how often the reverse.", "For any two models that differ, five such "
                   "pictures can be found in both directions.", right=True),
            Choice("More such pictures.", "Twenty chosen pictures show no more than five: they were chosen."),
            Choice("The accuracy of the classifier and the mean IoU of the segmenter.", "These two share no scale. "
                   "Compare their answers to one question instead."),
        ),
    ),
    Question(
        "A regressor has learned from numbers alone, and counts cells well. Which question needs a mask all the same?",
        (
            Choice("How many of the cells are infected?", "A regressor can learn that number like any other."),
            Choice("What share of the area is infected?", "It learned just that from one number a picture."),
            Choice("Which ones did you count?", "Its answer is a number that belongs to nothing in the picture. So "
                   "nobody can check it, or ask it anything that it was not trained for.", right=True),
        ),
    ),
)  # fmt: skip
