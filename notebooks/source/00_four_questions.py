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
# Here are six pictures of blood smears, drawn by a program, and the answers of three models that have never seen them.
# Run the cell: click into it and press Shift+Enter.

# %%
import numpy as np

import vislab as vl

smears = vl.draw("smear", 256, seed=0)
models = vl.pretrained("smear")
first = smears[:6]
predictions = [vl.predict(models[task], first) for task in ("classification", "semantic", "instance")]
vl.view(first, predictions)

# %% [markdown]
# On the left is the picture, as a doctor sees it; beside it are three models' answers. Point at a pixel: below each
# pane stands what the model thinks it is. Click on a pane and hold T for the [**truth**](glossary.md#truth) ("ground
# truth"). E shows mistakes, ▶ the next smear.
#
# The models answer in three ways. [**Classification**](glossary.md#classification) gives the whole picture one word,
# its [**label**](glossary.md#label). [**Semantic segmentation**](glossary.md#semantic-segmentation) says *what* each
# pixel shows: its [**class**](glossary.md#class). [**Instance segmentation**](glossary.md#instance-segmentation) also
# says *which* cell it belongs to. Which do you need? That depends on what you ask. Here are four questions, and the
# true answers for the fifth smear. (In `semantic`, 0 is background, 1 a healthy cell, 2 an infected one. You need not
# read this code: you write only under "Your turn".)

# %%
fifth = smears[4]
cell_pixels = (fifth.semantic > 0).sum()
share = (fifth.semantic == 2).sum() / cell_pixels
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
# **After this notebook you can** ask the four questions about a picture, say which kind of truth answers which
# question, work out the label from the objects without an error, and show why the way back is a guess.
# **Time:** an hour at most, half of it for four exercises. **Runs here in:** less than a minute, on any laptop, without
# a GPU or a download.
#
# How it works: before a result appears, you *guess* and say how sure you are. For a number, that means how sure you are
# that the truth lies within a tenth of your guess (below ten: that it rounds to your guess). Nobody grades a guess; a
# surprise shows what you had taken for granted. Your guesses and tries stay on your own machine, in
# `work/learner.json`. (Cells that hold only `assert` guard our build.)
#
# ## Is this machine ready?

# %% tags=["own-machine"]
from vislab.system.machine import check_machine

check_machine()

# %% [markdown]
# "device" is where this notebook computes. A line marked NO stops you, and says how to fix it; one marked ? can wait.
#
# ## Three questions before we begin
#
# In later notebooks, such questions look back at earlier notebooks. Wrong choices are explained.

# %%
from vislab.exercises.nb00_four_questions import checks as check
from vislab.exercises.nb00_four_questions import quiz

vl.quiz("00-opening", quiz.OPENING)

# %% [markdown]
# ## Is there any?
#
# A smear is infected if a parasite lives *in* a red cell: a small violet ring, or a disc with a darker dot. Everything
# else that is violet is clutter: platelets (blurred, mostly between the cells) and specks of stain (tiny, sharp,
# anywhere). Here are six other smears, without the truth.

# %%
from vislab.plotting.figures import Sheet


def pictures_alone(scenes, down, across, width):
    """The pictures without the truth."""
    alt = f"Without the truth: {len(scenes)} of the smears."
    sheet = Sheet(width, width * down / across, alt)
    sheet.subplots(down, across, subplot_kw={"xticks": [], "yticks": []})
    for ax, image in zip(sheet.axes, scenes.images, strict=True):
        ax.imshow(image.permute(1, 2, 0).cpu())
    return sheet


# %%
six = smears[6:12]
pictures_alone(six, down=2, across=3, width=7.2)

# %%
asked = "How many of these six pictures are infected?"
how_many_ill = vl.guess(asked, name="00-ill", between=(0, 6))
how_many_ill

# %%
ill = int(six.labels.sum())
print(f"{ill} are infected; {how_many_ill.text}.")
vl.show(six)

# %% [markdown]
# Compare the top row with the middle one. (In the bottom row, colours only tell cells apart.) Which parasites did you
# miss? Which specks fooled you? A classifier learns from what you got, the top row, and one word for each picture. It
# has to find out by itself that rings matter and specks do not.
#
# All these pictures are *drawn*, by a program that knows what it draws. That is why we know the truth to the pixel,
# which no doctor could tell us. It is also why a result here is only a result on drawn pictures. Real ones come further
# down.
#
# ## How much of it?
#
# Here is one more smear, shown larger, and for now without the truth. Make two guesses: the second is for the next
# section. An infected cell's area is that of the whole cell, not of the parasite alone.

# %%
smear = smears[59]
pictures_alone(smear, down=1, across=1, width=3.6)

# %%
from IPython.display import display

how_much = vl.guess("What share of the cells' area belongs to infected cells?", name="00-share", unit="%")
how_many = vl.guess("How many cells does that smear show?", name="00-count", between=(0, 60), unit="cells")
display(how_much, how_many)

# %%
semantic = smear.semantic[0].numpy()  # (96, 96)
instances = smear.instances[0].numpy()  # (96, 96)
objects = smear.objects[0].numpy()  # (cells,)
area_share = (semantic == 2).sum() / (semantic > 0).sum()
cell_share = (objects == 2).sum() / len(objects)
print(f"{area_share:.1%} of the cells' area, {cell_share:.1%} of the cells; {how_much.text}")

# %% [markdown]
# `semantic` holds a class for each of 96 × 96 pixels, `objects` one for each cell, again 1 or 2.
#
# Both results are "the share that is infected". The first counts pixels, the second counts cells. Doctors use the
# second. The two differ as soon as an infected cell is larger than its neighbours, cut by the picture's edge, or hidden
# by another cell. Does that matter? Here are all infected pictures of the 256:

# %%
infected_smears = smears[smears.labels == 1]
cell_pixels = (infected_smears.semantic > 0).sum((1, 2))  # (pictures,)
infected_pixels = (infected_smears.semantic == 2).sum((1, 2))
area_shares = infected_pixels / cell_pixels
counts = infected_smears.count_objects()  # (pictures, classes)
cell_shares = counts[:, 2] / counts.sum(1)
ratio = area_shares / cell_shares
print(f"area share ÷ cell share: {ratio.min():.2f} to {ratio.max():.2f}")

# %% tags=["build-check"]
assert ratio.min() < 0.75
assert ratio.max() > 1.25
assert 0.9 < ratio.mean() < 1.1

# %%
alt = "Share of the cells' area against share of the cells: points around the diagonal."
sheet = Sheet(4.5, 3.6, alt)
ax = sheet.subplots()
ax.plot([0, 0.6], [0, 0.6], color="grey", linewidth=1)
ax.scatter(cell_shares, area_shares, s=14)
ax.set(xlabel="share of the cells", ylabel="share of the cells' area")
sheet

# %% [markdown]
# On the grey line both shares agree. Averaged over many pictures, they nearly do. In a single picture they can lie far
# apart. So "what share?" is not a question yet. Say *of what*.
#
# ## How many?
#
# Back to the larger smear, and to your second guess:

# %%
print("objects:", objects)
print(f"{len(objects)} cells, {(objects == 2).sum()} infected; {how_many.text}")
vl.show(smear)

# %% [markdown]
# A cell counts if at least one of its pixels can be seen, even at the edge. Did you count the ones at the edge? "How
# many?" needs a rule like this: two people with two rules will never agree.
#
# ## Where?
#
# This is the hardest to answer in a word, and the easiest to check: point at a pixel and look. `instances` says which
# cell, or [**instance**](glossary.md#instance), each pixel belongs to.

# %%
first_infected = 1 + np.argmax(objects == 2)
row, column = np.argwhere(instances == first_infected).mean(0).round().astype(int)
name = smear.vocabulary.classes[semantic[row, column]]
print(f"row {row}, column {column}: {name}, object {instances[row, column]}")
vl.view(smear)

# %% [markdown]
# Neither a label nor a count can say where. A [**mask**](glossary.md#mask), one number for each pixel, can.
#
# ## Down the ladder
#
# You have met three levels of truth: objects, classes, one label. They form a ladder: from the objects you can work out
# the classes, and from the classes the label. You will write both steps. Here are the numbers themselves around that
# infected cell, every second pixel:

# %%
rows = slice(max(row - 8, 0), row + 8, 2)
columns = slice(max(column - 12, 0), column + 12, 2)
print("instances", instances[rows, columns], "semantic", semantic[rows, columns], sep="\n")

# %% [markdown]
# ### Your turn: from objects to classes
#
# `instances` says which object each pixel belongs to: 0 means none, 1 the first, 2 the second. `objects` holds the
# class of the first object, the second, and so on. Return a mask as large as `instances` that holds each pixel's class,
# and 0 where there is no object.


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
# Stuck? `check.semantic_mask.hint()` in a cell of its own gives a hint; each further call gives another.
#
# ### Your turn: from classes to the label
#
# A label needs a rule, and somebody has to set it. For the smears: a picture is infected if at least 12 of its pixels
# show infected cells (class 2). Fewer could be the rim of a cell that nobody would recognise. Return the number 1 if it
# is infected, else 0.


# %% nbgrader={"grade": false, "grade_id": "label", "locked": false, "schema_version": 3, "solution": true, "task": false}
def label(semantic):
    """1 if the picture is infected, else 0, from its classes (h, w)."""
    ### BEGIN SOLUTION
    return int((semantic == 2).sum() >= 12)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-label", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.label(label)

# %% [markdown]
# The package takes the same two steps, on all pictures at once. Do they ever go wrong?

# %%
from vislab.data import convert

classes = convert.semantic_from_instances(smears.instances, smears.objects)  # (256, 96, 96)
labels = convert.labels_from_masks(smears.vocabulary, classes)  # (256,)
wrong_pixels = (classes != smears.semantic).sum()
wrong_labels = (labels != smears.labels).sum()
print(f"{wrong_pixels} of {classes.numel():,} pixels differ, {wrong_labels} of {len(labels)} labels")

# %% tags=["build-check"]
assert wrong_pixels == 0
assert wrong_labels == 0

# %% [markdown]
# Never. Each step only *forgets*: first which cell, then where. So if all classes are objects, as here, instance masks
# give you the other two levels for free. What that is worth when you pay for labels is a question for notebook 08.
#
# ## Up the ladder
#
# Now the other way. You have the class of every pixel, without an error. Can you count the cells? The usual trick:
# pixels that touch belong together. Each connected patch, a [**component**](glossary.md#component), counts as a cell.
# `number_patches` finds them:

# %% tags=["nbval-check-output"]
from skimage.measure import label as number_patches

print(number_patches(np.array([[1, 1, 0, 0, 0], [0, 0, 1, 0, 1], [0, 0, 0, 2, 1]]), connectivity=2))

# %% [markdown]
# With `connectivity=2`, touching at a corner is enough. Pixels of two classes never share a patch.
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
# How well does the trick work? We let it loose on the *true* classes of all 256 smears; no model will ever predict them
# better. `convert.guess_instances` is the package's own version.

# %%
mean_cells = smears.count_objects().sum(1).double().mean()
asked = f"A smear holds about {mean_cells:.0f} cells. How far off is the trick, on average?"
how_far = vl.guess(asked, name="00-patches", between=(0, 20), unit="cells")
how_far

# %%
patches = convert.guess_instances(smears)
missed = -convert.count_difference(patches, smears).double().numpy()  # (256,)
half_width = 1.96 * missed.std(ddof=1) / np.sqrt(len(missed))
print(f"{missed.mean():.1f} ± {half_width:.1f} too few, of {mean_cells:.1f}; {how_far.text}")
print(f"right in {(missed == 0).sum()} of 256 pictures; at worst {missed.max():.0f} too few")
worst = int(missed.argmax())
vl.show(smears[worst] + patches[worst])

# %% tags=["build-check"]
assert missed.mean() > 2.5

# %% [markdown]
# The number after ± gives a 95 % [**interval**](glossary.md#interval): the average over endlessly many such smears most
# likely lies within it. And this is the miscount from a *perfect* mask. No better model of the classes can help,
# because nothing in the mask is wrong.
#
# Below the numbers is the worst picture: the truth on the left, the patches on the right. The classes are the same,
# pixel for pixel. The objects are not. If you see round cells in the blue, you add something that the mask does not
# hold: what cells look like. Notebook 04 tries that. But a patch of two pixels may be one cell or two, so no function
# of the mask is always right. Going up is a *guess*.
#
# When can you get away with counting patches? At `crowding` 0 no two cells touch; at 1 each cell is laid against
# another. Our smears had 0.5.

# %%
steps = [0, 0.25, 0.5, 0.75, 1]
means, half_widths, cells = [], [], []
for crowding in steps:
    drawn = vl.draw("smear", 64, seed=1, crowding=crowding)
    too_few = -convert.count_difference(convert.guess_instances(drawn), drawn).double()  # (64,)
    means.append(too_few.mean().item())
    half_widths.append(1.96 * too_few.std().item() / np.sqrt(len(too_few)))
    cells.append(drawn.count_objects().sum(1).double().mean().item())
print("cells per picture:", ", ".join(f"{mean:.1f}" for mean in cells))

# %%
numbers = ", ".join(f"{mean:.1f}" for mean in means)
sheet = Sheet(4.5, 3.2, f"Cells missed per picture against crowding: {numbers}")
ax = sheet.subplots()
ax.errorbar(steps, means, yerr=half_widths, marker="o", capsize=3)
ax.set(xlabel="crowding", ylabel="cells missed per picture", ylim=(0, None))
sheet

# %% tags=["build-check"]
assert max(cells) - min(cells) < 1
assert means[0] < 0.5
assert means == sorted(means)
assert means[-1] > 5

# %% [markdown]
# Bars are 95 % intervals. The number of cells is about the same at each step. If nothing touches, patches *are* cells,
# and the semantic mask is enough. The more cells touch, the more go missing. "Can semantic segmentation count?" has no
# answer until you say how crowded your pictures are.
#
# ## Another world
#
# The four questions are not about blood. This is the view from the driver's seat:

# %%
streets = vl.draw("street", 48, seed=0)
clear = np.flatnonzero(streets.labels == 0)
blocked = np.flatnonzero(streets.labels == 1)
streets = streets[[*clear[:3], *blocked[:3]]]
vl.show(streets)

# %% tags=["nbval-check-output"]
for name, question in streets.vocabulary.questions.items():
    print(f"{name:<6} {question}")
print("counted:", ", ".join(streets.vocabulary.things))

# %% [markdown]
# Cars and people are [**things**](glossary.md#things): they can be counted. Road, buildings and trees are
# [**stuff**](glossary.md#stuff): "how many roads?" makes no sense here. So which level of truth answers "what share can
# I drive on?"

# %%
road = streets.semantic == streets.vocabulary.class_index("road")
in_objects = (streets.instances[road] > 0).sum()
print(f"{road.double().mean():.0%} of the pixels are road; {in_objects} of those belong to an object")

# %% tags=["build-check"]
assert in_objects == 0

# %% [markdown]
# The road belongs to no object, so here the ladder breaks: "instance segmentation tells you most" is true of smears and
# false of streets. (*Panoptic segmentation* gives both, things one by one and stuff.)
#
# And real pictures? Nuclei of cells, under many microscopes, outlined by hand:

# %% tags=["own-machine"]
from IPython.display import display

from vislab.data.datasets.nuclei import SET

if SET.find():
    display(vl.show(vl.load("nuclei", size=256, limit=6)))
else:
    print("Not here yet. To fetch them once (about 80 MB), run vl.load('nuclei', size=256)")
    print(f"in a cell of its own, then run this cell again. They come from {SET.url}")

# %% [markdown]
# If you see them: no program knows the truth about these pictures. People outlined the nuclei, and people err, tire,
# and disagree.
#
# ## 95 % against 90 %
#
# You can read that segmentation is more accurate: 95 %, against 90 % for classification. Take a lazy model that finds
# every healthy cell perfectly and never says "infected". As a segmenter it is judged by pixels, as a classifier by
# pictures.

# %%
asked = "What share of the pixels of all 256 smears does it get right?"
lazy_pixels = vl.guess(asked, name="00-lazy", unit="%")
lazy_pixels

# %%
right_pixels = (smears.semantic != 2).double().mean()
right_pictures = (smears.labels != 1).double().mean()
print(f"pixels {right_pixels:.1%}, pictures {right_pictures:.1%}; {lazy_pixels.text}")

# %% tags=["build-check"]
assert right_pixels > 0.95
assert 0.4 < right_pictures < 0.65

# %% [markdown]
# One model, one kind of mistake, and two numbers far apart. The pixels flatter it, because few pixels are infected.
# Neither number is wrong. They answer different questions.
#
# ### Your turn: what must you know?
#
# *Graded by a person, or by you.* Somebody tells you: "Segmentation reaches 95 %, classification 90 %." What must you
# know before this means anything? One point for each question whose answer could reverse this comparison, **with an
# example of how**; four points in all.

# %% [markdown] nbgrader={"grade": true, "grade_id": "ninety-five", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **Of what?** 95 % of the pixels and 90 % of the pictures are not on one scale. The lazy model above is right about
# nearly every pixel and about little more than half of the pictures.
#
# **On which pictures?** If the segmenter was tried on plain, sparse smears and the classifier on crowded ones, the
# difference may belong to the pictures. Both have to be tested on the same pictures, and those must be new to both.
#
# **Compared with what?** If 95 % of all pixels are background, a model that says nothing gets 95 %. A simple baseline
# turns "95 %" from a success into a failure.
#
# **How sure?** With 40 pictures, 90 % and 95 % are two pictures apart. Other pictures, or another training run, can
# reverse the order. An interval would tell.
#
# (Also good: what each mistake costs, since a missed patient is worse than a false alarm; which question was asked,
# since "any?" alone needs no mask; what the labels for each cost.)

# %% [markdown]
# <details><summary>When you are done, compare</summary>
#
# *Of what?* Few wrong pixels can make many wrong pictures. *On which pictures?* Perhaps one had the sparse smears.
# *Compared with what?* Silence about what is rare may score 95 %, too. *How sure?* Of 40 pictures, two are 5 %.
#
# </details>
#
# ## Place your bets
#
# Before you bet, look once more. A fourth model joins: a [**regressor**](glossary.md#regression), which learned a
# label, a share and a count for each picture, without masks. Below the pictures are all answers to the four questions;
# a dash means that a model never learned that one. Set the order to "where answers differ most".

# %%
dozen = smears[60:72]
vl.compare(dozen, [vl.predict(model, dozen) for model in models.values()])

# %% [markdown]
# The white ring on the classifier's pane marks the place that speaks most for its label; notebook 02 measures what that
# is worth. The small print scores each answer over all twelve smears. An interval such as (0.0–0.0) does not mean
# "never wrong": only that these twelve held no mistake. Notebook 06 asks the same about 256.
#
# Here are eleven claims such as tutorials, overviews and vendors publish, in our words. In the last notebook you judge
# each by your measurements, with a rule written down beforehand. What do you expect? Some may not be measurable. Bet on
# as many as you like; your bets are kept.

# %%
from vislab.widgets.bets import ballot

bets = ballot("claim", quiz.CLAIMS, quiz.VERDICTS)
bets

# %% [markdown]
# ## What you found

# %%
guesses = [how_many_ill, how_much, how_many, how_far, lazy_pixels]
measured = [f"{ill}", f"{area_share:.0%}", f"{len(objects)}", f"{missed.mean():.1f}", f"{right_pixels:.0%}"]
for guess, answer in zip(guesses, measured, strict=True):
    print(guess.question)
    print(f"   It is {answer}; {guess.text}.")
print(f"You bet on {len(bets.bets)} of {len(quiz.CLAIMS)} claims.")

# %% [markdown]
# If you were sure and wrong, read that section again.
#
# - One picture, four questions: any, how much, how many, where. Each needs a rule before it has an answer.
# - Down the ladder is free where all is objects: these give classes, classes give the label, without one error in 256
#   pictures.
# - Up is a guess. Counting patches of a *perfect* mask goes wrong as soon as cells touch.
# - A percentage means nothing without the question that it answers.
#
# **What this does not show.** Models answered for only a few smears; every number above comes from the truth itself.
# The pictures are drawn: to know how often cells touch in real smears, you would have to count there. And if patches
# miscount, that does not mean an instance segmenter counts well. Notebooks 04 and 05 measure that.
#
# ## Three questions to close

# %%
vl.quiz("00-closing", quiz.CLOSING)

# %%
vl.progress()

# %% [markdown]
# What you have done survives a restart.
#
# Next: **01, Build a classifier.** It answers "is there any?", and you will build it from parts.
