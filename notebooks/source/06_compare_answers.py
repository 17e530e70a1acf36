# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Compare answers
#
# One classifier, one regressor, one semantic and one instance segmenter: the same encoder, trained on the same 4,096
# smears, in front of six that none of them has seen.

# %%
import numpy as np

import vislab as vl

smears = vl.draw("smear", 1408, seed=0)
train, valid, test = smears[:1024], smears[1024:1152], smears[1152:].as_part("test")
models = vl.pretrained("smear")

# %%
six = test[:6]
vl.compare(six, [vl.predict(model, six) for model in models.values()])

# %% [markdown]
# The button ▶ leads from smear to smear. Point at a pixel, and read what each model thinks it is. Switch to the
# errors, drag the line between two panes. The regressor has no pane, as it has no pixels: it says numbers. Under the
# pictures stand everybody's answers to the four questions, beside the truth; and in small print how far they are off
# over all six, with intervals. Which of these models would you take? And what would you have to know first?
#
# **After this notebook you can** say which of four models answers which question how well, with an interval; tell
# whether two models differ, picture by picture; turn a striking picture into a number; and find out under which
# conditions an answer breaks. **Time:** an hour at most, half of it for three exercises. **Runs here in:** less than a
# minute on two CPU cores, without a GPU and without training anything.
#
# ## Three questions before we begin

# %%
from vislab.exercises import compare_answers as check

vl.quiz("06-opening", check.OPENING)

# %% [markdown]
# ## Who is asked what
#
# Accuracy, mean IoU and mask AP share no scale, so nobody is ranked by them here. What all models have in common are
# the four questions. But not each was trained to answer each:
#
# | | any? | how much? | how many? | where? |
# |---|---|---|---|---|
# | classification | learned | – | – | the place that speaks most for its word |
# | regression | learned | learned | learned | – |
# | semantic | follows from its mask | pixels counted | a guess: patches | the surest pixel of its mask |
# | instance | follows from its objects | pixels counted | objects counted | inside its surest object |
#
# A dash is no failure: nobody trained it to say that. Beside the models answer four that know no more than colours, or
# not even that: *majority* always says the more common label, *mean* always the mean share and count, *threshold* finds
# classes by colour, *watershed* cuts these into cells. All were fitted on train and tuned on valid pictures.

# %%
from vislab.baselines import fit_all

said = {task: vl.predict(model, test) for task, model in models.items()}
simple = {name: one.predict(test) for name, one in fit_all(train, valid).items()}
given = {name: vl.answers(one) for name, one in (said | simple).items()}
errors = {name: vl.score_answers(test, answers) for name, answers in given.items()}  # with intervals
for name, answers in given.items():
    print(f"{name:<15} is asked: {', '.join(answers.asked)}")

# %% [markdown]
# In the code the four questions are called label, share, count and point. The 256 test smears are looked at now, once:
# nothing below chooses a model or a threshold by them.
#
# ## Is there any?

# %%
best_label = vl.guess(
    "Whose word, healthy or infected, is wrong in the fewest of 256 smears?", list(models), name="06-label"
)
best_label

# %%
from vislab.exercises.compare_pictures import show_errors

show_errors(test, given, "label")

# %%
wrong = {task: errors[task]["label"]["wrong"] for task in models}
for task, share in wrong.items():
    print(f"{task:<15} wrong in {round(256 * share):>2} of 256 smears")
print(best_label.said)
assert max(wrong.values()) < 0.12 < errors["threshold"]["label"]["wrong"]

# %% [markdown]
# The classifier was trained for this word and for nothing else. The segmenters say it in passing, by counting pixels.
# Is the model at the top better than the one below it? Where two intervals overlap, they leave it open. But such an
# interval mostly says that some smears are hard, and *the same* smears were given to everybody. So compare smear by
# smear.
#
# ### Your turn: a paired comparison
#
# `a` and `b` are the errors of two models, one number a picture, on the same n pictures. The interval comes from
# drawing the pictures anew: each row of `draws` (r, n) names n pictures, some of them twice, some not at all. In how
# many ways could the mean difference have come out? Return three numbers: the mean of a less b, and the 0.025 and 0.975
# quantiles (`np.quantile`) of that mean over the r rows.


# %% nbgrader={"grade": false, "grade_id": "paired-difference", "locked": false, "schema_version": 3, "solution": true, "task": false}
def paired_difference(a, b, draws):
    """Mean of a less b, and the ends of its 95 % interval, from errors (n,) and the pictures drawn (r, n)."""
    ### BEGIN SOLUTION
    off = a - b
    redrawn = off[draws].mean(1)
    return off.mean(), *np.quantile(redrawn, [0.025, 0.975])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-paired-difference", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.paired_difference(paired_difference)

# %% [markdown]
# Stuck? `check.paired_difference.hint()` gives a hint, and a further one each time.
#
# `vl.compare_pair` does the same with 2,000 rows. Four models make six pairs.

# %%
pairs_apart = vl.guess("In how many of the six pairs does the interval leave out 0?", name="06-pairs", between=(0, 6))
pairs_apart

# %%
from itertools import combinations

pairs = [vl.compare_pair(test, given[a], given[b], "label") for a, b in combinations(models, 2)]
apart = sum(not pair.low <= 0 <= pair.high for pair in pairs)
print("\n".join(pair.sentence for pair in pairs))
print(f"{apart} of 6 pairs are told apart; {pairs_apart.said}")

# %% [markdown]
# A pair that is not told apart may still differ; 256 smears are too few to see it. And of twenty pairs that do not
# differ at all, one is told apart by chance: whoever compares much, finds something. So look whether the interval is
# far from 0, and try again with other pictures.
#
# One thing these intervals do not hold at all: each model was trained *once*. Trained again, it would be another model.
#
# ## How much of it?
#
# The share of the cells' area that is infected. The regressor has learned it from one number a picture. It has never
# seen a mask.

# %%
share = {name: one["share"]["mae"] for name, one in errors.items()}
regressed = vl.guess(
    f"Always saying the mean share is off by {100 * share['mean']:.1f} percentage points. And the regressor?",
    name="06-share", between=(0, 50), unit="points",
)  # fmt: skip
regressed

# %%
show_errors(test, given, "share")

# %%
print(vl.compare_pair(test, given["regression"], given["semantic"], "share").sentence)
print(vl.compare_pair(test, given["semantic"], given["instance"], "share").sentence)
print(regressed.said)
assert share["semantic"] < 0.7 * share["regression"] and share["regression"] < 0.5 * share["mean"]

# %% [markdown]
# So a share can be learned without a mask: much better than the mean, and than counting pixels by colour. Whether what
# is left of its error matters depends on what you need the share for, not on the method.
#
# ## How many?

# %%
show_errors(test, given, "count")

# %%
count = {name: one["count"]["mae"] for name, one in errors.items()}
for name in ("instance", "watershed", "semantic"):
    print(vl.compare_pair(test, given["regression"], given[name], "count").sentence)
assert count["instance"] < 0.4 * count["regression"] < 0.4 * 0.7 * count["watershed"]
assert count["semantic"] > 3 > count["watershed"]

# %% [markdown]
# The semantic mask is nearly right in every pixel, and its count is off by several cells: patches again. The regressor,
# which has no mask at all, comes nearer. Is a mask then needed to count? On pictures like those it learned from,
# hardly. What about others? All models have learned from smears of 8 to 20 cells. Here are smears of 36 to 40.

# %%
beyond = vl.guess(
    "By how many cells is the regressor off in a smear of about 38?", name="06-beyond", between=(0, 40), unit="cells"
)
beyond

# %%
full = vl.draw("smear", 64, seed=1, objects=(36, 40))
there = full.count_objects().sum(1).double().mean()
far = {}
for task in ("regression", "semantic", "instance"):
    far[task] = vl.score_answers(full, vl.answers(vl.predict(models[task], full)))["count"]
    print(f"{task:<12} off by {far[task]['mae']:5.2f} of {there:.1f} cells, leaning {far[task]['bias']:+.2f}")
print(beyond.said)
assert far["regression"]["mae"] > 2 * far["instance"]["mae"] and far["regression"]["bias"] < -3

# %% [markdown]
# *Leaning* says whether too many (+) or too few (-). The regressor learned that numbers like 38 do not occur. The
# instance segmenter never learned a number: it learned what a cell is, and then somebody counts.
#
# There is more that a number cannot do. Suppose somebody asks on Tuesday: how many cells lie in the *left half*? No
# model was trained for that.


# %%
def on_the_left(scenes):
    """How many cells of each picture have most of their pixels in its left half."""
    found = []
    for ids in scenes.instances.numpy():
        left, whole = (np.bincount(part.ravel(), minlength=ids.max() + 1)[1:] for part in (ids[:, :48], ids))
        found.append((2 * left > whole).sum())
    return np.array(found, float)


# %%
from vislab.exercises.instance_pictures import as_scenes

truth = on_the_left(test)
counted = np.abs(on_the_left(as_scenes(test, said["instance"])) - truth).mean()
halved = np.abs(np.nansum(given["regression"].count, 1) / 2 - truth).mean()
print(f"{truth.mean():.1f} cells on the left; objects counted: off by {counted:.2f}, half a count: by {halved:.2f}")
assert counted < 0.2 * halved

# %% [markdown]
# For the regressor we took half of its count, which is the best that its number can give. Masks answer questions that
# nobody had thought of when they were made; and one can look at them and see whether they are right. A number cannot be
# looked at.
#
# ## Where?
#
# Who says "infected" should be able to point at an infected cell. A point that misses one, or none where there is one,
# is a miss. Only infected smears are asked.

# %%
show_errors(test, given, "point")

# %%
print(vl.compare_pair(test, given["classification"], given["semantic"], "point").sentence)
print(vl.compare_pair(test, given["semantic"], given["instance"], "point").sentence)
assert errors["classification"]["point"]["missed"] > errors["semantic"]["point"]["missed"] + 0.01

# %% [markdown]
# The classifier's word can be right and its place wrong: what speaks for "infected" need not lie *on* the parasite. How
# good such a place is, and what one may read from it, is the subject of notebook 02.
#
# ## A gallery, and how often
#
# Here are all 256. Above the pictures you can choose an order: where answers differ most, worst for one model, best for
# it. Beside it stands how many smears are like the one you see, or more so. Choose "worst for instance", and see what
# the others say there.

# %%
gallery = vl.compare(test, list(said.values()))
for order in gallery.orders[1:]:
    gallery.order = order
    print(f"{order:<27} {gallery.often(gallery.index(0))}")
gallery.order = "where answers differ most"
gallery

# %% [markdown]
# One could print the first picture of each order on a page, and prove with it whatever one likes. (Move a threshold
# here and read what the viewer says about it.) What such a picture is worth, a count tells. Take the counts of cells:

# %%
nearer = vl.guess(
    "In how many of 256 smears is the regressor's count nearer than the instance segmenter's?",
    name="06-nearer", between=(0, 256),
)  # fmt: skip
nearer

# %%
from vislab.questions import picture_errors

beats = {}
for question, a, b in [("count", "regression", "instance"), ("count", "semantic", "regression"),
                       ("share", "regression", "semantic"), ("label", "classification", "instance")]:  # fmt: skip
    off = picture_errors(test, given[a], question) - picture_errors(test, given[b], question)
    beats[question, a, b] = int((off < 0).sum())
    print(f"{question:<6} {a} nearer in {(off < 0).sum():>3}, {b} in {(off > 0).sum():>3} of 256")
print(nearer.said)
assert beats["count", "regression", "instance"] < 60 and beats["count", "semantic", "regression"] < 60

# %% [markdown]
# Where the two numbers do not make 256, both were wrong alike in the rest, or both right. Each line without a 0 has
# pictures for both sides of a quarrel. A mean says who is nearer on the whole; these counts say how often, and that is
# another thing.
#
# ### Your turn: a picture that each task gets wrong
#
# `wrong` (tasks, n) is True where a task's label is wrong. For each task, find the first picture that it gets wrong and
# *all others get right*. Where a task has none, say -1.


# %% nbgrader={"grade": false, "grade_id": "alone-wrong", "locked": false, "schema_version": 3, "solution": true, "task": false}
def alone_wrong(wrong):
    """The first picture (tasks,) that each task alone gets wrong, -1 where there is none, from bool (tasks, n)."""
    ### BEGIN SOLUTION
    alone = wrong & (wrong.sum(0) == 1)
    return np.where(alone.any(1), alone.argmax(1), -1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-alone-wrong", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.alone_wrong(alone_wrong)

# %% [markdown]
# Now for the test smears. These are all in which anybody's word is wrong:

# %%
wrongs = np.stack([picture_errors(test, given[task], "label") == 1 for task in models])  # (4, 256)
alone = wrongs & (wrongs.sum(0) == 1)
for task, one in zip(models, alone, strict=True):
    print(f"{task:<15} alone is wrong in {one.sum()} of 256")
print(f"all four are wrong in {wrongs.all(0).sum()}, anybody in {wrongs.any(0).sum()}")
assert 0 < wrongs.any(0).sum() < 64

# %%
trouble = test[wrongs.any(0)]
vl.compare(trouble, [vl.predict(model, trouble) for model in models.values()])

# %% [markdown]
# Look at each: is the parasite pale, cut off, hidden, as small as a speck? Would *you* have known? Where all are wrong
# the picture may simply not show it, and then no task is to blame. But beware of what you see now. These smears were
# chosen because somebody failed on them. Whether pale parasites are the reason can only be told if you also count how
# often they were found.
#
# ## What if?
#
# So far all smears came from one microscope in good order. Now turn its screws. Here is one smear, and the models run
# anew as you move a slider. Blur, noise and light leave the cells where they are; crowding draws others.

# %%
vl.probe(models, test[3])

# %% [markdown]
# Turn one at a time until an answer breaks. Which breaks first? And whose? Then bet, as one smear is one smear:

# %%
worst_change = vl.guess(
    "Turned to its strongest, which spoils the label most, all four models taken together?",
    ["blur", "noise", "light", "crowding"], name="06-change",
)  # fmt: skip
worst_change

# %%
blurred = vl.guess(
    "In the strongest blur, by how many cells is the instance segmenter off?",
    name="06-blur", between=(0, 20), unit="cells",
)  # fmt: skip
blurred

# %%
screws = {"blur": range(5), "noise": range(5), "light": range(5), "crowding": (0, 0.25, 0.5, 0.75, 1)}
changed = {}
for screw, steps in screws.items():
    for step in steps:
        drawn = vl.draw("smear", 64, seed=1, **{screw: step})
        for task, model in models.items():
            changed[screw, step, task] = vl.score_answers(drawn, vl.answers(vl.predict(model, drawn)))

# %%
from vislab.exercises.compare_pictures import show_changes

strongest = {}
for screw, steps in screws.items():
    strongest[screw] = np.mean([changed[screw, steps[-1], task]["label"]["wrong"] for task in models])
    print(f"{screw:<8} at its strongest: {strongest[screw]:.0%} of the labels wrong, the mean of four models")
print(worst_change.said)
assert min(strongest["noise"], strongest["blur"]) > 2 * strongest["crowding"]
show_changes(changed, "label")

# %%
sharp, blurry = (changed["blur", step, "instance"]["count"]["mae"] for step in (1, 4))
print(f"instance segmenter: off by {sharp:.2f} as usual, by {blurry:.2f} in the strongest blur; {blurred.said}")
print(f"regressor in the strongest blur: off by {changed['blur', 4, 'regression']['count']['mae']:.2f}")
assert blurry > 0.5 > 2 * sharp
show_changes(changed, "count")

# %% [markdown]
# In units of what the microscope does by itself: 1 is the usual blur, noise and light, 0.5 the usual crowding. (The
# scale of the count is logarithmic above a tenth of a cell.) Bands are 95 % intervals over 64 smears.
#
# Who is ahead on usual smears need not be ahead in bad light. Compare the left and right ends of each curve: do any two
# cross? And see how each answer fails: does the classifier say too little, or too much? A model that was never shown
# bad pictures does not know that it should keep silent.
#
# ## Real microscopy
#
# The smears are drawn. Do the answers fall in the same order on real nuclei? Here the models have to be trained first,
# briefly and on few pictures, which takes about another minute. "Any?" asks there whether a picture is crowded.

# %% tags=["own-machine"]
from vislab.photos.nuclei import CARD

if CARD.find():
    nuclei = vl.load("nuclei", size=128, limit=160)
    print(vl.study(nuclei, epochs=6))
else:
    print(f"Not here yet; vl.load('nuclei') fetches them once, from {CARD.url}")

# %% [markdown]
# If you see a table: which lines agree with your smears, and for which are the test pictures too few to say? Has every
# model beaten the colours below it? Six short passes over 96 pictures are no verdict on a task, only on six short
# passes.
#
# ### Your turn: a question of your own
#
# *Graded by a person, or by you.* Put a question to the models that is none of the four, as on Tuesday: how large is
# the largest infected cell? How many cells touch the edge? Do infected cells lie on top? Work in cells of your own
# below this one; `on_the_left` shows how. Then write down, one point each: the question as a **rule** on the truth,
# exact enough that two people get the same number; **who can be asked** and by what means, and who cannot; the errors
# beside those of a **simple opponent**; whether two of them **differ**, with a paired interval; and what your result
# **does not show**.

# %% [markdown] nbgrader={"grade": true, "grade_id": "own-question", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# **Rule.** The area of the largest infected cell, in pixels: in `instances`, the largest count of pixels among objects
# of class 2, a cell that is cut off by the edge or covered in part counting with the pixels that can be seen. Smears
# without an infected cell are not asked.
#
# **Who can be asked.** The instance segmenter, by the same rule on what it says. The semantic segmenter by the largest
# patch of class 2, which is a guess where two infected cells touch. The classifier and the regressor cannot: one says a
# word, the other a share and counts, and neither is about one cell.
#
# **A simple opponent.** Always the mean area of the largest infected cell in the train smears. A model that does not
# beat it has not looked at the picture.
#
# **Differ?** `paired_difference` of the absolute errors of the two segmenters, over the infected smears alone, with its
# interval; a sentence that says whether it holds 0.
#
# **Does not show.** One training each, drawn smears, usual blur. That the segmenters agree where infected cells do not
# touch says nothing of smears in which many do.
#
# (Also good: a question that turns out to have no rule, and why. Points are for what is said exactly, not for a result
# that pleases.)

# %% [markdown]
# ## What you found

# %%
asked = [best_label, pairs_apart, regressed, beyond, nearer, worst_change, blurred]
least = [task for task in models if wrong[task] == min(wrong.values())]
measured = [" and ".join(least), f"{apart}", f"{100 * share['regression']:.1f}", f"{far['regression']['mae']:.1f}"]
measured += [f"{beats['count', 'regression', 'instance']}", max(strongest, key=strongest.get), f"{blurry:.1f}"]
for question, answer in zip(asked, measured, strict=True):
    print(f"{question.question}\n   It is {answer}; {question.said}.")

# %% [markdown]
# - Tasks are compared by their answers to one question, on the same pictures, beside what knows nothing.
# - Pairs are compared picture by picture. The difference has an interval of its own, and it can tell what two separate
#   intervals cannot.
# - A share and a count can be learned from numbers alone, for pictures like those learned from. A mask can be asked
#   what
#   nobody thought of, can be looked at, and counts beyond what it has seen.
# - For every claim there is a picture. How often it occurs is the claim.
# - An answer holds under the conditions it was measured under. Turn them before somebody else does.
#
# **What this does not show.** That one *task* is better: these are four models, each trained once. What they would
# answer on other cells, under another microscope, is open; turning screws on a drawn one is a hint. And nobody has
# asked what these answers cost, in computing and in labels: that is next, and it may turn the order round.

# %%
LONGER = False  # True trains
for seed in (1, 2) if LONGER else ():
    again = vl.study("smear", seed=seed)
    one, other = again.answers["classification"], again.answers["semantic"]
    print(vl.compare_pair(again.test, one, other, "label").sentence)
print("" if LONGER else "LONGER = True trains all four anew, twice, on fewer smears: about four minutes on two cores.")

# %% [markdown]
# ## Three questions to close

# %%
vl.quiz("06-closing", check.CLOSING)

# %% [markdown]
# Next: **07, Compare costs of computing.** The same models, and what their answers take to get.
