"""Real pictures as Scenes: sets that have a name, your own folders, COCO files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vislab.data.datasets import cache, coco, nuclei, pennfudan
from vislab.data.datasets.archive import HEAD, Contents, may_be_read, open_contents, unreadable
from vislab.data.datasets.division import group_by_name
from vislab.data.datasets.download import DataSet
from vislab.data.datasets.export import save_folder
from vislab.data.datasets.formats import register
from vislab.data.datasets.kinds import kind_of
from vislab.data.datasets.loader import OnError, Source, gather
from vislab.data.datasets.resize import Fit, Picture
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.system.arguments import Count, Index
from vislab.system.files import check_file

__all__ = ["SETS", "DataSet", "files_of", "find_set", "list_sets", "load", "save_folder"]

BESIDE = (".xml", ".yaml", ".yml", ".txt", ".csv")  # annotations that lie beside their pictures
MOST_LINES = 6  # of a report, printed
SETS: dict[str, DataSet] = {entry.name: entry for entry in (nuclei.SET, pennfudan.SET)}


def load(
    name_or_path: str | Path,
    size: Count | None = None,
    limit: Count | None = None,
    *,
    fit: Fit = "crop",
    on_error: OnError = "raise",
    images: str | Path | None = None,
    channels: tuple[Index, Index, Index] | None = None,
    ask: str | None = None,
    groups: str | None = None,
    download: bool = True,
    report: list[str] | None = None,
) -> Scenes:
    r"""Real pictures as Scenes.

    name_or_path: "nuclei" or "pennfudan", from data/ or else downloaded; or a path: a folder or its zip (images/ with
    masks/, instances/ and tables as vislab.data.datasets.folder has them, a folder per class, what the label tools in
    data/README.md export, or one of the named sets), a COCO instances JSON, or what Scenes.save wrote. A str that is a
    set's name means the set: write "./nuclei", or give a Path, for a folder called so.
    Folders train, val (or valid, validation) and test, or a table split.csv (picture,part), give the attribute "part",
    which Scenes.split keeps to.
    size: pixels a side. Pictures of several sizes need it.
    limit: how many to read at most, by sorted name (in the order of pictures.csv if a folder has one).
    fit: how to bring pictures to `size`: "crop" takes the centre at the picture's own resolution; "pad" scales the
    whole picture to fit; "resize" scales each side to `size`. The space left around it is black, and 255 (ignore) in
    the masks. Objects outside are left out and reported, and if a rule gives the label, it goes by what is left.
    on_error: "raise" stops at the first bad picture; "skip" leaves bad ones out and reports each.
    images: the folder of a COCO JSON's pictures; without it, coco.find_pictures looks around the JSON.
    ask: the class that the questions are about, as "pedestrian": is there any, what share, how many, where? Labels
    then come from the masks. Without it they are about what the set itself names (ask = 1 in classes.csv), else the
    things, else the class that divides the pictures best, and the report says which.
    groups: a regular expression that finds in a picture's name what groups it, as "(.*)_" for the frames of one video
    or the pictures of one patient. Scenes.split keeps a group together.
    channels: the three channels of a microscope's TIFF that become red, green and blue, counted from 0, as (0, 1, 2).
    download: whether to fetch a missing set.
    report: a list to which the sentences on what was lost or left out are added; without it they are printed.

    Decoded pictures are kept in data/.cache under their files' names, sizes and times of change, so that the second
    call is quick and a changed file is noticed. Raises VislabError naming the file, what was expected, and the mend.
    """
    path = _find(name_or_path, download)
    stamps, open_source = _open(path, images, channels)
    arguments: dict[str, Any] = {"path": str(path.resolve()), "size": size, "limit": limit, "fit": fit}
    arguments |= {"on_error": on_error, "channels": channels, "ask": ask, "groups": groups}

    def read() -> tuple[Scenes, list[str]]:
        source = open_source()
        return gather(source if groups is None else group_by_name(source, groups), size, limit, fit, on_error, ask)

    scenes, lines = read() if stamps is None else cache.remember(cache.key_of(stamps, arguments), read)
    if report is not None:
        report.extend(lines)
        return scenes
    for line in lines[:MOST_LINES]:
        print(line)
    if len(lines) > MOST_LINES:
        print(f"... and {len(lines) - MOST_LINES:,} more; vl.load(..., report=[]) collects them all")
    return scenes


def find_set(name_or_path: str | Path) -> DataSet | None:
    """The named set that a name means or a path holds; None if the pictures are others. Raises as `load`."""
    if isinstance(name_or_path, str) and name_or_path in SETS:
        return SETS[name_or_path]
    path = _find(name_or_path, download=False)
    holds_many = path.is_dir() or path.suffix.lower() == ".zip"
    return _set_in(open_contents(path)) if holds_many else None


def files_of(name_or_path: str | Path) -> list[Path]:
    """The pictures and tables that `load` reads, so that nothing is written over them; none if nothing is there."""
    try:
        path = _find(name_or_path, download=False)
    except VislabError:  # load says why, or fetches it
        return []
    if path.is_dir():
        contents = Contents(path)
        try:
            return [path / name for name in _source(contents).files]
        except VislabError:  # load says why; until it can be read, every picture and annotation counts
            return [path / name for name in contents.names if may_be_read(name)]
    if path.suffix.lower() == ".json":
        _, open_source = _open_coco(path, None, None)
        root = coco.find_pictures(path)
        return [path, *(root / name for name in open_source().items)]
    return [path]


def list_sets() -> str:
    """The sets that `load` knows by name: their levels, where they lie, licence and source, as text."""
    lines = []
    for entry in SETS.values():
        lines += [
            f"{entry.name:<10} {entry.title}",
            f"{'':<10} levels   {', '.join(entry.levels)}",
            f"{'':<10} lies at  {entry.find() or f'{entry.path} (not there; vislab.load fetches it)'}",
            f"{'':<10} licence  {entry.licence}",
            f"{'':<10} source   {entry.url}",
        ]
    return "\n".join(lines)


def _find(name_or_path: str | Path, download: bool) -> Path:
    """The path of a set's files, or the path that was given."""
    if isinstance(name_or_path, str) and name_or_path in SETS:
        entry = SETS[name_or_path]
        path = entry.find()
        if path is None and not download:
            raise VislabError(f"{entry.name}: is not there; fetch {entry.url} and put it at {entry.path}")
        return path or entry.fetch()
    path = Path(name_or_path).expanduser()
    if path.exists():
        return path
    if str(name_or_path) in WORLDS:
        raise VislabError(f'{name_or_path} is drawn, not loaded; use vl.draw("{name_or_path}", 64)')
    raise VislabError(f"{path}: is not there; give a path, or the name of a set ({', '.join(SETS)})")


def _open(path: Path, images: str | Path | None, channels: Sequence[int] | None) -> tuple[object, Callable[[], Source]]:
    """The stamps of the files (None if caching them decoded gains nothing), and how to read them."""
    kind = path.suffix.lower()
    if images is not None and kind != ".json":
        raise VislabError(f"images= is for the pictures of a COCO JSON, but {path} is none; leave it out")
    if kind == ".safetensors":
        return None, lambda: _saved_source(path)
    if kind == ".json":
        return _open_coco(path, images, channels)
    if not path.is_dir() and kind != ".zip":
        mend = "; give the folder that holds it and its pictures" if kind in BESIDE else "; give one of those"
        raise VislabError(f"{path}: is no folder, .json, .zip or .safetensors file{mend}")
    contents = open_contents(path)
    contents.channels = None if channels is None else tuple(channels)
    return contents.stamps, lambda: _source(contents)


def _open_coco(
    path: Path, images: str | Path | None, channels: Sequence[int] | None
) -> tuple[object, Callable[[], Source]]:
    try:
        check_file(path)
        about = path.stat()
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD))
        if kind not in ("", "COCO"):
            raise VislabError(f"{path}: was written by {kind}; give the folder that holds it and its pictures")
        root = Path(images).expanduser() if images is not None else coco.find_pictures(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not root.is_dir():
        raise VislabError(f"{root}: is no folder; give the folder of the pictures with images=")
    pictures = Contents(root)
    pictures.channels = None if channels is None else tuple(channels)
    stamps = about.st_size, about.st_mtime_ns, str(root.resolve()), pictures.stamps
    return stamps, lambda: coco.source(path, pictures)


def _saved_source(path: Path) -> Source:
    """A file of Scenes.save, to be cropped, scaled and limited like the others."""
    scenes = Scenes.load(path)

    def read(index: int) -> Picture:
        picture = Picture(scenes.images[index].permute(1, 2, 0).numpy())
        if scenes.labels is not None:
            picture.label = int(scenes.labels[index])
        if scenes.semantic is not None:
            picture.semantic = scenes.semantic[index].numpy()
        if scenes.instances is not None and scenes.objects is not None:
            picture.instances = scenes.instances[index].numpy()
            picture.classes = [number for number in scenes.objects[index].tolist() if number]
        return picture

    return Source(
        name=str(path),
        vocabulary=scenes.vocabulary,
        items=scenes.ids,
        size_of=lambda index: scenes.size,
        read=read,
        groups=scenes.groups,
        attributes=scenes.attributes,
    )


def _set_in(contents: Contents) -> DataSet | None:
    return next((entry for entry in SETS.values() if entry.matches(contents)), None)


def _source(contents: Contents) -> Source:
    entry = _set_in(contents)
    if entry is None:
        return register.source(contents)
    return replace(entry.source(contents), files=frozenset(contents.pictures()))
