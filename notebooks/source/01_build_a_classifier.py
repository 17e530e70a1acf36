# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Build a classifier
#
# A classifier gives a picture one word. Here is one at work, on smears that it has never seen. Run the cells: click
# into the first and press Shift+Enter.

# %%
import numpy as np
import torch
from torch import nn

import vislab as vl
from vislab.plotting.figures import Sheet

# %%
smears = vl.draw("smear", 1664, seed=0)
train = smears[:1024]
valid = smears[1024:1152].as_part("valid")
test = smears[1152:].as_part("test")
print(len(train), "to train on,", len(valid), "to choose on (the validation set),", len(test), "to test on")

# %%
from dataclasses import replace

finished = vl.pretrained("smear")["classification"]
six = valid[:6]
unknown = replace(six, labels=None, semantic=None, instances=None, objects=None)  # without the truth
vl.view(unknown, [vl.predict(finished, unknown)])

# %% [markdown]
# ▶ steps through the six. Above the picture on the right is one word, the model's
# [**prediction**](glossary.md#prediction), and how sure it is; the white ring marks the place that speaks most for that
# word (one of 12 × 12 places, so only roughly). Nobody told the model what a parasite is, what a cell is, or where to
# look. It saw a lot of smears, and one word for each. Would you trust it?

# %%
how_many_right = vl.guess("How many of its six words are right?", name="01-six", between=(0, 6))
how_many_right

# %%
right_words = round(6 * vl.evaluate(finished, six)["accuracy"])
print(f"{right_words} of 6 are right; {how_many_right.text}.")
vl.view(six, [vl.predict(finished, six)])

# %% [markdown]
# Now a sign beside each word says whether it is right. Click *more controls* and move the slider "infected from
# probability": the model stays the same, but its words change. In this notebook you take such a model apart until only
# multiplying and adding are left, and put it together again.
#
# **After this notebook you can** work out a convolution by hand, say what stride, padding and pooling do, build the
# encoder that every model of this course shares, train it, and say how good a classifier is, compared with a simpler
# one, and how sure that is. **Time:** two sittings of up to an hour, with three exercises; a line says where to stop.
# **Runs here in:** about a minute on two processor cores, most of it training; half a minute the second time.
#
# ## Three questions on notebook 00

# %%
from vislab.exercises.nb01_classifier import checks as check
from vislab.exercises.nb01_classifier import quiz

vl.quiz("01-opening", quiz.OPENING)

# %% [markdown]
# ## What the model is given
#
# The model gets numbers: three [**channels**](glossary.md#channel), layers of 96 × 96 numbers that say how red, how
# green, how blue each pixel is, from 0 to 255. Here is a smear, an infected cell cut from it, and that cell's three
# channels.


# %%
def show_row(pictures, titles, alt, rows=1, **options):
    """Pictures (3, h, w) or maps (h, w) beside each other, each with a title."""
    side = min(2.8, 11 * rows / len(pictures))  # inches
    sheet = Sheet(side * len(pictures) / rows, (side + 0.3) * rows, f"{alt}: {'; '.join(titles)}.")
    axes = sheet.subplots(rows, len(pictures) // rows, subplot_kw={"xticks": [], "yticks": [], "frame_on": False})
    for ax, picture, title in zip(axes.flat, pictures, titles, strict=True):
        ax.imshow(picture.permute(1, 2, 0) if picture.ndim == 3 else picture, **options).axes.set_title(title, size=9)
    return sheet


# %%
infected = train[4]
cell = infected.images[0, :, 37:57, 55:75]  # (3, 20, 20)
titles = ["the smear", "a cell of it", "its red channel", "its green channel", "its blue channel"]
print("shape:", tuple(infected.images.shape))
print("red, every second pixel of the cell:", cell[0, ::2, ::2].numpy(), sep="\n")
show_row(
    [infected.images[0], cell, *cell], titles, "A smear and one infected cell of it", cmap="gray", vmin=0, vmax=255
)

# %% [markdown]
# The parasite is the low numbers in the middle. You see it at once in the picture, but have to search for it in the
# numbers. The model has only the numbers.
#
# ## A convolution by hand
#
# A [**kernel**](glossary.md#kernel) is a small grid of numbers that asks one question everywhere. Lay it on a *window*
# of the picture, multiply each number by the pixel below it, and add up: that is one answer. Move on by one pixel and
# ask again. This is called a [**convolution**](glossary.md#convolution). (Strictly, a convolution first turns the
# kernel round, and without that it is a *cross-correlation*. Networks learn their kernels, so they leave it out.) Here
# is a kernel that asks: is it brighter on the right than on the left?

# %% tags=["nbval-check-output"]
small = np.array([[2, 2, 2, 9, 9, 9]] * 3 + [[2, 2, 2, 2, 2, 2]] * 2)
edge = np.array([[-1, 0, 1]] * 3)
print(small, edge, sep="\n\n")
print("\nat the top left it answers", (small[0:3, 0:3] * edge).sum())
print("and one step to the right", (small[0:3, 1:4] * edge).sum())

# %%
how_large = vl.guess(
    "The kernel is asked wherever it fits on this picture of 5 × 6. How many answers come out?",
    ["5 × 6", "4 × 5", "3 × 4"],
    name="01-fits",
)
how_large


# %%
def convolve(picture, kernel):
    """What a kernel (k, k) answers wherever it fits on a picture (h, w)."""
    k = len(kernel)
    height, width = picture.shape
    answers = np.zeros((height - k + 1, width - k + 1), int)
    for y, x in np.ndindex(answers.shape):
        answers[y, x] = (picture[y : y + k, x : x + k] * kernel).sum()
    return answers


# %%
answers = convolve(small, edge)
print(answers)
print(f"{answers.shape[0]} × {answers.shape[1]} answers; {how_large.text}")

# %% tags=["build-check"]
assert answers.tolist() == [[0, 21, 21, 0], [0, 14, 14, 0], [0, 7, 7, 0]]

# %% [markdown]
# The answer is 0 where the picture is uniform, 21 where all three rows of the window cross the edge, and 14 or 7 where
# two rows or one do. A 3 × 3 window cannot start on the last two rows or columns, so the result is smaller.
#
# PyTorch does this fast. Does it give the same on the smear's red channel?

# %%
red = infected.images[:, :1].float()  # (1, 1, 96, 96): pictures, channels, height, width
kernel = torch.tensor(edge).float()[None, None]  # (1, 1, 3, 3): kernels, channels, height, width
fast = nn.functional.conv2d(red, kernel)[0, 0]  # (94, 94)
slow = convolve(infected.images[0, 0].numpy().astype(int), edge)
print("they differ in", (fast.numpy() != slow).sum(), "of", slow.size, "places")
show_row([infected.images[0], fast], ["the smear", "brighter on the right?"], "A smear and its edges", cmap="gray")

# %% tags=["build-check"]
assert (fast.numpy() == slow).all()

# %% [markdown]
# From left to right, the picture gets darker where a cell begins (a dark rim) and lighter where it ends (a light rim).
# Nine numbers have found the left and right edges of every cell; another nine would find the upper and lower ones.
#
# A kernel can also look through several channels at once. This one looks at a single pixel and asks: is it more blue
# than red? Parasites are violet.

# %%
violet = torch.tensor([-1.0, 0, 1]).view(1, 3, 1, 1)  # (kernels, channels, height, width)
blue_less_red = nn.functional.conv2d(infected.images.float(), violet)[0, 0]  # (96, 96)
truth = infected.semantic[0] == 2
titles = ["the smear", "blue less red", "truth: infected cell"]
show_row([infected.images[0], blue_less_red, truth], titles, "A smear and where it is violet", cmap="gray")

# %% [markdown]
# The parasite stands out. So do the platelets and the specks, which are just as violet and mean nothing. What tells a
# parasite from a speck is what lies *around* it: a cell. One small kernel cannot see that. Many can, if they look at
# each other's answers.
#
# ### Your turn: how large is the answer?
#
# A convolution has two more settings. [**Stride**](glossary.md#stride) is the window's step: with stride 2 it moves two
# pixels at a time. [**Padding**](glossary.md#padding) is how many zeros are first added at *both* ends of each row and
# column. How many answers does a row of `size` pixels give? All four arguments are whole numbers, and the kernel fits
# at least once.


# %% nbgrader={"grade": false, "grade_id": "output-size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_size(size, kernel, stride, padding):
    """How many answers a row of `size` pixels gives."""
    ### BEGIN SOLUTION
    steps = size + 2 * padding - kernel  # of one pixel
    return steps // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-output-size", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.output_size(output_size)

# %% [markdown]
# Stuck? `check.output_size.hint()` in a cell of its own gives a hint; each further call gives another.
#
# ## An encoder from parts
#
# Nobody writes the kernels of a network. They begin at random, and training changes them. What we do write is how they
# are put together. The smallest part is a convolution followed by two things.

# %%
from vislab.data.batches import to_float


def convolution(inside, outside, stride=1, kernel=3):
    """From `inside` to `outside` channels: a kernel for each channel outside, looking through all those inside."""
    kernels = nn.Conv2d(inside, outside, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(kernels, nn.BatchNorm2d(outside), nn.ReLU())


# %% tags=["nbval-check-output"]
image = to_float(infected.images)  # (1, 3, 96, 96), 0 to 1
stem = convolution(3, 24, stride=2, kernel=5)
print("shape of the answers:", tuple(stem(image).shape))
print(sum(parameter.numel() for parameter in stem.parameters()), "numbers to learn")

# %% [markdown]
# 24 kernels give 24 channels of answers, half as high and wide.
#
# `BatchNorm2d` brings each channel to a mean of 0 and a spread of 1, so that none drowns out the others. Then it
# stretches and shifts each channel by two learned numbers: with the 24 kernels of 3 × 5 × 5, that makes 1,800 + 48
# [**parameters**](glossary.md#parameter), the numbers that training changes.
#
# Mean and spread of what? In training, of the [**batch**](glossary.md#batch), the pictures computed together. But what
# a finished model says of one picture should not depend on the others beside it. So the layer also keeps running means
# of both, and `model.eval()` switches a model to these. `model.train()` switches it back; a new model is in training
# mode.
#
# `ReLU` turns negative answers into 0: -2, -1, 1, 3 become 0, 0, 1, 3. Without it, a stack of convolutions could do no
# more than one: sums of sums are sums.
#
# The next part, a [**residual block**](glossary.md#residual-block), is two such convolutions with a
# [**shortcut**](glossary.md#shortcut) around them: the input, halved in size and given as many channels, is added to
# the output. So a block only has to learn what to *change*, and deep stacks of blocks can be trained.
#
# In PyTorch, an `nn.Module` holds parts and their parameters, and its `forward` says what happens to a picture.


# %%
class Block(nn.Module):
    def __init__(self, inside, outside):
        super().__init__()
        self.first = convolution(inside, outside, stride=2)
        self.second = convolution(outside, outside)[:2]  # its ReLU follows the sum
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inside, outside, 1, bias=False))

    def forward(self, x):  # (b, inside, h, w)
        return (self.second(self.first(x)) + self.shortcut(x)).relu()  # (b, outside, h/2, w/2)


# %% tags=["nbval-check-output"]
block = Block(24, 48)
print(tuple(stem(image).shape), "→", tuple(block(stem(image)).shape))
# %% [markdown]
# The [**encoder**](glossary.md#encoder) is a stem (one convolution) and three of these blocks. Each step halves the
# side and, at first, doubles the channels: fewer places, more numbers for each.


# %%
class EncoderParts(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.stem = convolution(3, width, stride=2, kernel=5)
        self.quarter = Block(width, 2 * width)
        self.eighth = Block(2 * width, 4 * width)
        self.sixteenth = Block(4 * width, 4 * width)


# %% tags=["nbval-check-output"]
parts = EncoderParts()
x = image
for part in (parts.stem, parts.quarter, parts.eighth, parts.sixteenth):
    x = part(x)
    print(tuple(x.shape))

# %% [markdown]
# One thing comes before the stem: the encoder subtracts the picture's mean colour, because stain and lamp say nothing
# about an infection, and multiplies the rest by 4 to spread it. And it hands out all four layers, as the segmenters
# will need the fine ones.


# %%
class Encoder(EncoderParts):
    def forward(self, image):  # (b, 3, h, w)
        centred = (image - image.mean((2, 3), keepdim=True)) * 4
        half = self.stem(centred)  # (b, 24, h/2, w/2)
        quarter = self.quarter(half)  # (b, 48, h/4, w/4)
        eighth = self.eighth(quarter)  # (b, 96, h/8, w/8)
        return half, quarter, eighth, self.sixteenth(eighth)  # the last (b, 96, h/16, w/16)


# %% [markdown]
# Here is all of it, with channels × height × width at every step. To read more, search for *residual network* or
# *ResNet* ([He et al., 2016](https://arxiv.org/abs/1512.03385)): that is what a stack of residual blocks is called.

# %%
vl.diagram(Encoder())

# %% [markdown]
# The next cell compares it with the package's encoder: the same numbers in both must give the same output.

# %% tags=["nbval-check-output"] jupyter={"source_hidden": true}
from vislab.models.encoder import Encoder as PackagesEncoder

encoder = Encoder().eval()
packages = PackagesEncoder().eval()
encoder.load_state_dict(packages.state_dict())  # all its numbers: the same in both
for features, packages_features in zip(encoder(image), packages(image), strict=True):
    print(tuple(features.shape), "the same as the package's:", torch.equal(features, packages_features))

# %% tags=["build-check"]
assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(encoder(image), packages(image), strict=True))

# %% [markdown]
# What you have just read *is* the package's encoder. Every model of this course is built on it, the segmenters too.
#
# The third layer, `eighth`, has 96 channels of 12 × 12 places. Neighbouring places are 8 pixels apart. But how far does
# one place *see*: how wide is its [**receptive field**](glossary.md#receptive-field)?

# %%
how_far = vl.guess("How many pixels wide is what one of the 12 × 12 places sees?", name="01-field", between=(1, 96))
how_far

# %% [markdown]
# This can be measured: which pixels, changed a little, change the answers at one place? The
# [**gradient**](glossary.md#gradient) tells: it is how fast a result changes with each input. (We leave out the step
# that subtracts the mean colour, which depends a little on every pixel.)

# %%
pixels = image.clone().requires_grad_()
eighth = encoder.eighth(encoder.quarter(encoder.stem(pixels)))  # (1, 96, 12, 12)
sixteenth = encoder.sixteenth(eighth)  # (1, 96, 6, 6)


def seen_by(features, place):
    """True at the pixels (96, 96) that change the features (1, c, h, w) at one place of the diagonal."""
    (gradient,) = torch.autograd.grad(features[0, :, place, place].sum(), pixels, retain_graph=True)
    return gradient.abs().sum((0, 1)) > 0


# %%
fields = [seen_by(eighth, 6), seen_by(sixteenth, 3)]
titles = ["the smear", "what one of 12 × 12 sees", "what one of 6 × 6 sees"]
show_row([infected.images[0], *(infected.images[0] * field for field in fields)], titles, "A smear")

# %%
widths = [field.any(0).sum().item() for field in fields]
print(f"one of 12 × 12: {widths[0]} pixels wide; {how_far.text}")
print(f"one of 6 × 6: {widths[1]} of 96 pixels wide")
worked_out = 5 + 2 * 2 + 2 * 4 + 2 * 4 + 2 * 8
print("one of 12 × 12, worked out:", worked_out)

# %% tags=["build-check"]
assert 16 < widths[0] < widths[1] <= 96
assert widths[0] <= worked_out

# %% [markdown]
# Each place reads its neighbours, which have read *theirs*. The stem's kernel sees 5 pixels. Each later kernel adds
# (its size minus 1) × the distance between the places it reads: 2 pixels after the stem, doubled by every stride of 2.
# You will need these widths below.

# %% [markdown] tags=["break"]
# ---
# *A good place to stop for today. To go on another day, click into this cell and choose the menu Run, then Run All
# Above Selected Cell.*

# %% [markdown]
# ## From 144 places to one word
#
# After the encoder, a 1 × 1 convolution turns each place's [**features**](glossary.md#feature), its numbers in all
# channels, into two numbers: the [**evidence**](glossary.md#evidence) for "healthy" and for "infected". But a
# classifier must say one thing about the whole picture. Making one number out of 144 is called
# [**pooling**](glossary.md#pooling).
#
# The mean counts all places: one parasite in one place hardly moves it. The maximum counts only the highest: one speck
# taken for a parasite misleads it. Between them lies a pool with a knob $s$, its sharpness:
#
# $$\text{pool}(e) = \frac{1}{s}\,\log\Big(\text{mean of } \exp(s\,e)\Big)$$
#
# ### Your turn: a pool for a small parasite
#
# Write this pool (*log-sum-exp*: Pinheiro and Collobert, CVPR 2015) for one map of evidence, a NumPy array (h, w), and
# a sharpness above 0. It should also work for evidence of 400, as `np.exp(2 * 400)` is infinite. Subtract the largest
# evidence before `exp`, and make up for it at the end.


# %% nbgrader={"grade": false, "grade_id": "pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pool(evidence, sharpness):
    """One number from evidence (h, w): near the mean where sharpness is small, near the maximum where it is large."""
    ### BEGIN SOLUTION
    largest = evidence.max()
    mean = np.exp(sharpness * (evidence - largest)).mean()
    return largest + np.log(mean) / sharpness
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-pool", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.pool(pool)

# %% [markdown]
# The package's `soft_maximum` does this for whole batches. Here it pools a map with -1 at 143 places and 5 at one:

# %% tags=["nbval-check-output"]
from vislab.models.classifier import soft_maximum

quiet = torch.full((1, 1, 12, 12), -1.0)
quiet[..., 4, 7] = 5
for sharpness in (0.01, 0.5, 1, 2, 10):
    pooled = soft_maximum(quiet, torch.tensor([sharpness]))  # (1, 1)
    print(f"sharpness {sharpness:<4}  pooled to {pooled.item():5.2f}")
print(f"the mean is {quiet.mean():.2f}, the maximum {quiet.max():.2f}")

# %% [markdown]
# With a pool the classifier is complete. It looks at the `eighth` and `sixteenth` features together, so each of its 144
# places sees as far as one of the 6 × 6. The pool's sharpness is learned like all the rest. (`with_places` adds two
# channels, the x and the y of each place. Smears do not need them; streets will.)


# %%
class ClassifierParts(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.merge = convolution(96 + 96 + 2, 96, kernel=1)
        self.evidence = nn.Conv2d(96, 2, 1)
        self.sharpness = nn.Parameter(torch.ones(2))


# %%
from vislab.models.encoder import with_places


class Classifier(ClassifierParts):
    def forward(self, image):  # (b, 3, 96, 96)
        _, _, eighth, sixteenth = self.encoder(image)  # (b, 96, 12, 12) and (b, 96, 6, 6)
        coarse = nn.functional.interpolate(sixteenth, scale_factor=2)  # (b, 96, 12, 12)
        features = with_places(torch.cat([eighth, coarse], 1))  # (b, 194, 12, 12)
        evidence = self.evidence(self.merge(features))  # (b, 2, 12, 12)
        return soft_maximum(evidence, self.sharpness), evidence  # (b, 2) scores


# %% jupyter={"source_hidden": true}
classifier = Classifier().eval()
packages = vl.build("classification", train.vocabulary).eval()
classifier.load_state_dict(packages.state_dict())
print("the same as the package's:", torch.equal(classifier(image)[0], packages(image)[0]))
print(f"{sum(parameter.numel() for parameter in classifier.parameters()):,} numbers to learn")

# %% tags=["build-check"]
assert torch.allclose(classifier(image)[0], packages(image)[0], atol=1e-5)

# %% [markdown]
# ## What the finished one sees
#
# The model at the beginning is this one, with other numbers in it. How training finds them comes next; first see what
# they do. We load them into your classifier and look at its evidence before pooling: red speaks for "infected", blue
# for "healthy".

# %%
classifier.load_state_dict(finished.state_dict())
with torch.inference_mode():
    scores, evidence = classifier(to_float(valid.images))  # (128, 2), (128, 2, 12, 12)
for_infected = evidence[:, 1] - evidence[:, 0]  # (128, 12, 12), above 0: for "infected"
is_infected = valid.labels == 1

# %%
examples = [*np.flatnonzero(is_infected)[:2], np.flatnonzero(~is_infected)[0]]
panels = [*valid.images[examples], *for_infected[examples]]
titles = ["infected", "infected", "healthy"] + 3 * ["its evidence"]
alt = "Smears, each above its evidence"
sheet = show_row(panels, titles, alt, rows=2, cmap="RdBu_r", vmin=-10, vmax=10)
sheet.colorbar(sheet.axes[-1].images[0], ax=sheet.axes, shrink=0.6, label="healthy       infected")
sheet

# %% [markdown]
# Look at what the darkest red lies on, and then what the darkest blue lies on or beside. Nobody told the network to
# look at platelets. But healthy smears are drawn with more platelets, and a network uses whatever helps. Whether that
# helps elsewhere is a question for notebook 02.

# %%
how_many_places = vl.guess(
    "How many of the 144 places speak for 'infected' in the median infected smear (half have more, half fewer)?",
    name="01-places",
    between=(0, 144),
    unit="places",
)
how_many_places

# %%
places = (for_infected > 0).flatten(1).sum(1).double()  # (128,) how many speak for "infected"
touched = nn.functional.max_pool2d((valid.semantic == 2).float(), 8)  # (128, 12, 12), 1 where 8 × 8 pixels touch one
touched_places = touched.flatten(1).sum(1)  # (128,)
print("medians, of 144 places:")
print(f"{places[is_infected].median():3.0f}  infected smears, for 'infected'; {how_many_places.text}")
print(f"{places[~is_infected].median():3.0f}  healthy smears, for 'infected'")
print(f"{touched_places[is_infected].median():3.0f}  infected smears, touched by infected cells")

# %% tags=["build-check"]
assert places[is_infected].median() > places[~is_infected].median()
assert 0.5 < places[is_infected].median() / touched_places[is_infected].median() < 2

# %% [markdown]
# Compare the first number with the last. About as many places speak for "infected" as are touched by infected cells:
# more than one, but few of 144. What does each pool make of such a map? Here is the same evidence, pooled in three
# ways:

# %%
pools = {"mean": evidence.mean((2, 3)), "maximum": evidence.amax((2, 3)), "the learned pool": scores}
for name, pooled in pools.items():
    called_infected = (pooled.argmax(1) == 1).double()  # (128,)
    found = called_infected[is_infected].mean()
    alarms = called_infected[~is_infected].mean()
    print(f"{name:<17} finds {found:4.0%} of the infected, cries wolf at {alarms:4.0%} of the healthy")
print("learned sharpness:", *[f"{value:.2f}" for value in finished.sharpness.abs().tolist()], "(both began at 1)")

# %% tags=["build-check"]
assert (pools["mean"].argmax(1) == 1)[is_infected].double().mean() < 0.2
assert (pools["maximum"].argmax(1) == 1)[is_infected].double().mean() > 0.9
assert (pools["the learned pool"].argmax(1) == 1)[is_infected].double().mean() > 0.9

# %% [markdown]
# In the mean, the few places for "infected" drown among all the others, and nearly every patient is missed. But *this*
# evidence was learned with another pool, whose sharpness training hardly moved. A network that learns with the mean may
# let more places speak: each sees far beyond its own 8 pixels, so many see the parasite. Which pool is best to learn
# with is a question for the end.
#
# ## A loss
#
# Training makes one number smaller, the [**loss**](glossary.md#loss). It has to say how wrong a model is, and how sure.
# The [**cross-entropy**](glossary.md#cross-entropy) does both. Turn the scores into probabilities that sum to 1 (this
# is the [**softmax**](glossary.md#softmax)), take the probability of the *right* label, then take minus its logarithm.

# %%
half_half = vl.guess(
    "A model says 50 : 50 for every picture. What is its loss?", ["0", "0.5", "0.69", "1"], name="01-half"
)
half_half

# %% tags=["nbval-check-output"]
for chance in (0.99, 0.9, 0.5, 0.1, 0.01):
    print(f"{chance:4.0%} for the right label: loss {-np.log(chance):.2f}")

# %% [markdown]
# Being sure and right costs nearly nothing, being sure and wrong most. And 50 : 50 costs 0.69, whatever the truth: with
# two labels, a model that stays at 0.69 has learned nothing. What is the loss of an untrained model?

# %%
torch.manual_seed(0)
fresh = Classifier()
images = to_float(train.images[:16])  # (16, 3, 96, 96)
labels = train.labels[:16]
scores, _ = fresh(images)  # (16, 2)
loss = nn.functional.cross_entropy(scores, labels)
print(f"loss {loss.item():.2f}")
print(f"for 50 : 50 it is {-np.log(0.5):.2f}; {half_half.text}")

# %% tags=["build-check"]
assert 0.3 < loss < 1.5

# %% [markdown]
# ## Training by hand
#
# Again and again: predict, measure the loss, find out which way each number must move to make it smaller, move them all
# a little. [**AdamW**](glossary.md#adamw) is the rule that moves them; `lr`, the [**learning
# rate**](glossary.md#learning-rate), sets how far. Here every step uses the same 16 smears.

# %%
optimiser = torch.optim.AdamW(fresh.parameters(), lr=1e-3)
losses = []
for _ in range(60):
    loss = nn.functional.cross_entropy(fresh(images)[0], labels)
    optimiser.zero_grad()
    loss.backward()  # the gradient: the loss's slope along each number
    optimiser.step()
    losses.append(loss.item())

# %%
print(f"loss {losses[0]:.2f} → {losses[-1]:.3f}")
by_heart = vl.guess("Trained on these 16, what share of 128 other smears does it get right?", name="01-heart", unit="%")
by_heart

# %%
fresh.eval()  # from here on BatchNorm2d goes by its running means
with torch.no_grad():
    own, others = fresh(images)[0], fresh(to_float(valid.images))[0]  # (16, 2), (128, 2)
right_by_own = (own.argmax(1) == labels).double().mean()
right_by_heart = (others.argmax(1) == valid.labels).double().mean()
print(f"{right_by_own:.0%} of its own 16; {right_by_heart:.0%} of {len(valid)} other smears; {by_heart.text}")

# %% tags=["build-check"]
assert losses[-1] < 0.2
assert right_by_own > 0.9
assert 0.3 < right_by_heart < 0.7

# %% [markdown]
# The model knows its 16 smears by heart, and is right about others no more often than a coin:
# [**overfitting**](glossary.md#overfitting). Much besides parasites tells 16 pictures apart. So a loss on training
# pictures proves nothing: judge a model by pictures that it has never seen. And judge it in `eval` mode: after 25 steps
# the loss was near 0 already, but the running means lagged behind, and with them the model was still wrong about many
# of its own 16.
#
# ## Training
#
# `vl.fit` takes the same four steps, and more. It goes through the 1,024 smears several times, eight at a step. Each is
# turned, mirrored and lit a little differently every time ([**augmentation**](glossary.md#augmentation)), so that
# learning by heart pays less. Another rule, [**Muon**](glossary.md#muon) (Jordan and others, 2024), moves the kernels,
# and AdamW the rest. The learning rate rises at first, then falls to 0 (*one cycle*: Smith and Topin, 2019). After each
# pass ([**epoch**](glossary.md#epoch)) `vl.fit` predicts the labels of the [**validation
# set**](glossary.md#validation-set): 128 smears for making choices, so that the [**test set**](glossary.md#test-set),
# kept for one look at the end, stays untouched. Watch the pictures: when does the ring find a parasite and stay on it?
# Stop ends training early and keeps the model. The line below says which device it ran on.

# %%
model = vl.build("classification", train.vocabulary, seed=0)
history = vl.fit(model, train, valid)
history

# %% [markdown]
# The loss of one step depends on its eight smears, so it jumps. Follow the thick line, the mean of the last steps. Near
# 0.69 nothing is learned yet: for how many pictures did it stay there? [**Accuracy**](glossary.md#accuracy) is the
# share of smears that the model gets right: one of the 128 is worth 0.8 percentage points. Small ups and downs mean
# nothing.
#
# ## What must it beat?
#
# A number alone is neither good nor bad. Here are two [**baselines**](glossary.md#baseline) that know nothing about
# parasites:
#
# - **majority** gives every smear the label that most training smears have;
# - **colours alone** learns from how often each of 512 colours occurs in a smear, not from where.


# %%
def colours(scenes):
    """The share of each of 512 colours in each picture, (n, 512); the root evens out common and rare ones."""
    red, green, blue = (scenes.images.flatten(2).long() // 32).unbind(1)  # (n, pixels) each, 0 to 7
    colour = 64 * red + 8 * green + blue  # (n, pixels), 0 to 511
    counts = torch.zeros(len(scenes), 512)
    counts.scatter_add_(1, colour, torch.ones(colour.shape))  # adds 1 to the count of each pixel's colour
    return (counts / colour.shape[1]).sqrt()


print(tuple(colours(train).shape))

# %%
torch.manual_seed(0)
shares = colours(train)  # (1024, 512)
linear = nn.Sequential(nn.BatchNorm1d(512, affine=False), nn.Linear(512, 2))

# %%
optimiser = torch.optim.AdamW(linear.parameters(), lr=1e-2, weight_decay=0.1)
for _ in range(200):
    loss = nn.functional.cross_entropy(linear(shares), train.labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
linear.eval()
print(f"loss on the training smears {loss.item():.2f}")

# %%
from IPython.display import display

by_colour = vl.guess("What share of the test smears will colours alone get right?", name="01-colours", unit="%")
asked = "How far will the network's share of right test smears be from its share of right validation smears?"
how_near = vl.guess(asked, name="01-near", unit="percentage points")
display(by_colour, how_near)

# %% [markdown]
# Now judge. A colleague has written a function: `scores` has a row for each picture and a column for each label (larger
# means likelier); `labels` holds the right labels. Try it on the finished model's scores, and on the same scores with
# 10 added to each. That changes no prediction: the largest of a row stays the largest.


# %%
def colleagues_accuracy(scores, labels):
    return ((scores[:, 1] > 0.5) == labels).mean()


scores = pools["the learned pool"].numpy()  # (128, 2)
labels = valid.labels.numpy()
print(f"as they are {colleagues_accuracy(scores, labels):.1%}")
print(f"with 10 added {colleagues_accuracy(scores + 10, labels):.1%}")

# %% tags=["build-check"]
assert colleagues_accuracy(scores, labels) > 0.9
assert colleagues_accuracy(scores + 10, labels) < 0.7

# %% [markdown]
# ### Your turn: find the bug
#
# The first number looks fine; that is why nobody noticed. What does the colleague assume about a score? Write accuracy
# without the bug, for any number of labels. For no pictures it is [**NaN**](glossary.md#nan) ("not a number").


# %% nbgrader={"grade": false, "grade_id": "accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(scores, labels):
    """The share of pictures, 0 to 1, whose largest score (n, k) is at their label (n,)."""
    ### BEGIN SOLUTION
    return (scores.argmax(1) == labels).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accuracy", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check.accuracy(accuracy)

# %% [markdown]
# ## The test, once
#
# You have not looked at the 512 smears of the [**test set**](glossary.md#test-set) yet. Look, change something, look
# again, and soon your model fits these 512 and no others. So we look once, with all three models. (Each notebook does.
# But several use some of these smears, and were written by people who had seen results on them: the course has looked
# more than once.) The [**interval**](glossary.md#interval) says how far the choice of smears may have moved the
# accuracy. A [**bootstrap**](glossary.md#bootstrap) finds it: draw 512 from these 512, repeats allowed, two thousand
# times; 95 % of the results lie inside the interval.

# %%
predictions = {
    "majority": train.labels.mode().values.expand(len(test)),
    "colours alone": linear(colours(test)).argmax(1),
    "the network": vl.predict(model, test).scores.argmax(1),
}

# %%
from vislab.evaluation.metrics.intervals import bootstrap

is_right = {name: (labels == test.labels).double().numpy() for name, labels in predictions.items()}
for name, right in is_right.items():
    print("{:<14} {:.1%} right, 95 % interval {:.1%} to {:.1%}".format(name, *bootstrap(right)))

# %%
for model_name, baseline in [("colours alone", "majority"), ("the network", "colours alone")]:
    gain, low, high = bootstrap(100 * (is_right[model_name] - is_right[baseline]))
    print(f"{model_name}: {gain:.1f} percentage points more accurate than {baseline} ({low:.1f} to {high:.1f})")
valid_test_gap = 100 * abs(history.scores[-1]["accuracy"] - is_right["the network"].mean())
print(f"colours alone: {by_colour.text}")
print(f"validation and test differ by {valid_test_gap:.1f} percentage points for the network; {how_near.text}")

# %% tags=["build-check"]
assert history.scores[-1]["accuracy"] > 0.8
assert np.mean(history.losses[-20:]) < 0.5
assert is_right["the network"].mean() > 0.8
assert is_right["colours alone"].mean() < 0.78
assert low > 0

# %% [markdown]
# The last two intervals are for the [**paired difference**](glossary.md#paired-difference), smear by smear: both models
# answered for the same smears. If an interval does not contain 0, the difference is larger than the choice of smears
# alone would make it.
#
# Are colours alone better than the majority? See the first difference. A parasite adds violet, but so do the platelets
# of the healthy. Any gain over the majority may be what the platelets did not cancel out.
#
# ## Where it is wrong
#
# Go through the smears that the network gets wrong; hold T to see the truth on the picture itself. What do the missed
# patients have in common? And the false alarms? Write it down. Which are more? Accuracy counts both alike; notebook
# 02 does not.

# %%
wrong = test[predictions["the network"] != test.labels]
missed = int((wrong.labels == 1).sum())
print(f"{len(wrong)} of {len(test)} are wrong: {missed} missed patients and {len(wrong) - missed} false alarms")
vl.view(wrong, [vl.predict(model, wrong)])

# %% [markdown]
# <details><summary>When you have written it down, compare</summary>
#
# Parasites cut by the edge, pale ones, specks on a cell? These pictures give ideas, and prove none of them. Notebook 02
# shows how to find out.
# </details>
#
# From now on these 512 have been seen: if you change the model because of them, you need new ones. So the last section
# draws 512 more.
#
# ## If you have a few more minutes
#
# Which pool is best to learn with? Two more trainings tell: one fixes the sharpness so low that the pool is the mean,
# one so high that it is the maximum.

# %%
best_pool = vl.guess(
    "Trained with it, which pool is right most often?",
    ["mean", "maximum", "learned", "no clear winner"],
    name="01-best",
)
best_pool

# %%
LONGER = False  # True trains
more = vl.draw("smear", 512, seed=1)
right_by_pool = {"learned": vl.evaluate(model, more)["accuracy"]}
print(f"learned: {right_by_pool['learned']:.1%}")
print(f"With LONGER = True you see the other two, after about {2 * history.seconds:.0f} s.")

# %%
if LONGER:
    for name, sharpness in {"mean": 1e-3, "maximum": 100.0}.items():
        fixed = vl.build("classification", train.vocabulary, seed=0)
        fixed.sharpness.requires_grad_(False).fill_(sharpness)
        vl.fit(fixed, train, valid)
        right_by_pool[name] = vl.evaluate(fixed, more)["accuracy"]
        print(f"{name}: {right_by_pool[name]:.1%}")
    print(best_pool.text)

# %% [markdown]
# With one training each, a few percentage points may be chance: only several [**seeds**](glossary.md#seed) (random
# starts) would tell. Does the mean do better than on the evidence above? Remember how far a place sees.
#
# ## What you found

# %%
guesses = [how_many_right, how_far, how_many_places, by_heart, by_colour, how_near, best_pool]
measured = [f"{right_words}", f"{widths[0]}", f"{places[is_infected].median():.0f}", f"{right_by_heart:.0%}"]
measured += [f"{is_right['colours alone'].mean():.1%}", f"{valid_test_gap:.1f}"]
three = ", ".join(f"{name} {share:.1%}" for name, share in right_by_pool.items())
measured += [three if LONGER else "not measured yet: set LONGER = True"]
for guess, answer in zip(guesses, measured, strict=True):
    print(guess.question)
    print(f"   It is {answer}; {guess.text}.")

# %% [markdown]
# - A convolution is one small question asked everywhere. Stride, padding and kernel decide how many answers there are.
# - Stacked, such questions see far enough to tell a parasite in a cell from a speck beside one.
# - Pooling turns many places into one word. What a pool does to a *small map* is arithmetic; what it does to a network
#   that learns with it has to be measured.
# - A loss on training pictures proves nothing; an accuracy means nothing without a baseline and an interval.
#
# **What this does not show.** All smears are drawn by one program, under one kind of microscope. The interval is over
# smears, for one training. Accuracy does not say *which* mistakes are made: a missed patient and a false alarm count
# the same. And high evidence at a place does not mean that a parasite is there.
#
# ## Three questions to close

# %%
vl.quiz("01-closing", quiz.CLOSING)

# %% [markdown]
# Next: **02, Trust a classifier.** Which mistakes it makes, where it looked, and how it does under another microscope.
