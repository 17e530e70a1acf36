"""The command `vislab`: lab, course, check, data, compare, report, predict, export."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vislab.errors import VislabError
from vislab.system.command_line import EXPORTED, ByName, Parser, add_command, channels, number_range, whole
from vislab.system.console import plural

SCENES = ("size", "seed", "difficulty", "crowding", "objects", "noise", "blur", "light")  # options of `draw`
FITS = ("crop", "pad", "resize")  # as of vislab.data.datasets.resize, which would import torch
STUDY = (  # options of `study`
    "size", "count", "epochs", "minutes", "device", "seed", "seeds", "fresh", "ask", "fit", "groups", "channels",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, else sys.argv's; returns 0, or 1 if not ready, or 2 for bad input."""
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except VislabError as error:
        print(f"vislab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("vislab: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="vislab", description="The course you run: its machine, its pictures, its main job.")
    parser.add_argument("--version", action="version", version=f"vislab {version('vislab')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    lab = add_command(commands, "lab", "hand out the notebooks and open the course in JupyterLab", "vislab lab")
    folder = "where data/, runs/ and work/ go (the project, or else the user's data folder)"
    lab.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help=folder)
    lab.add_argument("--no-browser", action="store_true", help="open none, and print JupyterLab's address")
    lab.set_defaults(run=_lab)
    course = add_command(
        commands, "course", "hand out the notebooks into a folder, without opening them", "vislab course mine"
    )
    course.add_argument("folder", type=Path, metavar="FOLDER", help="nothing that was changed there is overwritten")
    course.set_defaults(run=_course)
    check = add_command(commands, "check", "what this machine has, what is missing, and how to mend it", "vislab check")
    check.set_defaults(run=_check)
    _add_data(commands)
    _add_compare(commands)
    _add_report(commands)
    predict = add_command(
        commands,
        "predict",
        "predict every picture of a folder with a model of vl.save: masks, objects and a table of answers",
        "vislab predict cells.safetensors photographs --out predicted",
    )
    predict.add_argument("model", type=Path, metavar="MODEL", help="a file that vl.save wrote")
    predict.add_argument("folder", type=Path, metavar="FOLDER", help="pictures of any size, in sub-folders too")
    predict.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="new, or of a run that was cut off")
    predict.add_argument("--size", type=whole, metavar="PX", help="scale the longer side first; masks stay so")
    predict.add_argument("--device", metavar="NAME", help="cpu, cuda, mps (a GPU if there is one)")
    predict.set_defaults(run=_predict)
    export = add_command(
        commands,
        "export",
        "write a model of vl.save as an ONNX file, which runs without vislab and torch",
        "vislab export cells.safetensors --out cells.onnx",
        EXPORTED,
    )
    export.add_argument("model", type=Path, metavar="MODEL", help="a file that vl.save wrote")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="an .onnx file")
    export.set_defaults(run=_export)
    return parser


def _add_data(commands: Any) -> None:
    data = add_command(commands, "data", "list the sets of pictures; draw some, or show them", "vislab data")
    data.set_defaults(run=_list_data)
    verbs = data.add_subparsers(metavar="VERB")
    draw = add_command(
        verbs,
        "draw",
        "draw pictures with their truth into a folder of PNG files",
        "vislab data draw smear --count 8 --out smears",
    )
    add = draw.add_argument
    add("world", help="smear, street or shelf")
    add("--count", type=int, default=64, metavar="N", help="how many pictures (64)")
    add("--size", type=int, default=96, metavar="PX", help="pixels a side, 64 to 512 (96)")
    add("--seed", type=int, default=0, metavar="N", help="the same seed draws the same pictures (0)")
    add("--difficulty", type=float, default=0.5, metavar="X", help="0 easy to 1 hard (0.5)")
    add("--crowding", type=float, default=0.5, metavar="X", help="0 nothing touches to 1 everything (0.5)")
    add("--objects", type=number_range, metavar="N or N-M", help="objects a picture (the world's own)")
    for name in ("noise", "blur", "light"):
        add(f"--{name}", type=float, default=1.0, metavar="X", help=f"{name}, as a multiple (1)")
    add("--out", type=Path, required=True, metavar="FOLDER", help="an empty or new folder")
    draw.set_defaults(run=_draw)

    show = add_command(
        verbs, "show", "write the contact sheet of a set as a picture", "vislab data show street --out street.png"
    )
    show.add_argument("name", help="smear, street, shelf, nuclei, pennfudan, or the path of your own pictures")
    show.add_argument("--count", type=whole, default=6, metavar="N", help="how many pictures (6)")
    show.add_argument("--size", type=int, metavar="PX", help="pixels a side (192 drawn, 256 real)")
    show.add_argument("--seed", type=int, default=0, metavar="N", help="the seed of drawn pictures (0)")
    show.add_argument("--fit", choices=FITS, default="pad", help="how to resize real pictures (pad)")
    show.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    show.set_defaults(run=_show)


def _add_compare(commands: Any) -> None:
    compare = add_command(
        commands,
        "compare",
        "train every task on the same pictures, ask each the same questions, measure the costs",
        "vislab compare --data street --seeds 3",
    )
    add = compare.add_argument
    add("--data", default="smear", metavar="SET", help="smear, street, shelf, nuclei, pennfudan, or a path (smear)")
    add("--size", type=int, metavar="PX", help="pixels a side (96 drawn; your own as they are, up to 256)")
    add("--ask", metavar="CLASS", help="what the questions are about, instead of the things")
    add("--fit", choices=FITS, help="how to resize real pictures (pad; nuclei: crop)")
    add(
        "--groups",
        metavar="PATTERN",
        help="what in a picture's name groups it, as (.*)_",
    )
    add("--tasks", nargs="+", metavar="TASK", help="which tasks, points and detection among them (the course's four)")
    add("--channels", type=channels, metavar="R,G,B", help="which channels of a TIFF become red, green, blue (0,1,2)")
    add("--count", type=int, default=1024, metavar="N", help="drawn pictures to train on (1024)")
    long = compare.add_mutually_exclusive_group()
    long.add_argument(
        "--epochs", type=float, metavar="N", help="passes over the pictures, each model (6; more if there are few)"
    )
    long.add_argument("--minutes", type=float, metavar="M", help="minutes of training, each model, instead")
    add("--encoder", metavar="NAME", help="a backbone for all models, as resnet18 or timm/resnet18 (vislab's own)")
    add("--weights", metavar="FILE", help="the encoder's trained weights (its library's, downloaded once)")
    add("--guest", action=ByName, default={}, metavar="NAME=PATH", help="anybody's predictions; repeat it for more")
    add("--export-test", type=Path, metavar="FOLDER", help="only write the test pictures for guests to predict")
    add("--device", metavar="NAME", help="cpu, cuda, mps (a GPU if there is one)")
    add("--seed", type=int, default=0, metavar="N", help="the seed of pictures, weights and order (0)")
    add("--seeds", type=whole, default=1, metavar="N", help="how many seeds, from --seed on (1; three settle a claim)")
    add("--out", type=Path, metavar="FOLDER", help="the folder of the results (runs/compare/SET, or SET-NAME)")
    add("--fresh", action="store_true", help="train again, even if trained before")
    compare.set_defaults(run=_compare)


def _add_report(commands: Any) -> None:
    report = add_command(
        commands,
        "report",
        "make a page from results: answers, costs, verdicts on published claims, in one file",
        "vislab report runs/compare/smear --out report.html",
    )
    add = report.add_argument
    add(
        "results",
        type=Path,
        nargs="+",
        metavar="RESULTS",
        help="a results.json or its folder; several: other seeds, or sets side by side",
    )
    add("--out", type=Path, required=True, metavar="FILE", help="an .html file")
    add("--curves", type=Path, metavar="FILE", help="a file of Curves.save (vislab's own curves for the smear)")
    report.set_defaults(run=_report)


def _lab(options: argparse.Namespace) -> int:
    from vislab.course.lab import open_lab

    return open_lab(options.folder, browser=not options.no_browser)


def _course(options: argparse.Namespace) -> int:
    from vislab.course.lab import give_course

    give_course(options.folder)
    print(f"{options.folder}: the notebooks; open them with jupyter lab {options.folder}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from vislab.system.machine import check_machine

    machine = check_machine()
    print(machine)
    return 0 if machine.ready else 1


def _list_data(options: argparse.Namespace) -> int:
    from vislab.data.datasets.load import list_sets
    from vislab.data.synthetic.draw import WORLDS

    for name, title in WORLDS.items():
        print(f"{name:<10} {title}")
        print(f"{'':<10} levels   labels, semantic, instances")
        print(f"{'':<10} lies at  no file: drawn when asked for, exact and endless")
    print(list_sets())
    return 0


def _show(options: argparse.Namespace) -> int:
    from vislab.data.contact_sheet import show
    from vislab.data.datasets.load import files_of, load
    from vislab.data.synthetic.draw import WORLDS, draw
    from vislab.system.arguments import checked
    from vislab.system.files import refuse_inputs

    if options.name in WORLDS:
        scenes = draw(options.name, options.count, size=options.size or 192, seed=options.seed)
    else:
        refuse_inputs(options.out, files_of(options.name))
        scenes = checked(load)(options.name, size=256 if options.size is None else options.size, fit=options.fit)
        scenes = scenes[:: max(1, len(scenes) // options.count)]  # from all over the set, whose neighbours look alike
    print(show(scenes, limit=options.count).save(options.out))
    return 0


def _compare(options: argparse.Namespace) -> int:
    from vislab.data.datasets.load import files_of
    from vislab.data.synthetic.draw import WORLDS
    from vislab.models.backbone import encoder
    from vislab.studies.report.page import write_report
    from vislab.studies.study import study
    from vislab.system.arguments import checked
    from vislab.system.files import home, refuse_inputs, refuse_unwritable

    if options.weights is not None and options.encoder is None:
        raise VislabError(f"--weights {options.weights} are an encoder's; name it, as --encoder resnet18")
    start = None if options.encoder is None else encoder(options.encoder, options.weights or "DEFAULT")
    if options.export_test is not None:
        return _export_test(options, start)
    out = options.out or home() / "runs" / "compare"  # refused now, not after minutes of training
    if options.out is not None:
        inputs = [] if options.data in WORLDS else files_of(options.data)
        for name in ("results.json", "outcome.png", "outcome-dark.png", "report.html"):
            refuse_inputs(out / name, inputs)
    refuse_unwritable(out)
    settings = {name: getattr(options, name) for name in STUDY} | (
        {"tasks": tuple(options.tasks)} if options.tasks else {}
    )
    results = checked(study)(options.data, encoder=start, guests=options.guest, **settings)
    print(f"\n{results}\n")
    folder = results.save(options.out or out / _folder_name(results.data["name"], options.encoder))
    print(f"{folder}: results.json holds every number, outcome.png shows pictures, truth and predictions")
    print(f"{write_report(folder, folder / 'report.html')}: the comparison as a page, to read and to hand on")
    return 0


def _export_test(options: argparse.Namespace, start: Any) -> int:
    from vislab.evaluation.guests.export import export_test
    from vislab.studies.study import pictures_to_test

    reading = {name: getattr(options, name) for name in ("ask", "groups", "channels", "fit")}
    test = pictures_to_test(options.data, options.size, options.count, options.seed, start, reading)
    folder = export_test(test, options.export_test)
    print(f"{folder}: {plural(len(test), 'test picture')} without truth; README.md says how guests may answer")
    return 0


def _folder_name(pictures: str, encoder: str | None) -> str:
    """Where the results of a set lie, those of each encoder by themselves."""
    return pictures if encoder is None else f"{pictures}-{encoder.replace('/', '-')}"


def _report(options: argparse.Namespace) -> int:
    from vislab.costs.labels.curve_files import read_curves
    from vislab.studies.report.page import write_report
    from vislab.system.files import refuse_inputs

    curves = None
    if options.curves is not None:
        refuse_inputs(options.out, [options.curves])
        curves = read_curves(options.curves)
    print(write_report(options.results, options.out, curves=curves))
    return 0


def _predict(options: argparse.Namespace) -> int:
    from vislab.evaluation.predict_folder import predict_folder
    from vislab.training.model_files import open_model

    outcome = predict_folder(open_model(options.model, options.device), options.folder, options.out, options.size)
    for reason in outcome.unread:
        print(f"left out: {reason}")
    before = f", {outcome.kept:,} had been before" if outcome.kept else ""
    print(f"{options.out}: {plural(outcome.predicted, 'picture')} predicted{before}; answers.csv has a line for each")
    return 0 if outcome.predicted or outcome.kept else 1


def _export(options: argparse.Namespace) -> int:
    from vislab.system.files import refuse_inputs
    from vislab.training.model_files import open_model
    from vislab.training.onnx_files import export_onnx

    refuse_inputs(options.out, [options.model])
    done = export_onnx(open_model(options.model, "cpu"), options.out)
    sizes = ", ".join(f"{height} × {width}" for height, width in done.sizes)
    takes = "any size" if done.any_size else f"{sizes} px alone"
    told = f"at {sizes} px its numbers differ from torch's by {done.difference:.1e} of the largest"
    print(f"{options.out}: takes pictures of {takes}; {told}")
    return 0


def _draw(options: argparse.Namespace) -> int:
    from vislab.data.datasets.export import save_folder
    from vislab.data.synthetic.draw import draw

    scenes = draw(options.world, options.count, **{name: getattr(options, name) for name in SCENES})
    save_folder(scenes, options.out)
    print(f"{options.out}: {scenes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
