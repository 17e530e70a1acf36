"""The command `vislab`: check, data, compare, report."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from vislab.errors import VislabError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (sys.argv without one); returns the exit status: 0, 1 not ready, 2 bad input."""
    try:
        given = _parser().parse_args(arguments)
        return int(given.run(given))
    except VislabError as error:
        print(f"vislab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("vislab: stopped", file=sys.stderr)
        return 130


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence, as everything here does."""

    def error(self, message: str) -> NoReturn:
        """Raise VislabError with the message and where help is."""
        raise VislabError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="vislab", description="The course you run: its machine, its pictures, its main job.")
    parser.add_argument("--version", action="version", version=f"vislab {version('vislab')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="what this machine has, what is missing, and the command that mends it")
    check.set_defaults(run=_check)

    data = commands.add_parser("data", help="list the sets of pictures, their levels and where they lie; draw to files")
    data.set_defaults(run=_list_data)
    verbs = data.add_subparsers(metavar="VERB")
    draw = verbs.add_parser("draw", help="draw pictures with their truth into a folder of PNG files")
    draw.add_argument("world", help="smear or street")
    draw.add_argument("--count", type=int, default=64, metavar="N", help="how many pictures (64)")
    draw.add_argument("--size", type=int, default=96, metavar="PX", help="pixels a side, 64 to 512 (96)")
    draw.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed draws the same pictures (0)")
    draw.add_argument("--difficulty", type=float, default=0.5, metavar="X", help="0 easy to 1 hard (0.5)")
    draw.add_argument(
        "--crowding", type=float, default=0.5, metavar="X", help="0 nothing touches to 1 everything (0.5)"
    )
    draw.add_argument("--objects", type=_range, metavar="N or N-M", help="objects a picture (the world's own)")
    for name in ("noise", "blur", "light"):
        draw.add_argument(f"--{name}", type=float, default=1.0, metavar="X", help=f"{name}, as a multiple (1)")
    draw.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="an empty or new folder")
    draw.set_defaults(run=_draw)

    show = verbs.add_parser("show", help="write the contact sheet of a set as a picture")
    show.add_argument("name", help="smear, street, nuclei, pennfudan, or the path of your own pictures")
    show.add_argument("--count", type=_whole, default=6, metavar="N", help="how many pictures (6)")
    show.add_argument("--size", type=int, metavar="PX", help="pixels a side (192 drawn, 256 real)")
    show.add_argument("--seed", type=int, default=0, metavar="N", help="of drawn pictures (0)")
    show.add_argument("--fit", choices=("crop", "pad"), default="pad", help="how real pictures come to that size (pad)")
    show.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    show.set_defaults(run=_show)

    compare = commands.add_parser(
        "compare", help="train every task on the same pictures, ask all the same questions, measure what each costs"
    )
    compare.add_argument(
        "--data",
        default="smear",
        metavar="SET",
        help="smear, street, nuclei, pennfudan, or your own path (smear)",
    )
    compare.add_argument(
        "--size", type=int, metavar="PX", help="pixels a side (96 drawn; your own as they are, if alike, to 256)"
    )
    compare.add_argument("--count", type=int, default=1024, metavar="N", help="drawn pictures to train on (1024)")
    long = compare.add_mutually_exclusive_group()
    long.add_argument(
        "--epochs", type=float, metavar="N", help="passes over them, each model (6; more of fewer pictures)"
    )
    long.add_argument("--minutes", type=float, metavar="M", help="of training, each model, instead")
    compare.add_argument("--device", metavar="NAME", help="cpu, cuda, mps (a GPU where there is one)")
    compare.add_argument("--seed", type=int, default=0, metavar="N", help="of pictures, weights and order (0)")
    compare.add_argument("--out", type=Path, metavar="FOLDER", help="where the results go (runs/compare/SET)")
    compare.add_argument("--fresh", action="store_true", help="train anew what was trained before")
    compare.set_defaults(run=_compare)

    report = commands.add_parser(
        "report",
        help="make the comparison page from results: answers, costs, verdicts on published claims, in one file",
    )
    report.add_argument(
        "results", type=Path, nargs="+", metavar="RESULTS", help="a results.json or its folder; several of other seeds"
    )
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="an .html file")
    report.add_argument(
        "--curves", type=Path, metavar="FILE", help="learning curves that were saved (vislab's own, for the smear)"
    )
    report.set_defaults(run=_report)
    return parser


def _range(text: str) -> int | tuple[int, int]:
    """5 as 5, 3-9 as (3, 9)."""
    first, dash, last = text.partition("-")
    return (int(first), int(last)) if dash else int(first)


def _whole(text: str) -> int:
    """A count from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def _check(given: argparse.Namespace) -> int:
    from vislab.system.machine import check_machine

    machine = check_machine()
    print(machine)
    return 0 if machine.ready else 1


def _list_data(given: argparse.Namespace) -> int:
    from vislab.data.datasets.load import list_sets
    from vislab.data.synthetic.draw import WORLDS

    for name, title in WORLDS.items():
        print(f"{name:<10} {title}")
        print(f"{'':<10} levels   labels, semantic, instances")
        print(f"{'':<10} lies at  nowhere: drawn when asked for, exact and endless")
    print(list_sets())
    return 0


def _show(given: argparse.Namespace) -> int:
    from vislab.data.contact_sheet import show
    from vislab.data.datasets.load import files_of, load
    from vislab.data.synthetic.draw import WORLDS, draw
    from vislab.system.files import refuse_inputs

    if given.name in WORLDS:
        scenes = draw(given.name, given.count, size=given.size or 192, seed=given.seed)
    else:
        refuse_inputs(given.out, files_of(given.name))
        scenes = load(given.name, size=given.size or 256, fit=given.fit)
        scenes = scenes[:: max(1, len(scenes) // given.count)]  # spread over the set, whose neighbours look alike
    print(show(scenes, limit=given.count).save(given.out))
    return 0


def _compare(given: argparse.Namespace) -> int:
    from vislab.data.datasets.load import files_of
    from vislab.data.synthetic.draw import WORLDS
    from vislab.studies.report.page import write_report
    from vislab.studies.study import study
    from vislab.system.files import home, refuse_inputs, writing

    if given.out is not None:  # refused now, not after minutes of training
        inputs = [] if given.data in WORLDS else files_of(given.data)
        for name in ("results.json", "outcome.png", "report.html"):
            refuse_inputs(given.out / name, inputs)
        probe = given.out / ".writable"
        with writing(probe) as part:
            part.touch()
        probe.unlink()
    results = study(
        given.data,
        size=given.size,
        count=given.count,
        epochs=given.epochs,
        minutes=given.minutes,
        device=given.device,
        seed=given.seed,
        fresh=given.fresh,
    )
    print(f"\n{results}\n")
    folder = results.save(given.out or home() / "runs" / "compare" / results.data["name"])
    print(f"{folder}: results.json holds every number, outcome.png shows pictures, truth and predictions")
    print(f"{write_report(folder, folder / 'report.html')}: the comparison as a page, to read and to hand on")
    return 0


def _report(given: argparse.Namespace) -> int:
    from vislab.costs.labels.learning_curves import read_curves
    from vislab.studies.report.page import write_report
    from vislab.system.files import refuse_inputs

    if given.curves is not None:
        refuse_inputs(given.out, [given.curves])
    curves = None if given.curves is None else read_curves(given.curves)
    print(write_report(given.results, given.out, curves=curves))
    return 0


def _draw(given: argparse.Namespace) -> int:
    from vislab.data.datasets.export import save_folder
    from vislab.data.synthetic.draw import draw

    scenes = draw(
        given.world,
        given.count,
        size=given.size,
        seed=given.seed,
        difficulty=given.difficulty,
        crowding=given.crowding,
        objects=given.objects,
        noise=given.noise,
        blur=given.blur,
        light=given.light,
    )
    save_folder(scenes, given.out)
    print(f"{given.out}: {scenes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
