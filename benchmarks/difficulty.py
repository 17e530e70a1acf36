"""Whether there is something to learn from the drawn worlds at their default difficulty.

For each world and seed, 1,024 pictures of 96 px to train on and 512 others to test on: the share of positive labels; a
linear model on colour histograms (at most 0.75); a small throwaway convolutional network (0.85 to 0.96); and by how
many objects the connected components of the true masks are off (2.5 a picture or more in smear).

    python benchmarks/difficulty.py [--worlds smear street shelf] [--seeds 0 1 2] [--passes 3 6] [--write]
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import vislab as vl
from vislab.data.convert import guess_instances
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Symmetry

TRAIN, TEST, SIZE, BATCH = 1024, 512, 96, 16
APART = 10_000  # between the seeds of train and test pictures


def histograms(images: Tensor, joint: bool) -> np.ndarray:
    """Colour histograms as features (n, 512 or 96): 8 × 8 × 8 bins of RGB together, or 32 bins of each channel."""
    levels = images.flatten(2).long()  # (n, 3, pixels)
    if joint:
        bins = levels // 32
        codes, most = (bins[:, 0] * 8 + bins[:, 1]) * 8 + bins[:, 2], 512
    else:
        codes, most = (levels // 8 + 32 * torch.arange(3)[:, None]).flatten(1), 96
    counts = torch.zeros(len(images), most).scatter_add_(1, codes, torch.ones(codes.shape))
    return (counts / codes.shape[1]).sqrt().numpy()  # the root evens out large and small bins


def linear_accuracy(train: Scenes, test: Scenes) -> float:
    """Test accuracy of logistic regression on colour histograms: the better of two kinds, at its better strength."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    best = 0.0
    for joint in (True, False):
        seen, new = histograms(train.images, joint), histograms(test.images, joint)
        for strength in (0.001, 0.01, 0.1, 1.0):
            model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
            model.fit(seen, train.need("labels").numpy())
            best = max(best, float(model.score(new, test.need("labels").numpy())))
    return best


def network() -> nn.Sequential:
    """Two hundred thousand parameters, a strided stem, and the strongest response anywhere decides."""

    def stage(into: int, out: int, stride: int) -> list[nn.Module]:
        return [nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]

    layers = stage(3, 32, 2) + stage(32, 32, 1) + stage(32, 64, 2) + stage(64, 64, 1)
    layers += stage(64, 96, 2) + stage(96, 96, 1)
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(96, 2))


def varied(images: Tensor, scenes: Scenes, chance: torch.Generator) -> Tensor:
    """The batch mirrored, flipped and turned as far as the vocabulary allows."""
    turns: dict[Symmetry, Callable[[Tensor], Tensor]] = {
        "mirror": lambda x: torch.flip(x, (3,)),
        "flip": lambda x: torch.flip(x, (2,)),
        "turn": lambda x: torch.transpose(x, 2, 3),  # with a flip, a quarter turn
    }
    for symmetry, turn in turns.items():
        if symmetry in scenes.vocabulary.symmetries:
            chosen = torch.rand(len(images), 1, 1, 1, generator=chance) < 0.5
            images = torch.where(chosen, turn(images), images)
    return images


def as_input(images: Tensor) -> Tensor:
    """Float pictures less their own mean colour: a slide's tint and lamp should not need to be learned."""
    values = images.float() / 255
    return ((values - values.mean((2, 3), keepdim=True)) / 0.12).contiguous(memory_format=torch.channels_last)


def train_network(train: Scenes, passes: int, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    model = network().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=passes * (len(train) // BATCH))
    for _ in range(passes):
        for batch in torch.randperm(len(train), generator=chance).view(-1, BATCH):
            with torch.autocast("cpu", torch.bfloat16):
                scores = model(as_input(varied(train.images[batch], train, chance)))
                loss = nn.functional.cross_entropy(scores, train.need("labels")[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def network_scores(model: nn.Sequential, scenes: Scenes) -> Tensor:
    """The probability of label 1, float32 (n,)."""
    return torch.cat([model(as_input(part)).softmax(1)[:, 1] for part in torch.split(scenes.images, 128)])


def miscount(scenes: Scenes) -> float:
    """Mean of |components - objects| a picture.

    Components are 8-connected patches of one class, as derive.guess_instances finds them in the true semantic mask;
    their number is summed over the classes that are things, and so is the number of objects.
    """
    guess = guess_instances(scenes).count_objects().sum(1)
    return float((guess - scenes.count_objects().sum(1)).abs().float().mean())


def measure(world: str, seed: int, passes: list[int]) -> dict[str, float]:
    train = vl.draw(world, TRAIN, size=SIZE, seed=seed)
    test = vl.draw(world, TEST, size=SIZE, seed=seed + APART)
    found = {
        "positive": float(torch.cat([train.need("labels"), test.need("labels")]).float().mean()),
        "objects a picture": float(test.count_objects().sum(1).float().mean()),
        "components off by": miscount(test),
        "histograms": linear_accuracy(train, test),
    }
    for count in passes:
        scores = network_scores(train_network(train, count, seed), test)
        found[f"network, {count} passes"] = float(((scores > 0.5) == (test.need("labels") > 0)).float().mean())
    return found


def table(rows: dict[tuple[str, int], dict[str, float]]) -> str:
    names = list(next(iter(rows.values())))
    lines = [f"| World | Seed | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    lines += [
        f"| {world} | {seed} | {' | '.join(f'{found[n]:.3f}' for n in names)} |"
        for (world, seed), found in rows.items()
    ]
    for world in dict.fromkeys(world for world, _ in rows):
        several = [found for (other, _), found in rows.items() if other == world]
        medians = [f"{statistics.median(found[n] for found in several):.3f}" for n in names]
        lines.append(f"| **{world}** | median | {' | '.join(medians)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", nargs="+", default=["smear", "street", "shelf"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--passes", nargs="+", type=int, default=[3, 6])
    parser.add_argument("--write", action="store_true", help="write results/difficulty.md")
    chosen = parser.parse_args()
    rows: dict[tuple[str, int], dict[str, float]] = {}
    start = time.perf_counter()
    for world in chosen.worlds:
        for seed in chosen.seeds:
            rows[world, seed] = measure(world, seed, chosen.passes)
            print(world, seed, {name: round(value, 3) for name, value in rows[world, seed].items()}, flush=True)
    text = (
        f"# Is there something to learn from the drawn worlds?\n\n{TRAIN:,} training and {TEST} test pictures of "
        f"{SIZE} px a row, default settings; accuracies on the test pictures. Made by `benchmarks/difficulty.py` with "
        f"torch {torch.__version__} on {platform.machine()}, {torch.get_num_threads()} threads, in "
        f"{time.perf_counter() - start:.0f} s.\n\n{table(rows)}\n\n"
        "Wanted: positive 0.45 to 0.55; components off by 2.5 or more in smear; histograms at most 0.75; the network "
        f"({sum(p.numel() for p in network().parameters()):,} parameters) from 0.85 to 0.96.\n"
        "Components are 8-connected patches of one class in the true semantic mask, as `derive.guess_instances` finds "
        "them; their number is summed over the classes that are things, and compared with the number of objects.\n"
    )
    print(text)
    if chosen.write:
        Path(__file__).with_name("results").joinpath("difficulty.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
