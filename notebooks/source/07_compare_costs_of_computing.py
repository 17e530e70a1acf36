# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Compare the costs of computing
#
# You know what each model answers. What does an answer cost? How much more does it cost to answer *how many?* than
# *any?* Everything below is measured on the machine that runs this notebook. Before you begin, close whatever else
# computes there, if you can: the clock sees that work too. The next two cells measure first, so that you can guess.

# %%
import numpy as np

import vislab as vl
from vislab.exercises.nb09_verdict.measurements import ask_shipped

shipped = ask_shipped()  # the trained models' answers on 512 new smears
models = vl.pretrained("smear")

# %%
sweep = vl.sweep_costs(models, sizes=(64, 96, 128), batches=(1, 8), repeats=7)

# %% [markdown]
# **After this notebook you can** count the multiply-adds of a network and say how long they should take; tell latency
# from throughput; measure time, memory and energy without fooling yourself; and tell whether a cost comes from the task
# or from the architecture. **Time:** an hour at most, 24 minutes of it for three exercises. **Runs here in:** less than
# a minute on two CPU cores the first time, less than half of it the second.
#
# ## Three questions before we begin

# %%
from vislab.exercises.nb07_compute import checks as check
from vislab.exercises.nb07_compute import figures

vl.quiz("07-opening", check.OPENING)

# %% [markdown]
# ## Count first
#
# For every cost we take three steps: **estimate** it, **measure** it, and look at the **ratio**. If the ratio is far
# from 1, there is something you have not understood yet.
#
# Two counts need no clock. [**Parameters**](glossary.md#parameter) are the numbers that a model has learned.
# [**Multiply-adds**](glossary.md#multiply-add) are what it does with them: multiply two numbers and add the product to
# a sum. Here is the first layer, the same in all our models.

# %% tags=["nbval-check-output"]
print(models["semantic"].encoder.stem[0])

# %% [markdown]
# It makes 24 channels out of 3, with 5 × 5 kernels, and stride 2 turns 96 × 96 pixels into 48 × 48. So it has 24 · 3 ·
# 5 · 5 parameters. Each of them is used once for every pixel of the *output*.

# %% tags=["nbval-check-output"]
from vislab.costs.compute.layers import count_layers

layers = count_layers(models["semantic"], 96)
first = next(iter(layers))
print(f"by hand: {24 * 3 * 5 * 5:,} parameters, {48 * 48 * 24 * 3 * 5 * 5:,} multiply-adds")
print(f"counted: {first.parameters:,} parameters, {first.macs:,} multiply-adds")

# %% tags=["build-check"]
assert (first.parameters, first.macs) == (1800, 48 * 48 * 1800)

# %% [markdown]
# Be careful with other people's tables. Many count a multiplication and an addition as two, and call it
# [**FLOPs**](glossary.md#flops). Others write "FLOPs" and mean multiply-adds: torchvision states 1.81 billion for a
# ResNet-18, torch's own counter 3.63 billion for the same network. A factor of two between two tables is often no more
# than that.
#
# ### Your turn: multiply-adds of a convolution
#
# Now count them for any convolution. Pictures of `height` × `width` have `inside` channels, the output has `outside`.
# The kernel is `kernel` × `kernel` (an odd number), the picture is padded by `kernel // 2`, and there is no bias.
# `stride` skips rows and columns; a part of a step counts as a whole one, so 7 pixels at stride 2 give 4. The channels
# are split into `groups` groups, and an output channel sees only the `inside // groups` channels of its own group.


# %% nbgrader={"grade": false, "grade_id": "conv-macs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_macs(height, width, inside, outside, kernel, stride, groups):
    """Multiply-adds of a convolution, for one picture."""
    ### BEGIN SOLUTION
    rows, columns = -(-height // stride), -(-width // stride)
    return rows * columns * outside * (inside // groups) * kernel**2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-conv-macs", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.conv_macs(conv_macs)

# %% [markdown]
# Stuck? `check.conv_macs.hint()` gives a hint, and another each time.
#
# ## Layer by layer
#
# The encoder's last stage, `encoder.sixteenth`, holds more parameters than any other part of the semantic segmenter.
# `encoder.stem` sees the largest picture. `decoder.at_half` works near the end, at half the resolution, and
# `decoder.head` scores the classes.

# %%
most_work = vl.guess(
    "Which part of the semantic segmenter does the most multiply-adds?",
    ["encoder.stem", "encoder.sixteenth", "decoder.at_half", "decoder.head"], name="07-part",
)  # fmt: skip
most_work

# %%
print(most_work.text)
figures.show_layers(layers)

# %% tags=["nbval-check-output"]
by_name = {row.name: row for row in layers}
late = by_name["decoder.at_half.0"]
deep = by_name["encoder.sixteenth.first.0"]
for row in (late, deep):
    print(f"{row.name:<26} {row.parameters:>6,} parameters × {row.shape[1]} × {row.shape[2]} = {row.macs:,}")

# %% tags=["build-check"]
assert late.macs > 7 * deep.macs
assert deep.parameters == 9 * late.parameters

# %% [markdown]
# The deep layer, `encoder.sixteenth.first.0`, has nine times the parameters of `decoder.at_half.0` and a seventh of the
# work, because its picture is small: 6 × 6. So a small file does not mean a fast model. `print(layers)` shows the whole
# table.
#
# What does an answer for every pixel cost on top of the classifier's?

# %% tags=["nbval-check-output"]
macs = {task: count_layers(model, 96).macs for task, model in models.items()}
for task, model in models.items():
    numbers = sum(weights.numel() for weights in model.parameters())
    print(f"{task:<15} {numbers:>8,} parameters, {macs[task] / 1e6:5.1f} million multiply-adds")

# %% tags=["build-check"]
assert 1.5 < macs["semantic"] / macs["classification"] < 2.2
assert macs["instance"] < 1.2 * macs["semantic"]

# %% [markdown]
# The decoder is small, works on large pictures, and nearly doubles the work. By this count, separate objects cost
# hardly more than a mask. Keep that in mind.
#
# ## One timing is none
#
# Now the clock. Let the semantic segmenter race against itself: it answers twice, one after the other, for the same
# picture. Neither answer should be faster.

# %%
races = vl.guess(
    "In how many of 20 races is one of the two ahead by 10 % or more?", name="07-races", between=(0, 20), unit="races"
)
races

# %%
from vislab.costs.compute.timing import pictures, seconds_of

model = models["semantic"]
picture = pictures(1, 96, 96)  # a random one
pairs = np.array([[seconds_of(model, picture), seconds_of(model, picture)] for _ in range(20)])
ahead = int((pairs.max(1) > 1.1 * pairs.min(1)).sum())
print(f"in {ahead} of 20; {races.text}")

# %% [markdown]
# Every difference you have just counted is between a model and itself. Where do these differences come from? Here are
# thirty more answers, for pictures of a size that the model has not met yet:

# %%
new_size = pictures(1, 160, 160)
figures.show_times([seconds_of(model, new_size) for _ in range(30)])

# %% [markdown]
# A machine has other things to do, its clock rate moves, and your timings contain all of that. The figure shows one run
# on your machine, and need not show every reason for the four habits of people who time programs:
#
# - **Warm up.** During the first answers at a new size, the library chooses algorithms and asks for memory. So the
#   first dot should be the highest, unless other programs hide it. Do not count it.
# - **Repeat, and take the median.** One slow answer moves the mean (dashed), hardly the median. Give the median's
#   interval, too.
# - **Interleave.** If you measure A now and B later, a busy minute hits only one of them. Measure A, B, A, B. (No
#   figure here can show this; the twins below try it.)
# - **Wait for the device.** Python only *tells* a GPU to work, and goes on at once. If you read the clock then, you
#   have timed the telling, not the work. `seconds_of` waits until the GPU has finished.
#
# `vl.sweep_costs` does all four. Here it is given one model under two names.

# %%
twins = vl.sweep_costs({"A": model, "also A": model}, sizes=(96,), batches=(1,), repeats=15)
for point in twins:
    low, high = point.interval
    print(f"{point.model:<7} {1e3 * point.seconds:.2f} ms, interval {1e3 * low:.2f} to {1e3 * high:.2f}")

# %% [markdown]
# Do the two intervals overlap, as they should? If not, your machine changed its pace during the measurement. Then no
# small difference below means anything, and only the large ones count.
#
# ## Estimate, measure, ratio
#
# How long *should* an answer take? Time a plain convolution, where nearly all the work is multiply-adds. That gives the
# machine's pace. The estimate is a model's multiply-adds divided by that pace.

# %%
print(f"Here a plain convolution does {sweep.pace / 1e9:.0f} billion multiply-adds a second.")
single = sweep.at("classification", 64, 1)
print(f"The classifier does {single.macs / 1e6:.1f} million for a picture of 64 px: {1e3 * single.estimate:.2f} ms.")

# %%
ratio = vl.guess(
    "How many times as long as the estimate does it really take?", name="07-ratio", between=(0, 1000), unit="times"
)
ratio

# %%
print(f"Measured: {1e3 * single.seconds:.2f} ms, {single.ratio:.1f} times as long; {ratio.text}.\n")
print("measured / estimate     " + "".join(f"{task:>16}" for task in models))
ratios = {}
for size, batch in [(64, 1), (64, 8), (128, 1), (128, 8)]:
    ratios[size, batch] = [sweep.at(task, size, batch).ratio for task in models]
    print(f"{size:>4} px, {batch} at a time    " + "".join(f"{value:>16.1f}" for value in ratios[size, batch]))

# %% [markdown]
# The ratio shows what multiply-adds leave out:
#
# - **Starting a layer takes time**, however little there is to do in it. That weighs most on a single small picture;
#   many pictures share that time, and large ones dwarf it. Compare the first row with the last.
# - **Some layers move numbers** and hardly multiply: normalising, adding, enlarging. Memory sets their pace.
# - **Some work is not in any layer.** The instance segmenter groups pixels into objects. Not one multiply-add of that
#   was counted. Compare its ratio in the last row with the semantic segmenter's. By the count above, the two should
#   cost nearly the same.
#
# So an estimate leaves out all work that is not multiplication, and the ratio says how much that is. The more work
# there is at once, the closer the two should come, unless the machine was busy. To decide between two models, measure.
#
# ## Latency is not throughput
#
# [**Latency**](glossary.md#latency) is how long one picture waits for its answer.
# [**Throughput**](glossary.md#throughput) is how many answers come out a second. A car's brake needs a short latency;
# working through an archive overnight needs a high throughput. What happens if a model gets eight pictures at once?

# %%
gained = vl.guess(
    "The classifier, 64 px, eight pictures at once: how many times as many answers a second as with one at a time?",
    name="07-batch", between=(0, 100), unit="times",
)  # fmt: skip
gained

# %%
for task in models:
    alone = sweep.at(task, 64, 1)
    eight = sweep.at(task, 64, 8)
    print(f"{task:<15} waits {1e3 * alone.seconds:5.1f} ms for one, {1e3 * eight.seconds:5.1f} ms for eight: "
          f"{alone.each / eight.each:.1f} times the throughput")  # fmt: skip
print(gained.text)

# %% [markdown]
# Eight pictures share the cost of starting the layers. So throughput should go up, while every picture waits longer; a
# number below 1 most likely means that the machine was busy with something else. A GPU can do thousands of things at
# once, and gains from far larger batches. A CPU is soon busy. With one picture at a time, throughput *is* 1 / latency.
# With any other batch it is not, and that is where tables go wrong.
#
# ### Your turn: latency and throughput
#
# `alone` (n,) holds the seconds that single pictures took, `together` (m,) the seconds that batches of `batch` pictures
# took. The first time in each is the warm-up. Return the latency in seconds and the throughput in pictures a second,
# both from medians.


# %% nbgrader={"grade": false, "grade_id": "latency-and-throughput", "locked": false, "schema_version": 3, "solution": true, "task": false}
def latency_and_throughput(alone, together, batch):
    """Seconds that one picture waits, and pictures a second in batches: two numbers."""
    ### BEGIN SOLUTION
    latency = np.median(alone[1:])
    return latency, batch / np.median(together[1:])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-latency-and-throughput", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.latency_and_throughput(latency_and_throughput)

# %% [markdown]
# ## Four times the pixels
#
# From 64 to 128 px, a picture has four times as many pixels. The number of parameters stays the same.

# %%
pixels = vl.guess(
    "The semantic segmenter, one picture: how many times as long does it take at 128 px as at 64 px?",
    name="07-pixels", between=(0, 20), unit="times",
)  # fmt: skip
pixels

# %%
small = sweep.at("semantic", 64, 1)
large = sweep.at("semantic", 128, 1)
busy = sweep.at("semantic", 128, 8).seconds / sweep.at("semantic", 64, 8).seconds
print(f"multiply-adds: {large.macs / small.macs:.2f} times")
print(f"time: {large.seconds / small.seconds:.1f} times for one picture, {busy:.1f} for eight; {pixels.text}")

# %% tags=["build-check"]
assert large.macs == 4 * small.macs

# %% [markdown]
# The work is exactly four times as much. The time should grow by less than that as long as most of it goes into
# starting layers. The more the device has to do at once, the closer it should come to four times. (More than four? Then
# memory, or another program, slowed the larger pictures down.) So "half the resolution is four times faster" is an
# estimate, too. The explorer below does not show how much worse the *answers* for a smaller picture are: these models
# learned at 96 px.
#
# ## Memory
#
# A model needs memory for its weights, four bytes a parameter, and for its **activations**, the outputs of its layers.
# When a model answers, it can forget a layer's output once the next layers have used it: what counts is the
# [**peak**](glossary.md#peak-memory), the most that is held at once. Training must keep them all, because it goes back
# through them.

# %%
weights = 4 * sum(tensor.numel() for tensor in model.parameters())  # bytes
peak = vl.guess(
    f"The semantic segmenter's weights take {weights / 1e6:.1f} MB. What is its peak for eight pictures of 128 px?",
    name="07-peak", between=(0, 1000), unit="MB",
)  # fmt: skip
peak

# %%
for size, batch in [(64, 1), (128, 1), (64, 8), (128, 8)]:
    at = sweep.at("semantic", size, batch)
    print(f"{batch} of {size:>3} px: peak {at.memory / 1e6:5.1f} MB, estimate {at.memory_estimate / 1e6:4.1f}, "
          f"all activations {at.activations / 1e6:5.1f} MB")  # fmt: skip
training_peak = 32 * sweep.at("semantic", 96, 1).activations
print(f"32 of  96 px: all activations {training_peak / 1e6:.1f} MB, {training_peak / weights:.0f} times the weights;")
print(f"{peak.text}")

# %% tags=["build-check"]
assert weights < sweep.at("semantic", 64, 1).memory < at.memory
assert training_peak > 10 * weights

# %% [markdown]
# The estimate counts the weights and the one layer with the largest input and output. The measured peak is higher: a
# skip connection keeps an early feature map until the decoder needs it, the answer itself takes room, and so does what
# the library works in. When training on 32 pictures of 96 px, activations take more than ten times as much as the
# weights. That is why memory runs out in training first, why a smaller batch helps, and why the size of the file says
# little about memory.
#
# ## How far below the roof?
#
# The estimates above use the pace of one convolution. What is the most that this machine can do? That depends on how
# fast it multiplies, and on how fast numbers arrive from memory. Products of large matrices show the first, sums of
# long arrays the second.
#
# A model that does few FLOPs with each byte waits for memory; one that does many can come up to the peak. Drawn, that
# is the [**roofline**](glossary.md#roofline) ([Williams et al., 2009](https://doi.org/10.1145/1498765.1498785)).

# %%
from vislab.costs.compute.roofline import measure_roof, place

roof = measure_roof()
print(f"On one thread, as all times here: peak {roof.peak / 1e9:,.0f} billion FLOPs a second.")
print(f"Memory: {roof.bandwidth.median / 1e9:,.0f} billion bytes a second.")
print(f"With fewer than {roof.ridge:.1f} FLOPs for each byte, memory sets the limit.")

# %%
share = vl.guess(
    "The semantic segmenter, eight pictures of 96 px at once: what share of the machine's peak does it reach?",
    name="07-roof", between=(0, 100), unit="%",
)  # fmt: skip
share

# %%
dots = place(sweep, 96)
reached = {(dot.model, dot.batch): 100 * dot.rate / roof.peak for dot in dots}
print(f"It is {reached['semantic', 8]:.2g} %; {share.text}.")
figures.show_roof(roof, dots)

# %% tags=["build-check"]
assert all(dots[i + len(models)].intensity > dots[i].intensity for i in range(len(models)))

# %% [markdown]
# The roof right above a dot is what limits it. The gap is lost to something else: starting layers, moving more bytes,
# grouping objects. With eight pictures a dot moves right, because the weights are read once for all. Does it rise, too?
#
# The bytes are a lower bound: weights and pictures read once, each layer's output written once and read once. (What
# stays in a cache never reaches memory, so a dot may even be above the slope.) And roof and dots were measured one
# after the other: if the machine's pace changed in between, the shares are wrong.
#
# ## Energy
#
# What [**energy**](glossary.md#energy) does an answer take, in joules?

# %%
point = sweep.at("semantic", 96, 8)
print(point.no_energy if point.energy is None else f"{1e3 * point.energy:.3g} mJ a picture")

# %% [markdown]
# NVIDIA's GPUs count their joules (from the Volta generation on; it is the total energy counter of NVML, their
# monitoring library). If you have one, you see a figure for the whole GPU, idling included. Elsewhere vislab has no
# counter to read. Then the honest entry is *not measured*. A 0 would say that the answer cost nothing. And watts from a
# data sheet times seconds are only an estimate: a chip that waits for memory draws less.
#
# ## All costs, side by side

# %%
vl.explore_costs(shipped, sweep, models)

# %% [markdown]
# Move *resolution* and *batch*, the number of pictures that the model gets at once. A bar is a measurement, and its
# whiskers are the interval; ◇ is what arithmetic alone expects. Stop at a size that has not been measured yet: the bars
# of time and memory disappear, but their estimates stay. Press *measure now*. In the chart at the end, plot any cost
# against the error on any of the four questions. How much more does *how many?* cost than *any?*
#
# ## Training, and time to a score
#
# An answer is one pass forward through the layers. A training step adds one pass backward, and that costs about as much
# as two forward: each layer needs the gradients of its input and those of its weights. So the estimate for each picture
# is the time of three answers, measured eight at a time as in the sweep. Here a segmenter learns from 192 small smears
# for four epochs.

# %%
training = vl.guess(
    "How many times as long as answering a picture does learning from it take?",
    name="07-training", between=(0, 100), unit="times",
)  # fmt: skip
training

# %%
from vislab.costs.compute.to_score import Meter, cost_to_score

few = vl.draw("smear", 256, size=64, seed=3)
learner = vl.build("semantic", few.vocabulary, seed=0)
meter = Meter()
history = vl.fit(learner, few[:192], few[192:], epochs=4, seed=0, watch=meter)
each = history.seconds / history.seen[-1]
print(f"{history.seconds:.1f} s for {history.seen[-1]} pictures; estimate 3 answers each, "
      f"measured {each / sweep.at('semantic', 64, 8).each:.1f}; {training.text}")  # fmt: skip

# %% [markdown]
# If more than three come out, the rest is work outside the layers: the loss, and the optimiser, which changes each of
# 400,000 weights at every step. If fewer do, the machine's pace has changed since the sweep. (Run again, this cell
# takes the training from the cache, with the seconds that it took.)
#
# But nobody trains for the sake of *epochs*. You want a model that is good enough, and then you stop. So ask for the
# time to a score.

# %%
for wanted in (0.5, 0.6, 0.99):
    print(str(cost_to_score(history, "mean_iou", wanted, meter)).splitlines()[0])

# %% tags=["build-check"]
assert cost_to_score(history, "mean_iou", 0.5).seen
assert not cost_to_score(history, "mean_iou", 0.99).seen

# %% [markdown]
# The score is taken after every epoch, so it may have been reached up to one epoch earlier. And it is taken on 64
# smears: the first score above a mark may be luck. "Not reached" is a result as well. A model with expensive steps can
# be the cheaper one, if it needs few of them. And you pay for training once, but for answers every day. The shipped
# models learned from 4,096 smears in four epochs; at three answers each, that costs as much as 4,096 × 4 × 3 answers,
# about fifty thousand. Is that a lot? It depends on how many answers you will ask for.
#
# ## The task, or the architecture?
#
# Claim 3 of notebook 00 says that classification is fast and needs little computing, and that segmentation is slow. Our
# models share one encoder, so what differs between them is the task. But if you compare two models that others have
# built, you change the architecture as well. We picked a pair to show how far that can go: torchvision's **ResNet-18**,
# the smallest classifier of its well-known family, and its **LR-ASPP**, a semantic segmenter made for phones ([Howard
# et al., 2019](https://arxiv.org/abs/1905.02244)).

# %%
light = vl.guess(
    "One picture of 224 px: which of the two has more multiply-adds?",
    ["ResNet-18, the classifier", "LR-ASPP, the segmenter", "about the same"], name="07-light",
)  # fmt: skip
light

# %%
from vislab.costs.compute.architectures import architectures

four = vl.sweep_costs(architectures(few.vocabulary), sizes=(224,), batches=(1,), repeats=15)
for point in four:
    low, high = (1e3 * end for end in point.interval)
    print(f"{point.model:<14} {point.task:<14} {point.macs / 1e6:>6,.0f} million, "
          f"{point.macs / 224**2:>6,.0f} a pixel, {1e3 * point.seconds:5.1f} ms ({low:.1f} to {high:.1f})")  # fmt: skip
print(light.text)
counts = {point.model: point.macs for point in four}

# %% tags=["build-check"]
assert counts["ResNet-18"] > 4 * counts["LR-ASPP"]
assert counts["ResNet-18"] > 3 * counts["our segmenter"]

# %% [markdown]
# A segmenter that answers for each pixel does less than a quarter of the work of a classifier that says one word. How?
# With groups: many of its convolutions look at each channel by itself, as with `groups` in your first exercise. (In
# milliseconds the gap may be smaller: it has many small layers, and each must be started.) And under the roof?

# %%
below = place(four, 224)
print("FLOPs for each byte: " + ", ".join(f"{dot.model} {dot.intensity:.1f}" for dot in below))
figures.show_roof(measure_roof("cpu"), below)

# %% tags=["build-check"]
assert [dot.model for dot in below][2:] == ["LR-ASPP", "ResNet-18"]
assert below[2].intensity < below[3].intensity / 3

# %% [markdown]
# LR-ASPP does less than a third of ResNet-18's FLOPs with each byte. A count of multiply-adds does not show that.
#
# Then why do the published tables give LR-ASPP *more* multiply-adds than ResNet-18? Look at the size of the pictures
# they were counted on. The third row is a fairer rival: **MobileNetV3**, the encoder inside LR-ASPP, as a classifier.

# %% tags=["nbval-check-output"]
from torchvision.models import MobileNet_V3_Large_Weights, ResNet18_Weights
from torchvision.models.segmentation import LRASPP_MobileNet_V3_Large_Weights

for name, weights_entry, side in [
    ("ResNet-18", ResNet18_Weights.DEFAULT, 224),
    ("LR-ASPP", LRASPP_MobileNet_V3_Large_Weights.DEFAULT, 520),
    ("MobileNetV3", MobileNet_V3_Large_Weights.DEFAULT, 224),
]:
    billions = weights_entry.meta["_ops"]
    print(f"{name:<11} {billions:.2f} billion on {side} px: {1e9 * billions / side**2:,.0f} multiply-adds a pixel")

# %% [markdown]
# Three things had changed at once: task, architecture, resolution. Per pixel, the order of the first two reverses. With
# the same light encoder, it turns again: the segmenter does more than the classifier, as ours does. So the task costs
# extra, and the architecture can cost more than the task.
#
# Now judge the claim. Its rule was written down first: a quarter more counts as more, and if two times have ranges,
# these must not overlap. (The brackets give the range of the ratio. If it contains 1, the two times overlap. That is a
# strict rule: two ranges can overlap a little although the times differ. It says "settles nothing" rather too often.)

# %%
from vislab.studies.claims.judge import judge
from vislab.studies.claims.published import CLAIMS

third = CLAIMS[2]
judge(shipped, [third], measured={"architectures": four.architectures()})[0]

# %% [markdown]
# Read it line by line. With the same encoder, the segmenters do more work. Between architectures, it goes either way. A
# bare "segmentation is slow" hides whether the task or the architecture was changed. If a line "settles nothing", your
# machine was too busy, or too quick, for its clock to tell; a count of multiply-adds still can. (Notebook 09 judges the
# claim again, with times of its own: a line that is close here may come out differently there.)
#
# ## A table that lies
#
# You will meet tables that you cannot measure again. Some of their figures are impossible, and you can see it. This one
# is invented:

# %%
check.show_ledger()

# %% [markdown]
# ### Your turn: which figure is impossible?
#
# `row` is a dict: `parameters` (float32), `memory` (peak, in bytes), `macs` (multiply-adds for one picture, as
# reported), `counted` (the same, counted layer by layer), `latency` (seconds for one picture alone), `throughput`
# (pictures a second at `batch`), `energy` (joules a picture, None if not measured), and `fastest`, the most
# multiply-adds a second that the device can do. At most one figure in a row lies. Return
#
# - `"energy"` if it is 0: nothing runs on nothing;
# - `"memory"` if not even the parameters fit into it;
# - `"operations"` if `macs` are FLOPs, two for each multiply-add;
# - `"clock"` if the latency is shorter than the device could manage: somebody did not wait for the GPU;
# - `"throughput"` if a whole batch would finish sooner than one picture alone;
# - `"fine"` if all of them are possible.


# %% nbgrader={"grade": false, "grade_id": "fault", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fault(row):
    """Which figure in a row is impossible: one of the six words."""
    ### BEGIN SOLUTION
    impossible = {
        "energy": row["energy"] == 0,
        "memory": row["memory"] < 4 * row["parameters"],
        "operations": row["macs"] == 2 * row["counted"],
        "clock": row["latency"] < row["counted"] / row["fastest"],
        "throughput": row["batch"] / row["throughput"] < row["latency"],
    }
    return next((word for word, lies in impossible.items() if lies), "fine")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-fault", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check.fault(fault)

# %% [markdown]
# A figure that passes these tests can still be wrong. They catch what is impossible, not what is untrue.
#
# ## What you found

# %%
came_out = {
    most_work: "decoder.at_half", races: f"{ahead}", ratio: f"{single.ratio:.1f}",
    gained: f"{sweep.at('classification', 64, 1).each / sweep.at('classification', 64, 8).each:.1f}",
    pixels: f"{large.seconds / small.seconds:.1f}", peak: f"{at.memory / 1e6:.1f}",
    share: f"{reached['semantic', 8]:.2g}",
    training: f"{each / sweep.at('semantic', 64, 8).each:.1f}", light: "ResNet-18, the classifier",
}  # fmt: skip
for question, answer in came_out.items():
    print(f"{question.question}\n   It is {answer}; {question.text}.")

# %% [markdown]
# If you were sure and wrong, read that section again.
#
# - Parameters say how large the file is, multiply-adds how much work there is. Most of the parameters and most of the
#   work sit in different layers.
# - An estimate costs nothing and leaves a lot out. The ratio says how much, and where to look.
# - Latency is one picture's wait, throughput the answers a second. Only with a batch of one is each 1 / the other.
# - The roof says what limits a model at best: multiplying or memory. The gap below it is lost to something else.
# - Warm up, interleave, repeat, take the median with its interval, wait for the device.
# - Not measured is an answer. 0 is not.
# - With the same encoder, ours or a light one, a segmenter does more multiply-adds than a classifier. Between
#   architectures it may be the other way round.
#
# **What this does not show.** Other machines: a phone may put the same models in another order. Models of the usual
# size: ours are small, work on small pictures, and spend much of their time starting layers. What a lower resolution
# does to the *answers*. And whether computing is the cost that matters to you: the other cost, of labels, is the
# subject of notebook 08.

# %%
LONGER = False  # True sweeps further
sizes, batches = (64, 96, 128, 192, 256), (1, 4, 16, 64)
many = sum((size / 128) ** 2 * batch for size in sizes for batch in batches)  # pictures, as if of 128 px
seconds = 17 * many * sum(sweep.at(task, 128, 8).each for task in models)
wide = vl.sweep_costs(models, sizes, batches, repeats=15) if LONGER else None
print(wide or f"LONGER = True sweeps to 256 px and 64 at once: {seconds / 60:.1f} minutes or more here.")

# %% [markdown]
# In the wide table, follow one model. If its ratio falls towards 1 as pictures and batches grow, starting layers was
# the cost; if it settles well above 1, work without multiplications is. And find the batch from which the milliseconds
# for each picture no longer fall: there this machine is full, and a larger batch only makes everybody wait. The small
# sweep shows the beginning of both.
#
# ## Three questions to close

# %%
vl.quiz("07-closing", check.CLOSING)

# %% [markdown]
# Next: **08, Compare costs of labels.** You measure them with your own hand and clock.
