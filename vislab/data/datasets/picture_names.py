"""The files of pictures by the names that tools give them, whatever folders those had on the tool's machine."""

from collections import defaultdict
from collections.abc import Iterator

from vislab.data.datasets.archive import Contents
from vislab.errors import VislabError


def tails(name: str) -> Iterator[str]:
    """A picture's name and its last parts, down to the file's own: tools write names of their own machine's folders."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return ("/".join(parts[start:]) for start in range(len(parts)))


class PictureNames:
    """The pictures of a folder or archive, to be found by whatever name a tool gives them."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._by_base: dict[str, list[str]] = defaultdict(list)
        for name in contents.names:
            self._by_base[name.rpartition("/")[2]].append(name)

    def find(self, name: str, where: str, beside: str = "") -> str | None:
        """The file of a picture by its name, or by as much of its end as leads to one file; None if none does.

        beside: the annotation file that names it; of several files, one in its folder, in images/ there, in the folder
        above or at the top is meant. Raises VislabError, `where` first, if it could be one of several, or the name
        is none.
        """
        folder = beside.rpartition("/")[0]
        near = dict.fromkeys((folder, f"{folder}/images".lstrip("/"), folder.rpartition("/")[0], ""))
        ends = list(tails(name))
        if not ends:
            raise VislabError(
                f"{where}: names the picture {name!r:.80}; give its path inside the folder of the pictures"
            )
        for tail in ends:
            found = [file for file in self._by_base.get(ends[-1], ()) if f"/{file}".endswith(f"/{tail}")]
            for start in near:
                if (path := f"{start}/{tail}".lstrip("/")) in found:
                    return path
            if len(found) > 1:
                both = " or ".join(map(repr, found[:2]))
                root = self.contents.root
                raise VislabError(
                    f"{where}: names the picture {name!r:.80}, which could be {both} in {root}; write which"
                )
            if found:
                return found[0]
        return None
