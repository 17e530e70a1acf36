# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Build an instance segmenter
#
# Here are six blood smears, and two models that have never seen them. One says what each pixel shows. The other also
# says which cell the pixel belongs to: [**instance segmentation**](glossary.md#instance-segmentation).

# %%
import numpy as np
import torch
from torch import nn

import vislab as vl

smears = vl.draw("smear", 1408, seed=0)
train = smears[:1024]
valid = smears[1024:1152].as_part("valid")
test = smears[1152:].as_part("test")

# %%
finished = vl.pretrained("smear")
six = vl.draw("smear", 6, seed=2)
vl.view(six, [vl.predict(finished["semantic"], six), vl.predict(finished["instance"], six)])

# %% [markdown]
# Find cells that lie on top of each other, and point to each. Healthy cells share one class and one colour of stain,
# and still the second model draws a line between them. In notebook 00 you cut *perfect* masks into patches, and the
# count was off by several cells per picture. How does the second model know where one cell ends? You will build it.
#
# **After this notebook you can** say when counting patches is enough and when watershed is; draw what an instance
# segmenter learns from; turn its maps into objects; train it and choose its threshold; and compare its count with
# simpler ways to count, on the same pictures and with intervals. **Time:** two sittings of up to an hour, with three
# exercises; a line says where to stop. **Runs here in:** about a minute on two CPU cores, most of it training; half a
# minute the second time.
#
# ## Three questions before we begin

# %%
from vislab.exercises.nb04_instance import checks as check
from vislab.exercises.nb04_instance import figures, quiz

vl.quiz("04-opening", quiz.OPENING)

# %% [markdown]
# ## How many cells touch?
#
# Patches ([**components**](glossary.md#component)) of a perfect mask are right as long as no two cells touch. So the
# first thing to know about a set of pictures is how many cells touch. Two cells touch if their pixels share a border or
# a corner, as when one lies on the other.

# %%
how_many_touch = vl.guess("Of all cells in these smears, what share touches another one?", name="04-touch", unit="%")
how_many_touch

# %%
from vislab.data import convert

cells = train.count_objects().sum()
touching = figures.count_touching(train).sum() / cells
patches = convert.guess_instances(train)
missing = convert.count_difference(patches, train).double().mean()
print(f"{touching:.0%} of the cells touch another; {how_many_touch.text}")
print(f"patches of the true masks: {missing:+.1f} cells per picture, of {cells / len(train):.1f}")

# %% tags=["build-check"]
assert 0.5 < touching < 0.95
assert missing < -4

# %% [markdown]
# Every missing cell has vanished into a neighbour. The masks are right, but they lack the line between two cells.
#
# ## Watershed: cut at the waist
#
# Two discs that touch have a waist. To find it, measure how deep each pixel lies inside the mask, take every deepest
# place as a cell, and cut where it gets shallow between two of them. This is [**watershed**](glossary.md#watershed),
# and it needs no learning.

# %%
from scipy.ndimage import distance_transform_edt

from vislab.data.contact_sheet import colour_objects
from vislab.plotting.figures import PALETTE, Sheet

smear = train[17]
image = smear.images[0].permute(1, 2, 0).numpy()  # (96, 96, 3)
depth = distance_transform_edt(smear.semantic[0] > 0)  # (96, 96)
cut = convert.guess_instances(smear, "watershed", distance=5)
cut_colours = colour_objects(cut.instances[0].numpy(), image)  # (96, 96, 3)
true_colours = colour_objects(smear.instances[0].numpy(), image)

# %%
panels = {"picture": image, "depth in the mask": depth, "watershed": cut_colours, "truth": true_colours}
sheet = Sheet(9.6, 2.7, "Depth inside the mask: every cell is a hill. Watershed cuts between the hills.")
for ax, (title, pixels) in zip(sheet.subplots(1, 4), panels.items(), strict=True):
    ax.imshow(pixels)
    ax.set(xticks=[], yticks=[], title=title)
sheet

# %% [markdown]
# Colours only tell neighbours apart. Here watershed is right.
#
# How far apart must two deepest places be, to count as two cells? If this distance is too small, a dented cell falls to
# pieces; if it is too large, neighbours become one. So it is chosen on the validation set.

# %%
errors = {}
for distance in (3, 4, 5, 6, 8):
    cut = convert.guess_instances(valid, "watershed", distance)
    errors[distance] = float(convert.count_difference(cut, valid).abs().double().mean())
    print(f"peaks at least {distance} pixels apart: off by {errors[distance]:.2f} cells per picture")
distance = min(errors, key=errors.get)
print(f"Best: {distance} pixels, off by {errors[distance]:.2f}.")

# %% [markdown]
# That is much better than patches, with one line of code and no training. A network must beat watershed, not only
# patches.
#
# Does it hold up in a crowd? We draw smears with more and more cells on top of each other. Again the masks are perfect.

# %%
watershed_full = vl.guess(
    "In the most crowded smears, patches miss about a dozen cells per picture. By how many is watershed off?",
    name="04-watershed", between=(0, 20), unit="cells",
)  # fmt: skip
watershed_full

# %%
crowds = [vl.draw("smear", 64, seed=1, crowding=crowding) for crowding in (0, 0.25, 0.5, 0.75, 1)]


def count_error(counted, truth):
    """The mean count error, in cells per picture, and half the width of its 95 % interval."""
    error = convert.count_difference(counted, truth).abs().double()  # (n,)
    return float(error.mean()), float(1.96 * error.std() / len(error) ** 0.5)


# %%
touch, by_patches, by_watershed = [], [], []
for crowd in crowds:
    touch.append(100 * float(figures.count_touching(crowd).sum() / crowd.count_objects().sum()))
    by_patches.append(count_error(convert.guess_instances(crowd), crowd))
    by_watershed.append(count_error(convert.guess_instances(crowd, "watershed", distance), crowd))

# %%
full_watershed = by_watershed[-1][0]
print(f"watershed in the most crowded smears: off by {full_watershed:.1f}; {watershed_full.text}")
curves = {"patches of the true mask": by_patches, "watershed of the true mask": by_watershed}
figures.show_miscounts(touch, curves)

# %% tags=["build-check"]
assert errors[distance] < 1.5
assert by_patches[-1][0] > 9
assert 2 < full_watershed < 9

# %% [markdown]
# Watershed delays the failure; it does not prevent it. It knows one thing about cells: that they bulge. If one cell
# hides most of another, no waist is left; if a cell is dented, there is one waist too many. Here is its worst picture
# among the most crowded, the truth on the left, watershed on the right:

# %%
crowded = crowds[-1]
cut = convert.guess_instances(crowded, "watershed", distance)
worst = int(convert.count_difference(cut, crowded).abs().argmax())
vl.show(crowded[worst] + cut[worst])

# %% [markdown]
# In the *picture* you can see the edges that the mask has lost. So do not ask the mask. Ask the picture.
#
# ## Let every pixel point
#
# A network gives numbers for pixels; it cannot draw a line and say "these are cells 4 and 5". Cells have no fixed
# numbers: number them differently, and the truth is the same. So what can it say about each pixel that does not depend
# on these numbers?
#
# **Where the [centre](glossary.md#centre) of its own cell is.** All pixels of a cell point at one place, and the pixels
# of the next cell at another. Besides its class, the network predicts three things for each pixel:
#
# - [**heatmap**](glossary.md#heatmap): is a centre here? 1 at the centre of a cell, and less and less around it;
# - [**offset**](glossary.md#offset), an arrow in the figure: how many pixels to the right and down its own cell's
#   centre lies;
# - **radius**: how large the cell is, as the radius of a disc of the same area.
#
# Here they are, drawn from the true masks.

# %%
maps = figures.true_maps(smear)
figures.show_maps(smear, maps)

# %% [markdown]
# Here are two neighbouring pixels, one on each side of a line between two cells:

# %%
ids = smear.instances[0].numpy()  # (96, 96)
classes = smear.semantic[0].numpy()  # (96, 96)
border = (ids[:, :-1] != ids[:, 1:]) & (ids[:, :-1] > 0) & (classes[:, :-1] == classes[:, 1:])
row, column = np.argwhere(border)[0]
for x in (column, column + 1):
    right, down = maps.offset[0, :, row, x]
    print(f"row {row}, column {x}: class {classes[row, x]}, object {ids[row, x]}, ", end="")
    print(f"offset {right:+.0f} right, {down:+.0f} down")

# %% [markdown]
# They have the same class, but their offsets point opposite ways. That tells the two cells apart, and a network can
# learn it: you can *see* where a cell's centre is, from the curve of its rim.
#
# ### Your turn: draw the heatmap
#
# What the network is to predict, its *target*, has to be drawn first. In the heatmap, every object is a round hill, a
# Gaussian, on its centre: $e^{-d^2 / (2 s^2)}$, where $d$ is a pixel's distance to the centre and $s$ is the hill's
# width: wide for a large cell, narrow for a small one. The hill ends where the object ends.
#
# `instances` (h, w) holds the number of each pixel's object, 0 outside. `centres` (k, 2) holds x and y of each centre,
# `widths` (k,) each hill's $s$. Object `i + 1` has `centres[i]` and `widths[i]`. x counts columns from the left, y rows
# from the top. A picture may have no objects (k = 0). Return the heatmap (h, w).


# %% nbgrader={"grade": false, "grade_id": "centre-heatmap", "locked": false, "schema_version": 3, "solution": true, "task": false}
def centre_heatmap(instances, centres, widths):
    """The heatmap (h, w): exp(-d² / (2 s²)) on the pixels of each object, 0 elsewhere."""
    ### BEGIN SOLUTION
    y, x = np.indices(instances.shape)
    heatmap = np.zeros(instances.shape)
    for i, (left, top) in enumerate(centres):
        inside = instances == i + 1
        hill = np.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * widths[i] ** 2))
        heatmap[inside] = hill[inside]
    return heatmap
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-centre-heatmap", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.centre_heatmap(centre_heatmap)

# %% [markdown]
# Stuck? `check.centre_heatmap.hint()` gives a hint; each further call gives another.
#
# Why a hill? With a single pixel, a network that misses the centre by one pixel would be as wrong as one that finds no
# centre at all. The hill says: nearly right.
#
# ### Your turn: the offset to the centre
#
# Return the offsets (2, h, w). Channel 0 is how far to the right of a pixel its own object's centre lies, channel 1 how
# far below; both are 0 outside objects, and everywhere in a picture without objects (k = 0).


# %% nbgrader={"grade": false, "grade_id": "offset-to-centre", "locked": false, "schema_version": 3, "solution": true, "task": false}
def offset_to_centre(instances, centres):
    """The offset (2, h, w), x and y, from each pixel to the centre of its own object."""
    ### BEGIN SOLUTION
    y, x = np.indices(instances.shape)
    offset = np.zeros((2, *instances.shape))
    for i, (left, top) in enumerate(centres):
        inside = instances == i + 1
        offset[0, inside] = left - x[inside]
        offset[1, inside] = top - y[inside]
    return offset
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-offset-to-centre", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.offset_to_centre(offset_to_centre)

# %% [markdown]
# The package draws both, and the radius, for a whole batch at once: `targets` in `vislab/models/instance.py`. There,
# the centre is the object's own pixel nearest to its middle. Otherwise a sickle-shaped cell's centre would lie outside
# it, and another cell could cover a centre.

# %% [markdown] tags=["break"]
# ---
# *A good place to stop for today. To go on another day, click into this cell and choose the menu Run, then Run All
# Above Selected Cell.*

# %% [markdown]
# ## From arrows back to objects
#
# Suppose somebody gives you the maps. Two steps lead back to objects: take the peaks of the heatmap as centres, and let
# every pixel join the centre that it points at.
#
# ### Your turn: group pixels
#
# `inside` (h, w) is True on pixels that belong to some object, `centres` (k, 2) are the x and y of the peaks, and
# `offset` (2, h, w) holds the predicted offsets: they miss a little, and in the background they are nonsense. Every
# pixel inside joins the centre nearest to the place it points at. Return ids (h, w): `i + 1` for centre `i`, 0 outside.
# If no centre was found (k = 0), all ids are 0. Work on whole arrays: there are 9,216 pixels in a smear.


# %% nbgrader={"grade": false, "grade_id": "group-pixels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def group_pixels(inside, centres, offset):
    """Ids (h, w): 1 for the pixels that point at the first centre, 2 for the second; 0 outside."""
    ### BEGIN SOLUTION
    if len(centres) == 0:
        return np.zeros(inside.shape, int)
    y, x = np.indices(inside.shape)
    miss_x = (x + offset[0])[..., None] - centres[:, 0]  # (h, w, k)
    miss_y = (y + offset[1])[..., None] - centres[:, 1]  # (h, w, k)
    nearest = (miss_x**2 + miss_y**2).argmin(-1)  # (h, w)
    return np.where(inside, nearest + 1, 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-group-pixels", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.group_pixels(group_pixels)

# %% [markdown]
# The package's `group` does the same for a whole batch, and more. It finds the peaks. If two peaks lie closer
# together than half the smaller *radius*, it keeps only the higher one, so a large cell with two peaks stays one cell;
# this is what the radius is for. And it measures distances to a centre in radii of that centre's cell, so a small cell
# does not swallow the pixels of a large one.
#
# Is anything lost on the way from objects to maps and back? Let us pretend that a network predicts the targets exactly,
# and group those.

# %%
lost = vl.guess(
    "In how many of the 256 test pictures will grouping perfect maps err?", name="04-lost", between=(0, 256)
)
lost

# %%
from vislab.models.grouping import group


def has_same_objects(true_ids, ids):
    """Whether two masks of ids (h, w) hold the same objects, however they are numbered."""
    pairs = torch.stack([true_ids.flatten(), ids.flatten()]).unique(dim=1)
    return pairs.shape[1] == len(true_ids.unique()) == len(ids.unique())


# %%
scores, perfect = figures.perfect_maps(test)
grouped = group(scores, perfect, test.vocabulary.thing_indices)
kept = [has_same_objects(true_ids, objects.ids) for true_ids, objects in zip(test.instances, grouped, strict=True)]
wrong = kept.count(False)
print(f"{wrong} of {len(test)} pictures differ from the truth in any pixel; {lost.text}")

# %% tags=["build-check"]
assert wrong == 0

# %% [markdown]
# Perfect maps give every object back, to the pixel. So whatever the trained model gets wrong is the network's fault,
# not the idea's.
#
# ## The network
#
# You have all its parts: the encoder of notebook 01 and the decoder of notebook 03. Only the very end is different: the
# decoder gives four more maps.

# %%
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from vislab.models.encoder import Encoder
from vislab.models.grouping import objects_of
from vislab.models.instance import targets
from vislab.models.predictions import InstancePrediction
from vislab.models.semantic import Decoder


# %%
class Pointing(nn.Module):
    """Pictures (b, 3, h, w) → class scores (b, classes, h, w) and maps (b, 4, h, w): heatmap, offset (2), radius."""

    def __init__(self, vocabulary):
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = Encoder()
        self.decoder = Decoder(self.encoder.widths, len(vocabulary.classes) + 4)

    def forward(self, image):
        maps = self.decoder(self.encoder(image))  # (b, classes + 4, h, w)
        scores, heatmap, offset, radius = maps.split([len(self.vocabulary.classes), 1, 2, 1], dim=1)
        return scores, torch.cat([heatmap - 3, 16 * offset, radius + 1.5], dim=1)  # (b, classes, h, w), (b, 4, h, w)


# %% [markdown]
# Here is the network with its *instance head*, the four answers on top. To find each pixel's object by a heatmap of
# centres and offsets to them is the idea of *Panoptic-DeepLab* ([Cheng et al.,
# 2020](https://arxiv.org/abs/1911.10194)). The radius is our addition.

# %%
vl.diagram(Pointing(smears.vocabulary))

# %% [markdown]
# An untrained decoder gives numbers near 0. The last line turns them into sensible first guesses. The heatmap is
# predicted as [**logits**](glossary.md#logit), before the [**sigmoid**](glossary.md#sigmoid), a curve that squeezes any
# number into 0 to 1: sigmoid(-3) is about 0.05, as centres are rare. Offsets come in units of 16 pixels. The radius is
# predicted as its logarithm; $e^{1.5}$ is 4.5 pixels.
#
# ## The loss
#
# Training makes four errors small: those of the **classes** and the **heatmap** at all pixels, and those of the
# **offset** and the **radius** inside objects. The loss is their sum, each with a weight (the classes' is 1).

# %%
HEATMAP_WEIGHT = 4
OFFSET_WEIGHT = 0.5
RADIUS_WEIGHT = 0.1


# %%
def pointing_loss(scores, maps, batch):
    """How far scores (b, classes, h, w) and maps (b, 4, h, w) are from the truth: one number."""
    target = targets(batch.instances, int(batch.instances.max()))
    inside = target.inside  # (b, h, w), True on the p pixels of objects
    radius = target.radius[inside]  # (p,)
    class_loss = cross_entropy(scores, batch.semantic.long())
    heatmap_loss = binary_cross_entropy_with_logits(maps[:, 0], target.heatmap)
    offset_error = (maps[:, 1:3] - target.offset).abs().sum(1)[inside]  # (p,), in pixels
    offset_loss = (offset_error / radius).mean()
    radius_loss = (maps[:, 3][inside] - radius.log()).abs().mean()
    return class_loss + HEATMAP_WEIGHT * heatmap_loss + OFFSET_WEIGHT * offset_loss + RADIUS_WEIGHT * radius_loss


# %% [markdown]
# Three pixels are a small miss for a large cell and a large one for a small cell. So the offset's error is divided by
# the radius, and radii are compared as logarithms. The heatmap gets the largest weight because nearly all of its pixels
# are easy, far from any centre, and make its mean small.
#
# `vl.fit` asks a model for its `loss`, `vl.predict` for its `answer`: objects, grouped as above.


# %%
class PointingSegmenter(Pointing):
    task = "instance"  # what kind of answer it gives
    optimiser = "muon"  # the rule that changes the weights, as for the package's models

    def loss(self, batch):
        scores, maps = self(batch.images)  # (b, classes, h, w), (b, 4, h, w)
        return pointing_loss(scores, maps, batch)

    def answer(self, image, name, ids):
        scores, maps = self(image)  # (b, classes, h, w), (b, 4, h, w)
        objects = [objects_of(grouped) for grouped in group(scores, maps, self.vocabulary.thing_indices)]
        return InstancePrediction(name, self.vocabulary, ids, tuple(objects), tuple(image.shape[-2:]))


# %% [markdown]
# Is this the package's instance segmenter? Give both the same weights and the same eight smears:

# %%
from vislab.data.batches import take

package = vl.build("instance", smears.vocabulary).eval()
model = PointingSegmenter(smears.vocabulary).eval()
model.load_state_dict(package.state_dict())

# %%
eight = take(train, torch.arange(8))
with torch.inference_mode():
    difference = (model(eight.images)[1] - package(eight.images)[1]).abs().max()
    losses = model.loss(eight), package.loss(eight)
print(f"largest difference of the maps: {difference:.6f}")
print(f"loss: yours {losses[0]:.4f}, the package's {losses[1]:.4f}")
assert difference < 1e-4 and abs(losses[0] - losses[1]) < 1e-4

# %%
semantic = vl.build("semantic", smears.vocabulary)
sizes = [sum(weights.numel() for weights in network.parameters()) for network in (semantic, model)]
extra = sizes[1] - sizes[0]
print(f"A semantic segmenter has {sizes[0]:,} weights, yours {sizes[1]:,}.")
print(f"Telling objects apart takes {extra:,} more: {extra / sizes[0]:.1%}.")

# %% [markdown]
# ## Train
#
# 1,024 pictures, five passes, about half a minute on two cores. *Trained before* means that this machine has done
# exactly this training already, and takes the result from its cache. The scores are on the validation set, after every
# pass; [**panoptic quality**](glossary.md#panoptic-quality), from 0 to 1, says how well objects are found and drawn;
# notebook 05 takes it apart.

# %%
reminder = f"Watershed of the true masks was off by {errors[distance]:.1f} cells per picture."
model_off = vl.guess(
    f"{reminder} By how many will your trained model be off, on new pictures?",
    name="04-model", between=(0, 15), unit="cells",
)  # fmt: skip
model_off

# %%
model.threshold = 0.1  # the score from which an object counts, until we choose one
history = vl.fit(model, train, valid, epochs=5, rate=5e-3)
last = history.scores[-1]
off_least = f"off by {last['count_error']:.1f} cells per picture"
print(f"after the last pass: {off_least}; panoptic quality {last['pq']:.2f}")
history

# %% tags=["build-check"]
assert extra < 0.1 * sizes[0]
assert np.mean(history.losses[-20:]) < 0.5 * history.losses[0]
assert last["pq"] > 0.8

# %% [markdown]
# These scores are no verdict yet. First look at what the network predicts, before grouping.

# %%
from IPython.display import display

picture = valid[2]
display(figures.show_maps(picture, figures.predict_maps(model, picture)))
display(figures.show_maps(picture, figures.true_maps(picture)))

# %% [markdown]
# Above is the prediction, below the truth. Compare the heatmaps: are the predicted peaks as high as the true ones? And
# where do the arrows waver? Look first. The numbers come after your guess.

# %%
arrows_miss = vl.guess(
    "By how many pixels does an arrow miss its centre? (the median; a cell's radius is about 8)",
    name="04-offset-error", between=(0, 30), unit="pixels",
)  # fmt: skip
arrows_miss

# %%
truth = figures.true_maps(valid)
predicted = figures.predict_maps(model, valid)
offset_error = (predicted.offset - truth.offset).norm(dim=1)[truth.inside]  # (pixels inside,)
distance_to_centre = truth.offset.norm(dim=1)[truth.inside]  # (pixels inside,)
print(f"median {offset_error.median():.1f} pixels; {arrows_miss.text}")
print(f"An arrow that never leaves its pixel misses by {distance_to_centre.median():.1f}.")

# %%
misses_far = (offset_error > 4).double()
near = misses_far[distance_to_centre < 4].mean()
far = misses_far[distance_to_centre >= 4].mean()
print(f"Arrows that miss by more than 4: {near:.1%} within 4 pixels of the centre, {far:.1%} further out")
print(f"The highest value in a heatmap is {predicted.heatmap.max():.2f}.")

# %% tags=["build-check"]
assert offset_error.median() < 0.5 * distance_to_centre.median()
assert near < 0.5 * far
assert predicted.heatmap.max() < 0.99

# %% [markdown]
# The heatmap's peaks stay well below 1, and the arrows waver least near the centre. At the rim, cells meet, and it is
# harder to see which cell a pixel belongs to. An arrow need not hit the centre. It only has to end closer to its own
# centre than to any other, and centres lie far apart. That is why the few arrows that miss widely seldom do harm.
#
# ## Which peaks count?
#
# Every object comes with a score: the height of its peak times the probability of its class. What score must it reach
# to count? The count error after training was for threshold 0.1. A threshold of one half comes to mind.

# %%
half_off = vl.guess(
    f"From score 0.1 on it is {off_least}. And if objects count from score 0.5 on?",
    name="04-half", between=(0, 15), unit="cells",
)  # fmt: skip
half_off

# %%
on_valid = vl.predict(model, valid)
true_counts = valid.count_objects().sum(1).numpy()  # (n,)
thresholds = np.append(2, np.arange(5, 95, 5)) / 100
counts = np.array([[(objects.scores >= t).sum() for objects in on_valid.objects] for t in thresholds])
leaning = (counts - true_counts).mean(1)  # (thresholds,)
error = np.abs(counts - true_counts).mean(1)  # (thresholds,)
for index in (2, 10, 16):
    print(f"from {thresholds[index]:.1f} on: off by {error[index]:.2f}, leaning {leaning[index]:+.2f}")
print(half_off.text)

# %%
threshold = vl.choose_threshold(model, valid)
sheet = Sheet(5.6, 3.2, f"Cells off per picture against the score threshold; least at {threshold:.2f}.")
ax = sheet.subplots()
ax.plot(thresholds, error, marker="o", color=PALETTE["blue"])
ax.axvline(threshold, color="grey", linewidth=1)
ax.set(xlabel="score from which an object counts", ylabel="cells off per picture", yscale="log")
ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
sheet

# %% [markdown]
# The grey line is where the count on the *validation set* is off by least. `vl.choose_threshold` found it, among finer
# steps, and the model keeps it. The curve is nearly flat on the left: any threshold up to 0.25 counts almost as well,
# so the line's exact place is chance. Now it is in your hands: click *more controls*, move "score from", and watch the
# objects and the count.

# %%
vl.compare(valid, [vl.predict(model, valid)])

# %%
counted = [objects.at_least(threshold) for objects in on_valid.objects]
object_scores = np.concatenate([objects.scores for objects in counted])
pixels = np.array([mask.sum() for objects in counted for mask in objects.masks])
below = object_scores < 0.5
print(f"{below.sum()} objects below one half, with {np.median(pixels[below]):.0f} pixels (median)")
print(f"{(~below).sum()} objects above one half, with {np.median(pixels[~below]):.0f} pixels (median)")

# %% tags=["build-check"]
assert error.min() < 1.0
assert threshold < 0.5
assert np.ptp(error[:5]) < 0.3
assert np.median(object_scores) > 0.6
assert np.median(pixels[below]) < 0.8 * np.median(pixels[~below])

# %% [markdown]
# Why less than one half? Most cells score far above it. The few below are mostly small in the picture: little of them
# can be seen, and their peaks are low. A threshold of 0.5 leaves those out. A score is not a probability of being
# right. It ranks objects, and you choose where to cut the ranking: here for counting, elsewhere for something else.
# Notebook 05 looks at every cut at once.
#
# ## How many? All on the same pictures
#
# Now the test set, once. Four other methods count the same cells. *Colour* finds cells by their stain and cuts them by
# patches or by watershed, both tuned on validation pictures as well (fewer of them, to save time). The last two get the
# **true** masks, which nobody has in practice.

# %%
from dataclasses import replace

from vislab.evaluation.baselines import fit_all

simple = fit_all(train[:256], valid[:64])
on_test = vl.predict(model, test)
methods = {
    "instance segmenter": on_test,
    "colour, watershed": simple["watershed"].predict(test),
    "colour, patches": simple["threshold"].predict(test),
    "true mask, watershed": convert.guess_instances(test, "watershed", distance),
    "true mask, patches": convert.guess_instances(test),
}

# %%
answers = {}
count = {}
for name, method in methods.items():
    answers[name] = replace(vl.answers(method), name=name)
    count[name] = vl.score_answers(test, answers[name])["count"]
    off_by, low, high = (count[name][key] for key in ("mae", "low", "high"))
    print(f"{name:<21} off by {off_by:5.2f}  ({low:.2f} to {high:.2f}), leaning {count[name]['bias']:+.2f}")
print(model_off.text)

# %%
for name in ("colour, watershed", "true mask, watershed"):
    print(vl.compare_pair(test, answers["instance segmenter"], answers[name], "count").sentence)

# %% tags=["build-check"]
assert count["instance segmenter"]["mae"] < 0.3 * count["colour, watershed"]["mae"]
assert count["instance segmenter"]["mae"] < 0.25 * count["colour, patches"]["mae"]

# %% [markdown]
# *Off by* is the mean over 256 pictures, with its 95 % interval; *leaning* says whether too many (+) or too few (-) are
# counted. Each comparison is paired: first the difference in every single picture, then its mean and interval.
#
# Now look at the row *true mask, watershed* once more. There, watershed has every pixel right, and the model has not.
# Right pixels do not make a right count; knowing where cells end does.
#
# And in a crowd? The model was trained on the usual smears only. "Where overlapping things must be told apart it takes
# instance segmentation", says claim 8 of your bets. (Boxes, the claim's other half, come in notebook 05.)

# %%
by_model = []
for crowd in crowds:
    counted = figures.as_scenes(crowd, vl.predict(model, crowd))
    by_model.append(count_error(counted, crowd))
print(f"most crowded: the model {by_model[-1][0]:.1f}, watershed of the true mask {full_watershed:.1f}")
print(f"no cell touches: the model {by_model[0][0]:.2f}, patches of the true mask {by_patches[0][0]:.2f}")
figures.show_miscounts(touch, curves | {"instance segmenter": by_model})

# %% tags=["build-check"]
assert by_model[-1][0] < 0.7 * full_watershed
assert by_patches[0][0] < 0.1

# %% [markdown]
# Read the left end too. If nothing touches, patches of a good mask are as good as it gets, and a network can only lose.
# "Which one counts best?" has no answer until you say how crowded your pictures are.
#
# ## Where it fails
#
# Here is one of its worst test pictures, the truth on the left, the prediction on the right:

# %%
own = figures.as_scenes(test, on_test)
difference = convert.count_difference(own, test)  # (n,)
counted_right = difference == 0
worst = int(difference.abs().argmax())
print(f"off by {int(difference[worst]):+d}; {counted_right.sum()} of {len(test)} pictures are counted right")
vl.show(test[worst] + own[worst])

# %% [markdown]
# Plus means an object too many, minus a cell too few. Find the place. How much of that cell can be seen? To know what
# the model misses in general, match its objects with the true ones. A true cell is *found* if it and a predicted object
# share more than half of the area that they cover together, that is, have an IoU above 0.5.

# %%
from vislab.evaluation.metrics.instances import match_objects

matches = match_objects(test, [objects.at_least(on_test.threshold) for objects in on_test.objects])
best_iou = [match.iou.max(0, initial=0) for match in matches]  # for each picture (true cells,)
iou = np.concatenate(best_iou)  # (all true cells,)
areas = np.concatenate([match.true_area for match in matches])
found = iou > 0.5
print(f"{found.mean():.1%} of the true cells are found, with {np.median(areas[found]):.0f} visible pixels (median)")
print(f"{(~found).sum()} are not found, with {np.median(areas[~found]):.0f} visible pixels")
print(f"{((iou > 0.25) & ~found).sum()} of these reach an IoU above 0.25 with some object")

# %%
misses_a_cell = np.array([(ious <= 0.5).any() for ious in best_iou])  # (n,)
hidden = (misses_a_cell & counted_right.numpy()).sum()
print(f"in {hidden} of the {counted_right.sum()} pictures counted right, some true cell is not found")
print(f"infected cells: {own.count_objects()[:, 2].sum()} predicted, {test.count_objects()[:, 2].sum()} true")

# %% tags=["build-check"]
assert ((iou > 0.25) & ~found).any()
assert found.mean() > 0.95
assert np.median(areas[~found]) < np.median(areas[found])

# %% [markdown]
# It fails mostly on cells that show little: hidden, or cut by the edge. "Not found" need not mean unseen: some have an
# object, but with the wrong outline. And a right count can hide two mistakes: one cell missed, one invented. A count
# forgives what a mask does not. Whether the model tells infected cells from healthy ones is yet another question: the
# last line compares their numbers.
#
# How to make a score that forgives nothing is the subject of notebook 05.
#
# ## Real cells
#
# All these cells were drawn. Does it hold on real ones? The package's network comes trained on nuclei under real
# microscopes, too: for some minutes, on random parts of the pictures in one fold of a public set. It was tested on
# another fold, with pictures of other slides. A file beside its weights tells what came out:

# %%
from vislab.training.pretrained import read_answers

tested = read_answers("nuclei")
print(f"{tested['pictures']} test pictures, {tested['objects']:.1f} nuclei in each on average")
for name in ("instance", "watershed", "threshold"):  # the last two by colour
    off = tested["errors"][name]["count"]
    print(f"{name:<10} off by {off['mae']:.2f} nuclei per picture ({off['low']:.2f} to {off['high']:.2f})")

# %%
for kind, scores in tested["kinds"].items():
    few = "; too few pictures to say more" if scores["pictures"] < 10 else ""
    off, ap50 = scores["count_error"], scores["ap50"]
    print(f"{kind:<13} {scores['pictures']:>3} pictures: off by {off:.1f}, AP50 {ap50:.2f}{few}")

# %% tags=["build-check"]
assert tested["errors"]["instance"]["count"]["high"] < tested["errors"]["watershed"]["count"]["low"]

# %% [markdown]
# *Threshold* counts patches of what is nucleus by its colour. AP50 (notebook 05) is 1 if every nucleus is found, drawn
# with an IoU above 0.5, and nothing else. So read two things. Do the intervals of network and watershed meet? And is
# the network as good on every kind of picture? It learned most from the kind of which there were most. If you have the
# pictures, look at the ones that it never saw:

# %% tags=["own-machine"]
from vislab.data.datasets.nuclei import SET

if SET.find():
    nuclei = vl.load("nuclei", size=256, limit=160)
    unseen = nuclei.subset(np.array(nuclei.attributes["fold"]) == "1").as_part("test")
    display(vl.view(unseen, [vl.predict(vl.pretrained("nuclei")["instance"], unseen)]))
else:
    print(f"Not here yet; vl.load('nuclei') fetches them once, from {SET.url}")

# %% [markdown]
# Real nuclei differ in size far more than your cells. Can the maps hold them? And how many touch?

# %% tags=["own-machine"]
if SET.find():
    share = figures.count_touching(unseen).sum() / unseen.count_objects().sum()
    mean_error, _ = count_error(convert.guess_instances(unseen), unseen)
    print(f"{share:.0%} of {unseen.count_objects().sum()} nuclei touch another one;")
    print(f"patches of the true masks: off by {mean_error:.1f} per picture")

# %% tags=["own-machine"]
if SET.find():
    radii = figures.true_maps(unseen).radius
    print(f"radius of a nucleus: {radii[radii > 0].min():.0f} to {radii.max():.0f} pixels")
    scores, perfect = figures.perfect_maps(unseen)
    grouped = group(scores, perfect, unseen.vocabulary.thing_indices)
    kept = [has_same_objects(ids, objects.ids) for ids, objects in zip(unseen.instances, grouped, strict=True)]
    print(f"perfect maps give the truth back in {sum(kept)} of {len(unseen)} pictures")

# %% [markdown]
# If you see numbers: do nuclei touch more often than the cells in your smears? How much does a count by patches lose
# even with the true masks? That much is for a network to gain.
#
# And your own pictures? Put them into `images/` and their objects, one number each, into `instances/` under the same
# names ([how](../data/README.md)); notebook 10 goes the whole way.

# %% tags=["own-machine"]
MINE = None  # the path of your folder, as "/where/it/is/bees"
if MINE:
    my_train, _, my_test = vl.load(MINE, size=256, fit="pad").split()
    mine = vl.build("instance", my_train.vocabulary, encoder=vl.pretrained("nuclei")["instance"])
    print(vl.fit(mine, my_train, epochs=20))
    display(vl.view(my_test, [vl.predict(mine, my_test)]))
else:
    print("No folder of your own yet.")

# %% [markdown]
# ## What you found

# %%
measured = [
    (how_many_touch, f"{touching:.0%}"),
    (watershed_full, f"{full_watershed:.1f}"),
    (lost, f"{wrong}"),
    (arrows_miss, f"{offset_error.median():.1f}"),
    (half_off, f"{error[10]:.2f}"),
    (model_off, f"{count['instance segmenter']['mae']:.2f}"),
]
for guess, measure in measured:
    print(f"{guess.question}\n   It is {measure}; {guess.text}.")

# %% [markdown]
# If you were sure and wrong, read that section again.
#
# - Patches count cells where none touch. Watershed goes further, and fails where cells hide each other.
# - Objects have no fixed numbers, so a network says where the centre of each pixel's own object is. Nothing is lost by
#   that: perfect maps give the objects back to the pixel.
# - Four more maps on a familiar decoder, and grouping without any learning, turn a segmenter into one that counts.
# - The threshold is a choice, made on the validation set. One half is no law.
# - Your model's count error stands above, with its interval, beside patches and watershed on the same pictures.
#
# **What this does not show.** That instance segmentation is "better": you compared only counts; notebook 06 asks other
# questions. The intervals are over pictures; another training run could come out differently. Cells are round; long,
# thin, or branching things have no centre that is easy to see. The pictures are drawn. And it took masks of every
# single cell to learn from: notebook 08 measures what those cost.
#
# ## Three questions to close

# %%
vl.quiz("04-closing", quiz.CLOSING)

# %% [markdown]
# Next: **05, Score an instance segmenter.** A right count was not enough. There, every single object is judged.
