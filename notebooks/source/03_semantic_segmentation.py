# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Semantic segmentation
#
# A smear of 96 × 96 has 9,216 pixels. Here is a model that says what every single one shows.

# %%
import vislab as vl

smears = vl.draw("smear", 1408, seed=0)
train, valid, test = smears[:640], smears[1024:1152].as_part("valid"), smears[1152:].as_part("test")
finished = vl.pretrained("smear", device="cpu")  # on the CPU, as we call its parts by hand
said = vl.predict(finished["semantic"], test)
print(f"{said.mask.numel():,} pixels of {len(test)} pictures, {(said.mask == test.semantic).double().mean():.1%} right")
vl.view(test, [said])

# %% [markdown]
# Blue is a healthy cell, orange an infected one. This is [**semantic
# segmentation**](glossary.md#semantic-segmentation). The model has never seen these pictures. Tick "wipe" and drag the
# line across: where do truth and prediction differ?
#
# **After this notebook you can** build a network that classifies every pixel, say what its skip connections are for,
# score a mask without being flattered, find out where its errors live, and measure what a trained classifier's encoder
# is worth to it. **Time:** an hour at most, half of it for four exercises. **Runs here in:** about a minute on two
# cores; less than half the second time.
#
# ## Three questions from before

# %%
from vislab.exercises.nb03_semantic import checks as check

vl.quiz("03-opening", check.OPENING)

# %% [markdown]
# ## The classifier, without its pool
#
# In notebook 01 you built a classifier: an encoder, a map of [**evidence**](glossary.md#evidence) for each label, and a
# pool that turns each map into one number. Here is one that was trained for longer, from one word for each picture. We
# ask it for the maps.

# %%
import numpy as np
import torch
from IPython.display import display
from torch import nn

from vislab.data.batches import to_float
from vislab.data.contact_sheet import colour_classes
from vislab.plotting.figures import Sheet

classifier, six = finished["classification"], test[:6]
with torch.inference_mode():
    scores, evidence = classifier(to_float(six.images))
print("scores", tuple(scores.shape), "evidence", tuple(evidence.shape))

# %%
for_infected = (evidence[:, 1] - evidence[:, 0]).numpy()  # (6, 12, 12)
limit = np.abs(for_infected).max()
sheet = Sheet(9, 3, "Six pictures, and below each a coarse map of how much speaks for 'infected'.")
axes = sheet.subplots(2, 6, subplot_kw={"xticks": [], "yticks": []})
for above, below, picture, coarse_map in zip(*axes, six.images.permute(0, 2, 3, 1), for_infected, strict=True):
    above.imshow(picture)
    below.imshow(coarse_map, cmap="cividis", vmin=-limit, vmax=limit)
missed = vl.score_answers(test, vl.answers(vl.predict(classifier, test)))["point"]["missed"]
print(f"asked to point at an infected cell, it misses in {missed:.0%} of the infected pictures")
sheet

# %% [markdown]
# Bright squares speak for "infected", dark ones against. Nobody ever showed the model a place. So a classifier holds
# the beginning of a mask, though a poor one, as notebook 02 measured. It has 12 × 12 squares. Where did the rest go?
#
# ## Why so coarse?

# %%
features = classifier.encoder(to_float(six.images))
for name, scale in zip(("half", "quarter", "eighth", "sixteenth"), features, strict=True):
    channels, height, width = scale.shape[1:]
    print(f"{name:<10} {channels:>3} channels of {height:>2} × {width:>2}; a step covers {96 // height:>2} pixels")

# %% [markdown]
# Every halving makes what follows four times cheaper, and lets a 3 × 3 window see twice as far. That is how the
# encoder comes to know *what* it looks at. It pays with *where*.
#
# What does the last halving cost? Take the truth itself and cut it into squares. Give each square the class that most
# of its pixels have. No model that answers square by square can be right about more pixels.

# %%
at_best = vl.guess("With squares of 16 × 16 pixels, what share of the pixels is right?", name="03-squares", unit="%")
at_best

# %%
one_hot = nn.functional.one_hot(test.semantic.long(), 3).permute(0, 3, 1, 2).float()  # (n, 3, 96, 96)
best = {}
for side in (16, 8, 4, 2):
    squares = nn.functional.avg_pool2d(one_hot, side).argmax(1)  # (n, 96 / side, 96 / side)
    best[side] = squares.repeat_interleave(side, 1).repeat_interleave(side, 2)
    print(f"squares of {side:>2}: {(best[side] == test.semantic).double().mean():.1%} of the pixels right")
ceiling = (best[16] == test.semantic).double().mean()
print(at_best.text)
assert ceiling < 0.93

# %% [markdown]
# That is a ceiling set by geometry. How near does a model come? The *head* of this one (the part that turns features
# into answers) scores each class at each of the coarsest places. Then the scores are enlarged to the picture's size.


# %%
class Coarse(nn.Module):
    """Features at four scales in, scores (b, classes, h, w) out, from the coarsest alone."""

    def __init__(self, widths, classes):
        super().__init__()
        self.head = nn.Conv2d(widths[-1], classes, 1)

    def forward(self, features):
        scores = self.head(features[-1])  # (b, classes, h/16, w/16)
        return nn.functional.interpolate(scores, scale_factor=16)  # (b, classes, h, w)


# %%
torch.manual_seed(0)  # the same random start each time
coarse = vl.build("semantic", train.vocabulary)
coarse.decoder = Coarse(coarse.encoder.widths, 3)
print(vl.fit(coarse, train, valid, epochs=4))
coarse_said = vl.predict(coarse, test, name="coarse")
right_coarse = (coarse_said.mask == test.semantic).double().mean()
print(f"{right_coarse:.1%} of the pixels right, of {ceiling:.1%} at best")
assert 0.7 < right_coarse < ceiling

# %% [markdown]
# More training cannot help: the squares are the limit.
#
# ## Enlarging a mask
#
# That model enlarged *scores*, by copying each. Scores may also be blended. May a finished mask? This function has long
# served to enlarge pictures. Now it gets a mask of infected cells, 0 elsewhere.

# %%
from PIL import Image


def enlarge(pixels, factor):
    """A picture, or a mask, `factor` times as large."""
    height, width = pixels.shape[:2]
    size = width * factor, height * factor
    return np.asarray(Image.fromarray(pixels).resize(size, Image.BILINEAR))


# %%
infected = (2 * (test.semantic == 2)).numpy().astype(np.uint8)
mask = infected[infected.sum((1, 2)).argmax()]
top, left = (np.argwhere(mask)[0] - (4, 10)).clip(0)
before = mask[top : top + 24, left : left + 24]
after = enlarge(before, 4)
print("classes before:", np.unique(before), "  after:", np.unique(after))
sheet = Sheet(6, 3.1, "A mask of infected cells before and after: afterwards each has a rim of another class.")
for ax, mask, title in zip(sheet.subplots(1, 2), (before, after), ("before", "after"), strict=True):
    ax.imshow(colour_classes(mask, train.vocabulary), interpolation="nearest")
    ax.set(xticks=[], yticks=[], title=f"{title}: {(mask == 1).mean():.1%} is 'cell'")
sheet

# %% [markdown]
# No error, no warning, and every infected cell wears a rim of healthy cell. A network trained on such masks learns the
# rim.
#
# ### Your turn: find the bug
#
# Which line is it, and what did it do to the numbers? Write the function without the bug: each pixel becomes a
# square of `factor` × `factor` pixels.


# %% nbgrader={"grade": false, "grade_id": "enlarge-mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def enlarge_mask(mask, factor):
    """A NumPy mask (h, w) of class numbers, uint8, as (factor * h, factor * w)."""
    ### BEGIN SOLUTION
    wide_and_high = (mask.shape[1] * factor, mask.shape[0] * factor)
    return np.asarray(Image.fromarray(mask).resize(wide_and_high, Image.NEAREST))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-enlarge-mask", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.enlarge_mask(enlarge_mask)

# %% [markdown]
# Scores are amounts, and may be blended. Class numbers are names: nothing lies between two of them.
#
# ## Bring the fine back
#
# Enlarging brings no detail back. But the finer features from the way down still know where every edge is, though not
# what it is an edge *of*. So, going up again, use both. Double the coarse features, add the fine ones of that size, and
# let a convolution look at the sum. What is added has skipped all deeper layers: a [**skip
# connection**](glossary.md#skip-connection).

# %%
from vislab.models.encoder import convolution
from vislab.models.semantic import double


class Step(nn.Module):
    """One step up: coarse features, doubled, and fine ones, looked at together."""

    def __init__(self, fine, inside, outside):
        super().__init__()
        self.lateral = nn.Conv2d(fine, inside, 1)  # as many channels as the coarse ones have
        self.together = convolution(inside, outside)

    def forward(self, coarse, fine):
        return self.together(double(coarse) + self.lateral(fine))  # (b, outside, 2h, 2w)


# %% [markdown]
# Three such steps lead from a sixteenth of the side to a half. The last doubling is cheaper: the head gives four
# numbers per class at each place, and `pixel_shuffle` lays them out as 2 × 2 pixels.


# %%
class Decoder(nn.Module):
    def __init__(self, widths, classes):
        super().__init__()
        self.coarse = convolution(widths[3], 48, kernel=1)
        self.up = nn.ModuleList([Step(widths[2], 48, 48), Step(widths[1], 48, 32), Step(widths[0], 32, 32)])
        self.head = nn.Conv2d(32, 4 * classes, 3, padding=1)

    def forward(self, features):
        half, quarter, eighth, sixteenth = features
        x = self.up[0](self.coarse(sixteenth), eighth)  # (b, 48, h/8, w/8)
        x = self.up[2](self.up[1](x, quarter), half)  # (b, 32, h/2, w/2)
        return nn.functional.pixel_shuffle(self.head(x), 2)  # (b, classes, h, w)


# %% [markdown]
# That is the whole [**decoder**](glossary.md#decoder). What does it reach, with the same encoder, pictures and steps as
# the coarse model?

# %%
torch.manual_seed(0)
segmenter = vl.build("semantic", train.vocabulary)
segmenter.decoder = Decoder(segmenter.encoder.widths, 3)
print(vl.fit(segmenter, train, valid, epochs=4))
said = vl.predict(segmenter, test, name="yours")
right_fine = (said.mask == test.semantic).double().mean()
print(f"pixels right: coarse {right_coarse:.1%}, with skip connections {right_fine:.1%}")
assert right_fine > right_coarse + 0.03
vl.view(test, [coarse_said, said])

# %% [markdown]
# Wipe from coarse to yours. Given the weights of the package's own decoder, yours gives the same scores.

# %%
mine, theirs = Decoder(segmenter.encoder.widths, 3).eval(), finished["semantic"]
mine.load_state_dict(dict(zip(mine.state_dict(), theirs.decoder.state_dict().values(), strict=True)))
with torch.inference_mode():
    features = theirs.encoder(to_float(six.images))
    differs = (mine(features) - theirs.decoder(features)).abs().max()
print(f"largest difference of any score: {differs:.6f}")
assert differs < 1e-4

# %% [markdown]
# ## What training makes small
#
# The decoder gives scores; a softmax makes them probabilities. As in notebook 01, *cross-entropy* takes the probability
# $p$ of the truth, here for each pixel: $-\log p$ is nearly 0 if $p$ is near 1, and large if it is near 0.

# %%
p = said.scores.float().softmax(1)  # (n, 3, h, w)
given = p.gather(1, test.semantic.long()[:, None])[:, 0]  # (n, h, w), the probability of the truth
cost = -given.log()
by_torch = nn.functional.cross_entropy(said.scores.float(), test.semantic.long())
print(f"mean cost of a pixel: {cost.mean():.4f} by hand, {by_torch:.4f} by torch")
words = "Each pixel's cost in six pictures: dots along edges, a few patches inside cells."
sheet = Sheet(9, 1.7, words)
for ax, pixels in zip(sheet.subplots(1, 6, subplot_kw={"xticks": [], "yticks": []}), cost[:6], strict=True):
    ax.imshow(pixels, cmap="magma", vmax=1)
sheet

# %% [markdown]
# The brightest pixels cost 1 or more. Dots lie along edges. Filled patches are mostly parts of cells
# taken for the other kind.
#
# Another loss is one minus [**Dice**](glossary.md#dice), which measures how well one class's prediction (as
# probabilities) overlaps the truth. Here are both losses, for twenty pixels, one of them infected.

# %% tags=["nbval-check-output"]
truth = np.array([0] * 19 + [1])
for name, sure in {"says 5 % everywhere": 0.05, "says 90 % in the right place": 0.9}.items():
    infected = np.where(truth == 1, sure, 0.05)
    entropy = -np.log(np.where(truth == 1, infected, 1 - infected)).mean()
    dice = 1 - 2 * (infected * truth).sum() / (infected.sum() + truth.sum())
    print(f"{name:<29} cross-entropy {entropy:.2f}   Dice loss {dice:.2f}")

# %% [markdown]
# Cross-entropy charges 0.20 for never finding the infected pixel. The Dice loss charges 0.95, and its scale ends at 1.
# (The second model still pays 0.37, for 5 % on each of nineteen others.) So Dice is popular for small objects
# (Milletari et al. 2016). We train with cross-entropy alone.
#
# ## Forbid it one word
#
# We forbid your segmenter one word: instead of "infected cell" it now has to say "cell".

# %%
silenced = vl.guess("What share of the pixels does the silenced model get right?", name="03-silent", unit="%")
silenced

# %%
silent = torch.where(said.mask == 2, 1, said.mask)
right_silent = (silent == test.semantic).double().mean()
print(f"segmenter {right_fine:.1%}, silenced {right_silent:.1%}, coarse {right_coarse:.1%}; {silenced.text}")
print(f"of all pixels {(test.semantic == 2).double().mean():.1%} are infected")
assert right_fine - right_silent < 0.03 and right_silent > right_coarse

# %% [markdown]
# [**Pixel accuracy**](glossary.md#pixel-accuracy), the share of right pixels, rewards silence about rare things. A fair
# score looks only where the truth or the prediction says the class, and ignores all other pixels. It is called
# [**intersection over union**](glossary.md#intersection-over-union):
#
# $$\text{IoU} = \frac{\text{pixels where both say it}}{\text{pixels where at least one says it}}$$
#
# All we need is in one table: how many pixels of each true class (rows) got which prediction (columns).

# %%
from vislab.evaluation.metrics import segmentation as pixels

pixels.count_pixels(test.semantic, said.mask, 3).numpy()

# %% [markdown]
# ### Your turn: intersection over union
#
# From such a table, return the IoU of every class. Think of a class that neither truth nor prediction contains.


# %% nbgrader={"grade": false, "grade_id": "class-iou", "locked": false, "schema_version": 3, "solution": true, "task": false}
def class_iou(counts):
    """IoU of each class (c,); NaN if neither has the class.

    counts: pixels (c, c), a NumPy array, rows truth, columns prediction.
    """
    ### BEGIN SOLUTION
    agreed = counts.diagonal()
    return agreed / (counts.sum(0) + counts.sum(1) - agreed)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-class-iou", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.class_iou(class_iou)

# %%
iou = {}
for name, mask in {"coarse": coarse_said.mask, "silenced": silent, "segmenter": said.mask}.items():
    iou[name] = pixels.class_iou(pixels.count_pixels(test.semantic, mask, 3)).tolist()
    right = (mask == test.semantic).double().mean()
    print(
        f"{name:<10} right {right:.1%}   IoU "
        + "   ".join(f"{c} {v:.2f}" for c, v in zip(test.vocabulary.classes, iou[name], strict=True))
    )
assert iou["silenced"][2] == 0 and 0.3 < iou["segmenter"][2] == min(iou["segmenter"])

# %% [markdown]
# By the first column the silenced model is hardly worse. By the last it is worth nothing. The segmenter, too, finds the
# last class hardest: it is rare, and only the parasite's few pixels tell it from a healthy cell.
#
# ## Giving rare classes a voice
#
# What flatters a score also misleads a loss: training attends to what most pixels are. One remedy: let pixels of a rare
# class count for more.
#
# ### Your turn: class weights
#
# Given how many pixels each class has, return a [**weight**](glossary.md#class-weights) for each. All classes should
# weigh the same: weight × pixels. Together they should weigh as much as the pixels do without weights, so that 1 means
# "counts as before". (For torch's loss only the ratios matter.)


# %% nbgrader={"grade": false, "grade_id": "class-weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def class_weights(pixels):
    """A weight for each class (c,); 0 for a class that has no pixel.

    pixels: of each class (c,), a NumPy array.
    """
    ### BEGIN SOLUTION
    present = pixels > 0
    fair = pixels.sum() / present.sum()
    return np.where(present, fair / np.maximum(pixels, 1), 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-class-weights", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.class_weights(class_weights)

# %%
few = train[:128]
number = torch.bincount(few.semantic.flatten().long(), minlength=3)
full = torch.from_numpy(check.right.weights(number.numpy())).float()
for index, name in enumerate(few.vocabulary.classes):
    share = number[index] / number.sum()
    print(f"{name:<14} {share:.1%} of the pixels, weight {full[index]:.2f}, weighs {share * full[index]:.1%}")

# %% [markdown]
# Does it help? Three short trainings on 128 masks: without weights, with these, and with their square root, which is
# milder. Predict: as weights grow, will more infected pixels be found? Will more others be called infected? IoU counts
# both, so it decides, on the validation set.


# %%
from vislab.models.semantic import SemanticSegmenter


class Weighted(SemanticSegmenter):
    """The package's segmenter; in its loss each class has a weight."""

    def __init__(self, start, weights):
        super().__init__(start.vocabulary, start.encoder)
        self.decoder = start.decoder
        self.register_buffer("weights", weights)

    def loss(self, batch):
        return nn.functional.cross_entropy(self(batch.images), batch.semantic.long(), self.weights)


# %%
def train_few(weights, encoder=None, seed=0, on=test):
    """Pixels of each true class (rows) by predicted class (columns), after training on the few."""
    start = vl.build("semantic", few.vocabulary, encoder=encoder, seed=seed)
    model = Weighted(start, weights)
    vl.fit(model, few, epochs=4, seed=seed, watch=lambda history: None)  # no progress bar
    return pixels.count_pixels(on.semantic, vl.predict(model, on).mask, 3)


# %%
by_weight = {"none": torch.ones(3), "root": full.sqrt(), "full": full}
infected_iou = {}
for name, weights in by_weight.items():
    counts = train_few(weights, on=valid)
    found, there, called = counts[2, 2], counts[2].sum(), counts[:, 2].sum()
    infected_iou[name] = pixels.class_iou(counts)[2]
    print(f"weights: {name}   IoU infected {infected_iou[name]:.2f}", end="   ")
    print(f"found {found:,} of {there:,} infected pixels, and called {called - found:,} others infected")
assert infected_iou["root"] > infected_iou["full"] + 0.03

# %% [markdown]
# Full weights give the rare class too loud a voice. Without any, so short a training may end before the rare class gets
# its turn. So we use the root from here on, after only one training each.
#
# ## Where are the errors?
#
# A pixel is *near a boundary* if a pixel of another class lies within two pixels of it: if the largest class number
# around it is not the smallest.

# %%
from scipy.ndimage import maximum_filter, minimum_filter


def near_boundary(mask, width=2):
    """Pixels of a mask (h, w) that have another class at most `width` pixels away: bool (h, w)."""
    size = 2 * width + 1
    return maximum_filter(mask, size) != minimum_filter(mask, size)


near = np.stack([near_boundary(mask) for mask in test.semantic.numpy()])
print(f"{near.mean():.0%} of all pixels are near a boundary")
where_errors = vl.guess("What share of the wrong pixels is near a boundary?", name="03-boundary", unit="%")
where_errors

# %%
wrong = (said.mask != test.semantic).numpy()
on_edges = (wrong & near).sum() / wrong.sum()
print(f"{on_edges:.0%} of the errors, on {near.mean():.0%} of the pixels; {where_errors.text}")
confused = wrong & np.isin(test.semantic, (1, 2)) & np.isin(said.mask, (1, 2))
elsewhere = (confused & ~near).sum() / (wrong & ~near).sum()
print(f"of the errors elsewhere {elsewhere:.0%} confuse the two kinds of cell;")
print(f"of all such confusions {(confused & near).sum() / confused.sum():.0%} are near a boundary")
assert on_edges > 1.5 * near.mean() and elsewhere > 0.5

# %% [markdown]
# Two kinds of error are mixed here. A rim that is off by a pixel or so shows only near boundaries. A cell taken for the
# other kind has its rim near a boundary, and its inside elsewhere. The second kind can change a diagnosis.
#
# IoU adds up both, and the inside of a large cell hides a ragged edge. [**Boundary IoU**](glossary.md#boundary-iou)
# (Cheng et al. 2021) keeps only the band of each mask along its *own* boundary, and takes the IoU of the two bands.
#
# ### Your turn: boundary IoU
#
# The masks are True where the class is; you may use `near_boundary`. Which part of what it finds lies in the mask?


# %% nbgrader={"grade": false, "grade_id": "boundary-iou", "locked": false, "schema_version": 3, "solution": true, "task": false}
def boundary_iou(truth, said, width):
    """IoU of the bands, `width` pixels wide, of two Boolean NumPy masks (h, w).

    NaN if neither has a band.
    """
    ### BEGIN SOLUTION
    of_truth, of_said = (mask & near_boundary(mask, width) for mask in (truth, said))
    return (of_truth & of_said).sum() / (of_truth | of_said).sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-boundary-iou", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.boundary_iou(boundary_iou)

# %%
bands = pixels.boundary_iou(pixels.count_boundary(test.semantic, said.mask, 3, width=2)).tolist()
for index, name in enumerate(test.vocabulary.classes):
    print(f"{name:<14} IoU {iou['segmenter'][index]:.3f}   boundary IoU {bands[index]:.3f}")
assert bands[1] < iou["segmenter"][1] - 0.02

# %% [markdown]
# The validation set: click a picture, press E, move "infected cell from probability". Which kind of error changes, and
# why?

# %%
vl.view(valid, [vl.predict(segmenter, valid, name="yours")])

# %% [markdown]
# The slider moves pixels only into or out of "infected cell". Between background and healthy cell it changes nothing.
#
# ## A head start
#
# "Classification is the ground that segmentation builds on": claim 11 of your bets in notebook 00. If so, starting from
# the classifier's encoder ([**transfer**](glossary.md#transfer)) should beat starting from random weights. Both get the
# same 128 pictures and steps, with root weights, three times with different random numbers.

# %%
head_start = vl.guess(
    "Which start is better?", ["from the classifier's encoder", "from scratch", "no difference"], name="03-transfer"
)
head_start

# %%
starts = {"from the classifier": finished["classification"], "from scratch": None}
mean = {}
for name, start in starts.items():
    tables = [train_few(full.sqrt(), start, seed) for seed in range(3)]
    mean[name] = torch.stack([pixels.mean_iou(table) for table in tables])  # (3 seeds,)
    print(f"{name:<20} mean IoU", *(f"{one:.3f}" for one in mean[name]))
gain = (mean["from the classifier"] - mean["from scratch"]).tolist()
gained = f"the head start changes mean IoU by {min(gain):+.3f} to {max(gain):+.3f}"
print(f"{gained}; {head_start.text}")
assert max(map(abs, gain)) < 0.3

# %% [markdown]
# Do the two starts differ by more than trainings from one start do? Only then is there something to tell, and only
# about 128 masks, a short training, and a classifier that saw thousands of labels.
#
# ## The four questions
#
# IoU is the segmenter's own score. What are its answers worth? The label follows from the mask by the rule of notebook
# 00, the share (0 to 1) by counting pixels, the count by counting patches; the point is the pixel likeliest to be
# infected. (*mae*, mean absolute error: how far off on average.)

# %%
from vislab.data import convert as derive
from vislab.data.datasets.nuclei import CARD

scores = vl.score_answers(test, vl.answers(said))
for question, told in scores.items():
    measure = next(iter(told))
    print(f"{question:<6} {measure:<7} {told[measure]:.3f}   (95 % interval {told['low']:.3f} to {told['high']:.3f})")
truth_off = derive.count_difference(derive.guess_instances(test), test).abs().double().mean()
print(f"patches of the true masks: off by {truth_off:.2f} cells per picture; of yours: {scores['count']['mae']:.2f}")
assert truth_off > 3 and scores["count"]["mae"] > 2

# %% [markdown]
# "Where every pixel counts it takes semantic segmentation" (claim 7): here is its error in the share; notebook 06
# compares it with others. The count is off by several cells, and so is the count from true masks. (Yours may even be
# nearer: a false patch adds one to a count that is too low.) What is missing is not a better mask. It is the next
# notebook.
#
# ## Real pictures
#
# Nuclei under real microscopes, outlined by hand. Training starts from the smears' encoder. How does it do on rare
# kinds of picture?

# %% tags=["own-machine"]
if CARD.find():
    learn, _, held = vl.load("nuclei", size=128, limit=120).split(valid=0.1, test=0.3, seed=0)
    real = vl.build("semantic", learn.vocabulary, encoder=segmenter)
    print(vl.fit(real, learn, epochs=8))
    kinds = np.array(held.attributes["modality"])
    for kind in np.unique(kinds):
        score = vl.evaluate(real, held[kinds == kind])["iou nucleus"]
        print(f"{kind:<13} {(kinds == kind).sum():>3} pictures, IoU of nuclei {score:.2f}")
    display(vl.view(held, [vl.predict(real, held)]))
else:
    print(f"Not here yet; vl.load('nuclei') fetches them once, from {CARD.url}")

# %% [markdown]
# ## What you found

# %%
asked = [at_best, silenced, where_errors, head_start]
measured = [f"{ceiling:.0%}", f"{right_silent:.1%}", f"{on_edges:.0%}", gained]
for question, answer in zip(asked, measured, strict=True):
    print(f"{question.question}\n   Measured: {answer}; {question.text}.")

# %% [markdown]
# - A classifier without its pool gives a coarse map. How coarse is a matter of geometry.
# - Skip connections add the fine features to the coarse ones on the way up: *where* to *what*.
# - Pixel accuracy hardly notices whether a rare class is ever found. IoU does.
# - Weights give rare classes a voice in a loss; too loud a voice does harm.
# - Errors crowd along boundaries. Worse is a cell taken for the other kind.
# - Class numbers are names. Blending them invents classes.
#
# **What this does not show.** Whether Dice trains a better model: you have only computed it. What weights and head
# starts are worth in general: one or three short trainings are a first look; notebook 08 draws curves. And all of this
# is on drawn smears, whose truth is exact to the pixel. People who outline real cells disagree along their edges, so
# there a boundary score has a ceiling of its own.
#
# ## Three questions to close

# %%
vl.quiz("03-closing", check.CLOSING)

# %% [markdown]
# Next: **04, Build an instance segmenter.** It tells touching cells apart.
