# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own pictures
#
# All pictures so far came with their truth. Yours do not. This notebook goes the whole way, from a folder of pictures
# to a file of answers. First with these: one photograph of Greek coins from Pompeii, cut into 44 pieces.

# %%
from pathlib import Path

import numpy as np

import vislab as vl
from vislab.exercises.nb10_own_pictures import coins
from vislab.system.files import home

OWN = None  # "/where/your/pictures/are", when you come back with a folder of your own
FOLDER = Path(OWN) if OWN else coins.write_folder(home() / "work" / "coins")
notes = []
pictures = vl.load(FOLDER, groups="(.*)_", report=notes)
vl.show(pictures)

# %%
enough = vl.guess(
    "Some of these pieces get masks, and a model learns from them. How many must it be "
    "until it counts the coins in pieces it has never seen, every one right?",
    name="10-enough", between=(1, 33), unit="pieces",
)  # fmt: skip
enough

# %% [markdown]
# The photograph comes with scikit-image, one of vislab's own parts, so there is nothing to download. (The Brooklyn
# Museum, which took it, knows of no copyright restrictions.)
#
# **After this notebook you can** load a folder of your own, and see what was lost on the way; let a model help with the
# labels; split so that nothing leaks; choose a task by what it answers and what its labels cost; and predict a folder
# that nobody has labelled. **Time:** an hour at most, with three exercises. **Runs here in:** about a minute on two CPU
# cores, without a GPU.
#
# ## Three questions before we begin

# %%
from vislab.exercises.nb10_own_pictures import checks as check

vl.quiz("10-opening", check.OPENING)

# %% [markdown]
# ## Look
#
# A folder is a claim about pictures: what they show, what their numbers mean, which belong together. Before anything
# learns from it, read what loading found.

# %%
print(pictures)
for note in notes:
    print(note.replace(str(FOLDER), FOLDER.name))
for name in sorted(path.name for path in FOLDER.iterdir()):
    print(f"{FOLDER.name}/{name}")
print(pictures.ids[:3], "...")

# %% [markdown]
# All pieces show a coin, so "is there any?" has one answer for all, and nobody can learn it from them. That question is
# dropped. *How much?*, *how many?* and *where?* remain.
#
# A piece called `row1_032` begins 32 pixels from the left edge of the photograph, in the first row of coins. That will
# matter. `images/` alone would be enough to begin with: the outlines in `instances/` are what you would have drawn.
#
# ## Label, with help
#
# What would drawing them cost? The outline of an average object in a photograph took 79.2 seconds (notebook 08).

# %%
cost = vl.labelling_cost(pictures)
for task, labels in cost.items():
    print(f"{task:<15} {labels.seconds:6.1f} s a piece, {labels.hours:.2f} h for all")
one = pictures.split(valid=0.5, test=0)[0][:3]
labeller = vl.label(one)
labeller

# %% [markdown]
# Try it: *Outlines*, around one coin, corner by corner or in one drag. Was it quicker than 79 seconds?
#
# With help it is quicker still. In a user study, people who outlined organoids under a microscope needed 3.27 seconds
# each by hand, and 0.056 seconds when a model trained on such pictures had outlined them, and they only corrected
# ([micro-sam](https://doi.org/10.1038/s41592-024-02580-4)). But which model? One comes with vislab, trained on nuclei of
# cells: bright and round, on a dark ground.

# %%
foreign = vl.guess(
    "The model that learned nuclei outlines the coins. What is its AP50?", name="10-foreign", between=(0, 1)
)
foreign

# %%
from dataclasses import replace

nuclei = vl.pretrained("nuclei")["instance"]
as_nuclei = replace(pictures, vocabulary=nuclei.vocabulary, labels=None)  # the same, called nuclei
by_nuclei = vl.evaluate(vl.predict(nuclei, as_nuclei), as_nuclei)["ap50"]
print(f"AP50 {by_nuclei:.2f}; {foreign.text}")

# %% tags=["build-check"]
assert by_nuclei < 0.5

# %% [markdown]
# vislab has warned you: these pictures look unlike those it learned from. Somebody who must correct most of the
# outlines would rather draw them.
#
# So help yourself. Outline a few coins, train on them, and let *that* model propose the rest. Here it gets the first
# row, eleven pieces that overlap, six coins in all. The nuclei are not lost: its encoder starts from theirs.


# %%
def train_on(pieces, task="instance", start=None, seed=0, steps=48):
    """A model after so many steps of 8 pieces."""
    model = vl.build(task, pieces.vocabulary, encoder=start, seed=seed)
    vl.fit(model, pieces, epochs=8 * steps / len(pieces), seed=seed, watch=lambda history: None)  # no progress bar
    return model


def in_rows(*rows):
    """The pieces of these rows of the photograph."""
    return pictures[[i for i, name in enumerate(pictures.ids) if name.split("_")[0] in rows]]


# %%
first, rest = in_rows("row1"), in_rows("row2", "row3")
helper = train_on(first, start=nuclei)
proposed = vl.predict(helper, rest)
by_first = vl.evaluate(proposed, rest)["ap50"]
print(f"AP50 on two other rows: {by_first:.2f}, and {by_nuclei:.2f} by the model of nuclei on all")
vl.view(rest, [proposed])

# %% tags=["build-check"]
assert by_first > by_nuclei + 0.2

# %% [markdown]
# Now look at its outlines instead of drawing them. They stand dashed in the labeller: accept what is right (Enter, or A
# for all that is left), drag corners or delete where it is not. *Done* waits until you have looked at each.

# %%
helped = vl.label(in_rows("row2")[:6], propose=helper)
helped

# %%
for kind, spent in helped.times.items():
    if spent.count:
        print(f"{kind:<20} {spent.count:>3} at {spent.seconds / spent.count:.1f} s each")
print("What you accept, correct and draw has a clock each; run this again once you have labelled.")

# %% [markdown]
# Beware of one thing. You see the model's outline before you have made up your mind. Where it cuts off a worn rim, you
# may nod. Label the **test** pictures without help.
#
# ## A mask from elsewhere
#
# Masks are numbers. Another tool writes other numbers: 0 and 255 for two classes, or 1, 2 and 3, or a value for "do not
# know". vislab's own: 0, 1, 2, … for the classes, and 255 for pixels to ignore. If you read 255 for "coin" as it stands,
# every coin is ignored, the loss falls nicely, and the model has learned nothing.
#
# ### Your turn: read a foreign mask
#
# `mask` (h, w) holds another tool's numbers; `classes` says which number means which class, as {0: 0, 255: 1}. Return
# the mask in vislab's numbers. A number that `classes` does not know becomes 255.


# %% nbgrader={"grade": false, "grade_id": "foreign-mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def foreign_mask(mask, classes):
    """The class of each pixel (h, w), 255 where the number is unknown.

    mask: (h, w), a NumPy array. classes: {number in the mask: class}.
    """
    ### BEGIN SOLUTION
    read = np.full_like(mask, 255)
    for number, index in classes.items():
        read[mask == number] = index
    return read
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-foreign-mask", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.foreign_mask(foreign_mask)

# %% [markdown]
# Stuck? `check.foreign_mask.hint()` gives a hint, and another each time. (`vl.load` reads such a mask if `classes.csv`
# lists its numbers, and asks you if 255 looks like a class.)
#
# ## Split so that nothing leaks
#
# A neighbour is no stranger. Each piece shares half its pixels with the next, so a test piece whose neighbour was
# trained on has been half seen. That is a [**leak**](glossary.md#leak), as in notebook 02: there it was the patient,
# here it is the photograph.
#
# ### Your turn: find the leak
#
# Pieces are `width` pixels wide. For each: `row` (n,), `left` (n,), the pixel where it begins, and `part` (n,), the
# text "train" or "test". Return True (n,) for each **test** piece that shares a pixel with a train piece, else False.


# %% nbgrader={"grade": false, "grade_id": "leaking", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaking(row, left, part, width):
    """True for each test piece that shares a pixel with a train piece (n,)."""
    ### BEGIN SOLUTION
    same_row = row[:, None] == row[None, :]
    overlap = np.abs(left[:, None] - left[None, :]) < width
    trained = part == "train"
    return (same_row & overlap & trained[None, :]).any(1) & (part == "test")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-leaking", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.leaking(leaking)

# %%
leaks = vl.guess(
    "A quarter of the pieces is the test, at random. What share of it has been half seen in training?",
    name="10-leaks", unit="%",
)  # fmt: skip
leaks

# %%
row = np.array([name.split("_")[0] for name in pictures.ids])
left = np.array([int(name.split("_")[1]) for name in pictures.ids])
part = np.random.default_rng(0).permutation(np.repeat(["train", "test"], [33, 11]))
found = check.leaks_of(row, left, part, coins.SIDE)
print(f"{found.sum()} of {(part == 'test').sum()} test pieces leak; {leaks.text}")

# %% tags=["build-check"]
assert found.sum() >= 9

# %% [markdown]
# So whole rows go into one part. `groups="(.*)_"` told `vl.load` that what stands before the last `_` belongs together:
# a row here, a patient, a day or a video in your folder. `split` keeps groups whole.

# %%
train, valid, test = pictures.split(valid=0.25, test=0.25)
for name, pieces in (("train", train), ("valid", valid), ("test", test)):
    print(f"{name}: {len(pieces)} pieces of", ", ".join(sorted({piece.split("_")[0] for piece in pieces.ids})))

# %% [markdown]
# Four rows are few. The test is one row of six coins: it can show that a model is bad, and hardly how good it is.
#
# ## How many labels, and of which kind?
#
# The same pieces, labelled three ways: a number a piece for a [**regressor**](glossary.md#regression), a mask, and
# separate coins. Each model sees 2, then 6, then all 22 of the training pieces, in 48 steps.

# %%
best_task = vl.guess(
    "Trained on all 22 pieces: whose count is closest?",
    ["the regressor's", "the patches of the semantic mask", "the instance segmenter's"], name="10-task",
)  # fmt: skip
best_task

# %%
off = {}
for n in (2, 6, 22):
    few = train[np.linspace(0, len(train) - 1, n).astype(int).tolist()]
    for task in ("regression", "semantic", "instance"):
        model = train_on(few, task)
        answers = vl.answers(vl.predict(model, valid))
        off[task, n] = vl.score_answers(valid, answers)["count"]
        print(f"{n:>2} pieces: {task:<11} off by {off[task, n]['mae']:.2f} coins "
              f"({off[task, n]['low']:.2f} to {off[task, n]['high']:.2f})")  # fmt: skip
print(best_task.text)

# %% tags=["build-check"]
assert off["semantic", 22]["mae"] < 0.2 < off["instance", 2]["mae"]
assert off["semantic", 6]["mae"] < min(0.2, off["regression", 6]["mae"])

# %% [markdown]
# The mask wins, and a handful of pieces are enough for it. Its count is the number of patches, and that fails where
# things touch (notebook 00). Coins on a table do not. The instance segmenter must learn centres as well, which a mask
# need not, and in 48 steps from so few pieces it does not finish.
#
# So the advice for smears would be wrong here. The pictures decide, and these few were enough to see it.
#
# One thing we did *not* do: choose on the test row. That is kept for the end.
#
# ## A head start
#
# Fewer labels still? With three pieces of the first row and 24 steps, compare an instance segmenter from random weights
# with one whose encoder has seen nuclei, three trainings each.

# %%
start = vl.guess(
    "With three pieces: what does the encoder that has seen nuclei do to the AP50?",
    ["raises it by more than 0.05", "lowers it by more than 0.05", "neither"], name="10-start",
)  # fmt: skip
start

# %%
three, others = first[[0, 5, 10]], in_rows("row2", "row3")
ap50 = {"scratch": [], "nuclei": []}
for seed in range(3):
    for name, encoder in (("scratch", None), ("nuclei", nuclei)):
        model = train_on(three, start=encoder, seed=seed, steps=24)
        ap50[name].append(vl.evaluate(vl.predict(model, others), others)["ap50"])
for name, values in ap50.items():
    print(f"{name:<8} AP50", ", ".join(f"{value:.2f}" for value in values))
print(start.text)

# %% tags=["build-check"]
assert np.mean(ap50["nuclei"]) > np.mean(ap50["scratch"]) + 0.05

# %% [markdown]
# A model of nuclei outlines coins badly, and still its encoder knows something about round, bright things. (Compare the
# ranges: do they meet?) An encoder that has seen a million photographs knows more kinds of things:
# `vl.build("semantic", vocabulary, encoder=vl.encoder("resnet18", weights="DEFAULT"))` puts one under the same heads.
# It is larger, slower, and a download. Whether it helps *your* pictures is a measurement, like this one.
#
# ## Use it
#
# The choice is made: a semantic segmenter. It learns from train and valid pieces, and is asked about the test row once.

# %%
known = vl.concatenate([train, valid])
chosen = train_on(known, "semantic", steps=96)
prediction = vl.predict(chosen, test)
final = vl.score_answers(test, vl.answers(prediction))
print(f"mean IoU {vl.evaluate(prediction, test)['mean_iou']:.3f}")
print(f"count off by {final['count']['mae']:.2f} ({final['count']['low']:.2f} to {final['count']['high']:.2f})")

# %% tags=["build-check"]
assert vl.evaluate(prediction, test)["mean_iou"] > 0.95
assert final["count"]["mae"] < 0.3

# %%
whole = vl.guess(
    "24 coins are on the photograph. It has seen three of their four rows in pieces. "
    "Asked about the whole photograph at once: how many does it count?",
    name="10-whole", between=(0, 100), unit="coins",
)  # fmt: skip
whole

# %% [markdown]
# Now as it will be used: a folder without any truth, and a model from a file. Here the folder holds the test row's
# pieces, the upper left corner as a piece, and the whole photograph.

# %% tags=["own-machine"]
import shutil

from vislab.cli import main as vislab

work = home() / "work"
shutil.rmtree(work / "predicted", ignore_errors=True)  # of an earlier run
model_file = vl.save(chosen, work / "coins.safetensors")
unlabelled = coins.write_unlabelled(work / "unlabelled")
done = vislab(["predict", str(model_file), str(unlabelled), "--out", str(work / "predicted")])

# %% [markdown]
# In a terminal that is `vislab predict coins.safetensors unlabelled --out predicted`. It writes a mask for each picture,
# of whatever size, and one table of answers.

# %%
import csv

with (work / "predicted" / "answers.csv").open(encoding="utf-8") as file:
    answered = {row["picture"]: row for row in csv.DictReader(file)}
for picture, row in answered.items():
    print(f"{picture:<14} {float(row['count']):3.0f} coins, {float(row['share']):4.0%} of the picture")
counted_whole = float(answered["whole.png"]["count"])
print(f"{whole.text}")

# %%
from PIL import Image

mask = np.asarray(Image.open(work / "predicted" / "masks" / "whole.png"))
coins.show_patches(mask)

# %% tags=["build-check"]
assert counted_whole > 26
assert float(answered["corner.png"]["share"]) < 0.3

# %% [markdown]
# The pieces are right, and so is the corner as a piece. In the whole photograph the same corner is a coin. Why? The table
# is lit from the top left. Within a piece the light hardly changes, and the encoder subtracts each picture's mean colour
# before it looks (notebook 01). So the model has never seen light that falls off. And every lone speck counts as one
# coin more.
#
# A photograph is not another picture of the same kind just because its pixels are. Ask a model about pictures made as
# those it learned from: here, in pieces. Or give it whole photographs to learn from.
#
# What else can you do with masks? Remove the background:

# %%
coins.show_cut_outs(vl.cut_out(chosen, test[:5]))

# %% [markdown]
# ### Your turn: which task would you have labelled?
#
# *Graded by a person, or by you.* Think of a folder of your own, or of these coins. Write down, one point each: **the
# question** that you want answered, and how wrong it may be; **what belongs together** and must not be split; **the
# task** whose labels you would make, and their hours; **the test** that would show that it was the wrong choice; and
# **what could change** in your pictures next month.

# %% [markdown] nbgrader={"grade": true, "grade_id": "which-task", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# **The question.** How many of my bees are on the landing board, off by one at most? I have twenty photographs from
# three days.
#
# **What belongs together.** Photographs of one day: the light and even the bees are the same. One day is the test.
#
# **The task.** Separate objects, as bees climb over each other and patches would run together. About eight bees a
# photograph, 20 photographs: two hours at first; less, once a model proposes the outlines.
#
# **The test.** The day held back, outlined by me without help, counted by patches too. If the patches miscount no more
# often than the objects do, masks would have been enough.
#
# **What could change.** In October the sun is low and shadows look like bees. I shall keep five photographs of then.
#
# (Also good: a number a picture, or a click, if that is all that is asked. Points are for exact statements.)

# %% [markdown]
# ## What you found

# %%
counted = [n for n in (2, 6, 22) if off["semantic", n]["mae"] < 0.05]
gain = np.mean(ap50["nuclei"]) - np.mean(ap50["scratch"])

# %%
results = [
    (enough, f"{counted[0]}, by the mask's patches" if counted else "more than 22"),
    (foreign, f"{by_nuclei:.2f}"),
    (leaks, f"{found.sum() / (part == 'test').sum():.0%}"),
    (best_task, min((off[task, 22]["mae"], task) for task in ("regression", "semantic", "instance"))[1]),
    (start, f"it changes by {gain:+.2f}"),
    (whole, f"{counted_whole:.0f}"),
]
for question, result in results:
    print(f"{question.question}\n   Measured: {result}; {question.text}.")

# %% [markdown]
# - Read what loading found before anything learns from it.
# - A model of other pictures is poor help with labels, and a good start for a model of your own.
# - What belongs together goes into one part.
# - Whether things touch decides between a mask and separate objects. Try both on a few pictures before you label many.
# - A test of one row is one row.
# - A model knows pictures made as those it learned from were. About others it answers as readily, and wrongly.
#
# **What this does not show.** One photograph in one light is no collection of photographs: another camera, another
# table, and nothing here need hold. The truth itself was made by a program and looked over by us. And these coins lie
# apart; a purse would be another question.
#
# ## Now yours
#
# Set `OWN` in the first cell to the path of your folder, as `"bees"`, change `groups` to what your names say, and
# run the cells down to *Label, with help*. Pictures of several sizes need `size=`. If there are no masks yet, label
# twenty: `labeller = vl.label(pictures)`; then `pictures = labeller.scenes`, and go on. Masks of another tool are read as
# [data/README.md](../data/README.md) says. The whole comparison, with a page to show, is one command:
# `vislab compare --data FOLDER`.
#
# ## Three questions to close

# %%
vl.quiz("10-closing", check.CLOSING)

# %%
vl.progress()
