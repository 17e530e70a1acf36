# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One picture, four questions
#
# Drops of blood, smeared thin on a glass, stained, and seen under a microscope; and three models that have never seen
# these. Run the cell: click into it and press Shift+Enter.

# %%
import numpy as np

import vislab as vl

smears, models = vl.draw("smear", 256, seed=0), vl.pretrained("smear")
first = smears[:6]
tasks = ("classification", "semantic", "instance")
vl.view(first, [vl.predict(models[task], first) for task in tasks])

# %% [markdown]
# "Picture alone" is what a doctor sees. Now point at a pixel: under each pane stands what that model thinks of it.
# Click on a pane, then hold the key T: the models' panes show the [**truth**](glossary.md#truth). E shows the errors,
# and ▶ leads to the next smear. Leave the sliders and "wipe" for later.
#
# These are three ways to answer. [**Classification**](glossary.md#classification) gives one word for all of the
# picture, its [**label**](glossary.md#label). [**Semantic segmentation**](glossary.md#semantic-segmentation) says of
# each pixel *what* it shows: its [**class**](glossary.md#class).
# [**Instance segmentation**](glossary.md#instance-segmentation) also says *which* cell it belongs to. Which one do you
# need? That depends on what you ask. Here are four questions, and the true answers for the fifth smear. (In `semantic`
# 0 is background, 1 a healthy cell, 2 an infected one. You need not read this code: you write only under "Your turn".)

# %%
fifth = smears[4]
share = (fifth.semantic == 2).sum() / (fifth.semantic > 0).sum()
healthy, infected = fifth.count_objects()[0, 1:].tolist()
row, column = (fifth.semantic[0] == 2).nonzero().double().mean(0)
print("Is there any?    ", fifth.vocabulary.labels[fifth.labels[0]])
print(f"How much of it?   {share:.0%} of the cells' area belongs to infected cells")
print(f"How many?         {healthy + infected} cells, {infected} of them infected")
print(f"Where?            around row {row:.0f}, column {column:.0f}")

# %% [markdown]
# The whole course is about these four questions: **any, how much, how many, where**. You will build a model of each
# kind, put the four questions to it, and measure what its answers are worth and what they cost.
#
# **After this notebook you can** ask the four questions of a picture, say which kind of truth answers which of
# them, go down from objects to one word without loss of certainty, and show with numbers why there is no sure way
# back up. **Time:** an hour at most, half of it for four exercises. **Runs here in:** less than a minute, on any
# laptop, without a GPU and without a download.
#
# How it goes: before a result appears, you *guess* and say how sure you are. With a number, that means: how sure that
# the truth is within a tenth of it. Nobody grades a guess; being surprised is how one finds out what one
# believed. What you guess and try is kept on your own machine, in `work/learner.json`.
#
# ## Is this machine ready?

# %% tags=["own-machine"]
from vislab.machine import check_machine

check_machine()

# %% [markdown]
# "device" is where this notebook computes. A line marked NO stops you, and says what mends it; one marked ? can wait.
#
# ## Three questions before we begin
#
# Later these look back on earlier notebooks. Here: a line of NumPy, a word from above, a percentage. Wrong choices are
# explained.

# %%
from vislab.exercises import four_questions as check

vl.quiz("00-opening", check.OPENING)

# %% [markdown]
# ## Is there any?
#
# A smear is infected if a parasite lives *in* a red cell: a small violet ring, or a disc with a darker dot. All else
# that is violet is clutter: platelets, blurred and mostly between the cells, and specks of stain, tiny and sharp,
# wherever they fell. Here are six other smears, without their truth.

# %%
from vislab.figures import Sheet


def pictures_alone(scenes, down, across, width):
    """The pictures without their truth."""
    alt = f"Without their truth: {len(scenes)} of the smears."
    sheet = Sheet(width, width * down / across, alt)
    sheet.subplots(down, across, subplot_kw={"xticks": [], "yticks": []})
    for ax, image in zip(sheet.axes, scenes.images, strict=True):
        ax.imshow(image.permute(1, 2, 0).cpu())
    return sheet


six = smears[6:12]
pictures_alone(six, down=2, across=3, width=7.2)

# %%
asked = "How many of these six pictures are infected?"
how_many_ill = vl.guess(asked, name="00-ill", between=(0, 6))
how_many_ill

# %%
ill = int(six.labels.sum())
print(f"{ill} are infected; {how_many_ill.said}.")
vl.show(six)

# %% [markdown]
# Compare the top row with the middle one. (In the lowest, another colour only means another cell.) Which parasites did
# you miss, which specks did you take for one? A classifier sees what you saw, the top row and one word a picture, and
# has to find out by itself that rings matter and specks do not.
#
# All these pictures are *drawn*, by a program that knows what it draws. That is why we know the truth to the pixel,
# which no doctor could give us, and why a result on them is a result on drawn pictures. Real ones come further down.
#
# ## How much of it?
#
# One more smear, larger, and for now without its truth. Make two guesses: the second is for the section after this
# one. To an infected cell's area the whole cell counts, not the parasite alone.

# %%
one = smears[59]
pictures_alone(one, down=1, across=1, width=3.6)

# %%
asked = "What share of the cells' area belongs to infected cells?"
how_much = vl.guess(asked, name="00-share", unit="%")
how_much

# %%
asked = "How many cells does that smear show?"
how_many = vl.guess(asked, name="00-count", between=(0, 60), unit="cells")
how_many

# %%
semantic, instances = one.semantic[0].numpy(), one.instances[0].numpy()
objects = one.objects[0].numpy()
area = (semantic == 2).sum() / (semantic > 0).sum()
of_cells = (objects == 2).sum() / len(objects)
print(f"{area:.1%} of the cells' area, {of_cells:.1%} of the cells; {how_much.said}")

# %% [markdown]
# `semantic` holds 96 × 96 pixels, `objects` one number a cell, again 1 or 2.
#
# Two results, and both are "the share that is infected". The first counts pixels, the second counts cells. Doctors
# use the second. They differ as soon as the infected cell is larger than its neighbours, or cut by the picture's
# edge, or hidden by another cell. Does that matter? Here is every infected picture of the 256:

# %%
ill_ones = smears[smears.labels == 1]
all_pixels, counts = (ill_ones.semantic > 0).sum((1, 2)), ill_ones.count_objects()
pixels = (ill_ones.semantic == 2).sum((1, 2)) / all_pixels
cells = counts[:, 2] / counts.sum(1)
ratio = pixels / cells
print(f"area share ÷ cell share: {ratio.min():.2f} to {ratio.max():.2f}")
assert ratio.min() < 0.75 and ratio.max() > 1.25 and 0.9 < ratio.mean() < 1.1

# %%
alt = "Share of the cells' area against share of the cells: points about the diagonal."
sheet = Sheet(4.5, 3.6, alt)
ax = sheet.subplots()
ax.plot([0, 0.6], [0, 0.6], color="grey", linewidth=1)
ax.scatter(cells, pixels, s=14)
ax.set(xlabel="share of the cells", ylabel="share of the cells' area")
sheet

# %% [markdown]
# On the grey line both shares agree. Over many pictures they nearly do. In a single one the first can be more than a
# quarter below the second, or above it. So "share" is no question yet. Say *of what*.
#
# ## How many?
#
# Back to the smear that was shown larger, and to your second guess:

# %%
print("objects:", objects)
print(f"{len(objects)} cells, {(objects == 2).sum()} infected; {how_many.said}")
vl.show(one)

# %% [markdown]
# A cell counts if at least one pixel of it can be seen, also at the edge. Did you count those? A question such as "how
# many" needs a rule like this, and two people with two rules will never agree.
#
# ## Where?
#
# The hardest to answer in a word, and the easiest to check: point at any pixel, and see what is there. `instances` says
# of each pixel which cell it belongs to.

# %%
first_ill = 1 + np.argmax(objects == 2)
row, column = np.argwhere(instances == first_ill).mean(0).round().astype(int)
kind = one.vocabulary.classes[semantic[row, column]]
print(f"row {row}, column {column}: {kind}, object {instances[row, column]}")
vl.view(one)

# %% [markdown]
# A label alone cannot say this, nor can a count. A [**mask**](glossary.md#mask) says it of every pixel.
#
# ## Down the ladder
#
# You have met three levels of truth: objects, classes, one label. They stand on a ladder. Whoever has the objects
# can work out the classes, and whoever has the classes can work out the label. You will write both steps. Here are
# the numbers themselves, cut from the smear around that infected cell, every second pixel:

# %%
top, left = max(row - 8, 0), max(column - 12, 0)
window = np.s_[top : row + 8 : 2, left : column + 12 : 2]
print("instances\n", instances[window], "\nsemantic\n", semantic[window], sep="")

# %% [markdown]
# ### Your turn: from objects to classes
#
# `instances` says which object each pixel belongs to: 0 is none, 1 is the first, 2 is the second. `objects` holds
# the class of the first object, the second, and so on. Return a mask as large as `instances` that holds each
# pixel's class, and 0 where there is no object.


# %% nbgrader={"grade": false, "grade_id": "semantic-mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def semantic_mask(instances, objects):
    """The class of each pixel (h, w), from instances (h, w) and the class of each object (k,)."""
    ### BEGIN SOLUTION
    table = np.concatenate([[0], objects])
    return table[instances]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-semantic-mask", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.semantic_mask(semantic_mask)

# %% [markdown]
# Stuck? `check.semantic_mask.hint()` in a cell of its own gives a hint, and a further one each time.
#
# ### Your turn: from classes to the label
#
# A label needs a rule, and somebody has to decide on it. For the smears it is: the picture is infected if at least
# 12 of its pixels show infected cells (class 2). Fewer could be the rim of a cell that nobody would recognise. Return
# the number 1 if so, else 0.


# %% nbgrader={"grade": false, "grade_id": "label", "locked": false, "schema_version": 3, "solution": true, "task": false}
def label(semantic):
    """1 if the picture is infected, else 0, from its classes (h, w)."""
    ### BEGIN SOLUTION
    return int((semantic == 2).sum() >= 12)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-label", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.label(label)

# %% [markdown]
# The package takes the same two steps, on all pictures at once. Do they ever miss?

# %%
from vislab import derive

classes = derive.semantic_from_instances(smears.instances, smears.objects)
labels = derive.labels_from_masks(smears.vocabulary, classes)
wrong = int((classes != smears.semantic).sum()), int((labels != smears.labels).sum())
print(f"{wrong[0]} of {classes.numel():,} pixels differ, {wrong[1]} of {len(labels)} labels")
assert wrong == (0, 0)

# %% [markdown]
# Never. Each step only *forgets*: first which cell, then where. So if you own instance masks, you own the other two
# levels for nothing. What that is worth when you pay for labels is a question in notebook 08.
#
# ## Up the ladder
#
# Now the other way. You have the classes, perfectly, pixel by pixel. Can you count the cells? The usual trick: pixels
# that touch belong together. Each connected patch, a [**component**](glossary.md#component), is taken for a cell.
# `number_patches` finds them:

# %% tags=["nbval-check-output"]
from skimage.measure import label as number_patches

print(number_patches(np.array([[1, 1, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 2, 1]]), connectivity=2))

# %% [markdown]
# With `connectivity=2` a touching corner is enough. Pixels of two classes never share a patch.
#
# ### Your turn: count by patches
#
# Return one number: how many cells this trick finds in `semantic`, healthy and infected ones together.


# %% nbgrader={"grade": false, "grade_id": "count-cells", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_cells(semantic):
    """How many patches of cells there are, from the classes (h, w) of a smear."""
    ### BEGIN SOLUTION
    return int(number_patches(semantic, connectivity=2).max())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-count-cells", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.count_cells(count_cells)

# %% [markdown]
# How well does the trick work? We let it loose on the *true* classes of all 256 smears, better than any model will
# ever predict them. `derive.guess_instances` is the package's own version.

# %%
on_average = float(smears.count_objects().sum(1).double().mean())
asked = f"A smear holds about {on_average:.0f} cells. How far off is the trick, on average?"
how_far = vl.guess(asked, name="00-patches", between=(0, 20), unit="cells")
how_far

# %%
patches = derive.guess_instances(smears)
missed = -derive.count_difference(patches, smears).double().numpy()
half_width = 1.96 * missed.std(ddof=1) / np.sqrt(len(missed))
print(f"{missed.mean():.1f} ± {half_width:.1f} too few, of {on_average:.1f}; {how_far.said}")
print(f"right in {(missed == 0).sum()} of 256 pictures; at worst {missed.max():.0f} too few")
assert missed.mean() > 2.5
worst = int(missed.argmax())
vl.show(smears[worst] + patches[worst])

# %% [markdown]
# The average ± the number after it is a 95 % [**interval**](glossary.md#interval): the average over endlessly many
# such smears most likely lies within it. And this is the miscount from a *perfect* mask. No better model for the
# classes mends it, because nothing in the mask is wrong.
#
# The worst picture stands below the numbers, the truth on the left, the patches on the right. The classes are the same,
# pixel for pixel. The objects are not. Do you see round cells in the blue? Then you add what the mask does not hold:
# what cells look like. Notebook 04 tries that. But a long patch may be one cell or two, as the check showed, so no
# function of the mask is always right. Going up is a *guess*.
#
# When does one get away with it? At `crowding` 0 no two cells touch, at 1 each is laid against another; our
# smears had 0.5.

# %%
steps = [0, 0.25, 0.5, 0.75, 1]
means, widths, there = [], [], []
for crowding in steps:
    drawn = vl.draw("smear", 64, seed=1, crowding=crowding)
    off = -derive.count_difference(derive.guess_instances(drawn), drawn).double()
    means.append(float(off.mean()))
    widths.append(float(1.96 * off.std() / len(off) ** 0.5))
    there.append(float(drawn.count_objects().sum(1).double().mean()))
print("cells a picture:", ", ".join(f"{number:.1f}" for number in there))
assert max(there) - min(there) < 1

# %%
told = ", ".join(f"{m:.1f}" for m in means)
sheet = Sheet(4.5, 3.2, f"Cells missed a picture against crowding: {told}")
ax = sheet.subplots()
ax.errorbar(steps, means, yerr=widths, marker="o", capsize=3)
ax.set(xlabel="crowding", ylabel="cells missed a picture", ylim=(0, None))
assert means[0] < 0.5 and means == sorted(means) and means[-1] > 5
sheet

# %% [markdown]
# There are about as many cells at each step. Where nothing touches, patches *are* cells, and the semantic mask is
# enough. The more cells touch, the more go missing. "Can semantic segmentation count?" has no answer before you say
# how crowded your pictures are.
#
# ## Another world
#
# The four questions are not about blood. This is the view from the driver's seat:

# %%
streets = vl.draw("street", 48, seed=0)
clear, blocked = np.flatnonzero(streets.labels == 0), np.flatnonzero(streets.labels == 1)
streets = streets[[*clear[:3], *blocked[:3]]]
vl.show(streets)

# %% tags=["nbval-check-output"]
for name, question in streets.vocabulary.questions.items():
    print(f"{name:<6} {question}")
print("counted:", ", ".join(streets.vocabulary.things))

# %% [markdown]
# Cars and people are [**things**](glossary.md#things): they can be counted. Road, buildings and trees are
# [**stuff**](glossary.md#stuff): "how many roads?" makes no sense here. So which level answers "what share can I drive
# on?"

# %%
road = streets.semantic == streets.vocabulary.class_index("road")
in_objects = int((streets.instances[road] > 0).sum())
print(f"{road.double().mean():.0%} of the pixels are road; {in_objects} of those belong to an object")
assert in_objects == 0

# %% [markdown]
# In the objects the road does not occur. More detail about things says nothing about stuff: "instance segmentation
# tells most" is true of smears and false of streets.
#
# And real pictures? Nuclei of cells, under many microscopes, outlined by hand:

# %% tags=["own-machine"]
from IPython.display import display

from vislab.photos.nuclei import CARD

if CARD.find():
    display(vl.show(vl.load("nuclei", size=256, limit=6)))
else:
    print("Not here yet. To fetch them once, about 80 MB: vl.load('nuclei', size=256)")
    print(f"in a cell of its own, then run this cell again. They come from {CARD.url}")

# %% [markdown]
# If you see them: no program knows this truth. People drew it, and people err, tire, and disagree.
#
# ## 95 % against 90 %
#
# On the web one can read that segmentation is more accurate: 95 %, against 90 % for classification. Take a lazy model
# that finds every healthy cell perfectly and never says "infected". As a segmenter it is judged by pixels, as a
# classifier by pictures.

# %%
asked = "What share of the pixels of all 256 smears does it get right?"
lazy_pixels = vl.guess(asked, name="00-lazy", unit="%")
lazy_pixels

# %%
right_pixels = (smears.semantic != 2).double().mean()
right_pictures = (smears.labels != 1).double().mean()
print(f"pixels {right_pixels:.1%}, pictures {right_pictures:.1%}; {lazy_pixels.said}")
assert right_pixels > 0.95 and 0.4 < right_pictures < 0.65

# %% [markdown]
# One model, one kind of mistake, and two numbers far apart. The pixels flatter it, because hardly any pixel is
# infected. Neither number is wrong. They answer different questions.
#
# ### Your turn: what must you know?
#
# *Graded by a person, or by you.* Somebody tells you: "Segmentation reaches 95 %, classification 90 %." What must
# you know before this means anything? One point for each thing you would ask that could turn the verdict round,
# **with an example of how**. Four points in all.

# %% [markdown] nbgrader={"grade": true, "grade_id": "ninety-five", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **Of what?** 95 % of the pixels and 90 % of the pictures have no scale in common. The lazy model above is right
# about nearly every pixel and about hardly more than half of the pictures.
#
# **On which pictures?** If the segmenter was tried on plain, sparse smears and the classifier on crowded ones, the
# difference may belong to the pictures. Both have to answer for the same ones, and those must be new to both.
#
# **Compared with what?** Where 95 % of all pixels are background, 95 % is what saying nothing earns. A simple
# baseline turns "95 %" from a success into a failure.
#
# **How sure?** With 40 pictures, 90 % and 95 % are two pictures apart. Other pictures, or another training run, can
# turn the order round. An interval would tell.
#
# (Also good: what each mistake costs, as a missed patient is worse than a false alarm; which question was asked, as
# somebody who only wants to know "any?" needs no mask; what the labels of each cost.)

# %% [markdown]
# <details><summary>When you are done, compare</summary>
#
# Did you ask: of what are these shares? On which pictures? Compared with what? How sure? Each with an example?
#
# </details>
#
# ## Place your bets
#
# Before you bet, look once more. A fourth model joins: a *regressor*, which has learned numbers alone. Below the
# pictures stand everybody's answers to the four questions; a dash was never asked. Order the smears by where the
# answers differ most.

# %%
dozen = smears[60:72]
vl.compare(dozen, [vl.predict(model, dozen) for model in models.values()])

# %% [markdown]
# The white ring on the classifier's pane is where it found most evidence; notebook 02 asks what that is worth. The
# small print is over all twelve. An interval such as (0.0–0.0) does not mean "never wrong": only that these twelve
# held no mistake. Twelve smears are enough to get curious, and too few to judge. Notebook 06 asks the same of 256.
#
# Here are eleven claims from pages on the web, in our words. In the last notebook each meets your measurements, by a
# rule that was written down before. What do you expect? At least two cannot be judged by any measurement. Bet on as
# many as you like; the bets are kept.

# %%
from vislab.widgets.bets import ballot

bets = ballot("claim", check.CLAIMS, check.VERDICTS)
bets

# %% [markdown]
# ## What you found

# %%
guesses = [how_many_ill, how_much, how_many, how_far, lazy_pixels]
measured = [f"{ill}", f"{area:.0%}", f"{len(objects)}"]
measured += [f"{missed.mean():.1f}", f"{right_pixels:.0%}"]
for question, answer in zip(guesses, measured, strict=True):
    print(f"{question.question}\n   It is {answer}; {question.said}.")
print(f"You bet on {len(bets.bets)} of {len(check.CLAIMS)} claims.")

# %% [markdown]
# Where you were sure and wrong, read that section again.
#
# - One picture, four questions: any, how much, how many, where. Each needs a rule before it has an answer.
# - Down the ladder is free: objects give classes, classes give the label, without one error in 256 pictures.
# - Up is a guess. Counting patches of a *perfect* mask goes wrong as soon as cells touch.
# - A percentage without its question compares nothing.
#
# **What this does not show.** Models answered for a few smears only; every number above comes from the truth itself.
# The pictures are drawn: how often real cells touch, you would have to count in real smears. And that patches
# miscount does not mean an instance segmenter counts well. That is to be measured, in notebooks 04 and 05.
#
# ## Three questions to close

# %%
vl.quiz("00-closing", check.CLOSING)

# %%
vl.progress()

# %% [markdown]
# These are the exercises of the whole course that check themselves. What you have done is kept over restarts.
#
# Next: **01, Build a classifier.** It answers "is there any?", and you will build it from parts.
