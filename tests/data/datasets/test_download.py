"""Archives and downloads, from a server on this machine that misbehaves on purpose."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from photo_files import png, put, refused, rgb, skipped, zipped

from vislab.data.datasets import archive as contents
from vislab.data.datasets import download as store
from vislab.data.datasets.archive import Archive
from vislab.data.datasets.load import SETS, list_sets, load
from vislab.errors import VislabError

# Archives


def nuclei_files(count: int = 3) -> dict[str, bytes]:
    """The official layout: one picture with one nucleus each."""
    files = {}
    mask = np.zeros((8, 8), np.uint8)
    mask[2:5, 2:5] = 255
    for number in range(count):
        files[f"p{number}/images/p{number}.png"] = png(rgb(8, 8, number))
        files[f"p{number}/masks/m.png"] = png(mask)
    return files


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.zip", nuclei_files() | {"p0/masks/zeros.png": bytes(3_000_000)})
    assert path.stat().st_size < 20_000  # it swells two hundredfold
    monkeypatch.setattr(contents, "MOST_FILE_BYTES", 2**20)
    refused(path, "p0/masks/zeros.png: is larger than 1 MB")
    skipped(path, ["p1", "p2"], "p0/masks/zeros.png: is larger than 1 MB")


def test_an_encrypted_archive_is_refused(tmp_path: Path, own_home: Path) -> None:
    path = zipped(tmp_path / "a.zip", nuclei_files())
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the first entry's flags, in the central directory
    path.write_bytes(data)
    refused(path, "is encrypted", "give the folder")


def test_names_that_lead_out_are_names_like_any_other(tmp_path: Path, own_home: Path) -> None:
    path = zipped(tmp_path / "a.zip", nuclei_files() | {"../evil.png": b"x", "/etc/evil.png": b"x"})
    assert load(path, report=[]).ids == ("p0", "p1", "p2")
    assert not list(tmp_path.rglob("evil*"))


def test_an_entry_that_lies_about_its_size_is_not_read_beyond_it(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"big.png": bytes(5_000_000)})
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02") + 24  # the size unpacked, in the central directory
    data[place : place + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    archive = Archive(path)
    assert archive.names == ("big.png",)
    with pytest.raises(VislabError, match=r"big\.png: is damaged in the archive"):
        archive.read("big.png")


def test_damage_inside_names_the_file_and_costs_one_picture(tmp_path: Path, own_home: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in nuclei_files().items():
            archive.writestr(name, data)
    data = bytearray(path.read_bytes())
    data[data.index(b"p1/images/p1.png") + 60] ^= 255
    path.write_bytes(data)
    refused(path, "p1/images/p1.png: is damaged in the archive")
    report: list[str] = []
    assert load(path, on_error="skip", report=report).ids == ("p0", "p2")


def test_half_an_archive_and_no_archive(tmp_path: Path, own_home: Path) -> None:
    path = zipped(tmp_path / "a.zip", nuclei_files())
    path.write_bytes(path.read_bytes()[:-200])
    refused(path, "a.zip: is no zip archive or not all of one", "fetch it again")
    refused(put(tmp_path / "b.zip", b""), "b.zip: is no zip archive")
    refused(zipped(tmp_path / "c.zip", {"readme.txt": b"x"}), "c.zip", "holds no pictures")


# Downloads


class Server(ThreadingHTTPServer):
    """Serves `data`; `cut` bytes at most an answer, with or without taking up a part, announcing `announced`."""

    data = b""
    cut: int | None = None
    resumes = True
    announced: int | None = None
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/set.zip"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        data = self.server.data
        start = int(re.findall(r"\d+", wanted)[0]) if wanted and self.server.resumes else 0
        if start >= len(data) > 0 and start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str((self.server.announced or len(data)) - start))
        self.end_headers()
        self.wfile.write(data[start : None if self.server.cut is None else start + self.server.cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.asked = []
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in nuclei_files(9).items():
            archive.writestr(name, data)
    running.data = file.getvalue()
    thread = Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def card(server: Server, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> store.DataSet:
    """The nuclei, from the server here."""
    card = replace(SETS["nuclei"], url=server.url)
    monkeypatch.setitem(SETS, "nuclei", card)
    return card


def test_a_set_is_downloaded_once(server: Server, card: store.DataSet, own_home: Path) -> None:
    assert "not there" in list_sets()
    assert len(load("nuclei")) == 9
    assert len(load("nuclei", limit=3)) == 3
    assert server.asked == [""]
    assert card.path.read_bytes() == server.data
    assert [path.name for path in card.path.parent.iterdir()] == ["stage1_train.zip"]
    assert str(own_home / "data" / "nuclei" / "stage1_train.zip") in list_sets()


def test_a_line_that_breaks_is_taken_up_where_it_broke(server: Server, card: store.DataSet) -> None:
    server.cut = len(server.data) // 3 + 1
    assert len(load("nuclei")) == 9
    assert server.asked == ["", f"bytes={server.cut}-", f"bytes={2 * server.cut}-"]


def test_what_came_is_kept_for_the_next_time(server: Server, card: store.DataSet) -> None:
    server.cut = len(server.data) // 20
    refused("nuclei", "broke off after", "run this again and it goes on from there", card.url, str(card.path))
    held = 4 * server.cut
    assert card.path.with_name("stage1_train.zip.part").stat().st_size == held
    assert not card.path.exists()
    server.cut = None
    assert len(load("nuclei")) == 9
    assert server.asked[-1] == f"bytes={held}-"


def test_a_server_that_takes_up_nothing_sends_all_again(server: Server, card: store.DataSet) -> None:
    server.resumes = False
    put(card.path.with_name("stage1_train.zip.part"), server.data[:500])
    assert len(load("nuclei")) == 9
    assert card.path.read_bytes() == server.data


def test_a_part_that_is_complete_needs_no_more(server: Server, card: store.DataSet) -> None:
    put(card.path.with_name("stage1_train.zip.part"), server.data)
    assert len(load("nuclei")) == 9
    put(card.path.with_name("stage1_train.zip.part"), bytes(len(server.data)))
    card.path.unlink()
    refused("nuclei", "another file than was expected", "try again")
    assert not card.path.with_name("stage1_train.zip.part").exists()


def test_less_than_was_announced_is_no_file(server: Server, card: store.DataSet) -> None:
    server.announced, server.resumes = len(server.data) + 1000, False
    refused("nuclei", "broke off after")
    assert not card.path.exists()


def test_what_is_no_archive_or_damaged_is_thrown_away(server: Server, card: store.DataSet) -> None:
    good = server.data
    server.data = b"<html>Please log in</html>"
    refused("nuclei", "another file than was expected", "no zip archive", str(card.path))
    server.data = good.replace(b"IDAT", b"IDAU", 1)
    refused("nuclei", "another file than was expected", "damaged")
    assert not list(card.path.parent.iterdir())


def test_no_network_and_no_room_say_what_to_do(
    server: Server, card: store.DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.shutil, "disk_usage", lambda path: type("Disk", (), {"free": 10}))
    refused("nuclei", "make room", "by hand")
    SETS["nuclei"] = replace(card, url="http://127.0.0.1:9/set.zip")
    refused("nuclei", "cannot be downloaded", "fetch http://127.0.0.1:9/set.zip by hand", str(card.path))
    refused("nuclei", "is not there", str(card.path), download=False)


@pytest.mark.slow
def test_a_set_brought_by_hand_is_found(own_home: Path) -> None:
    data = own_home / "data"
    for place in ("stage1_train.zip", "nuclei/stage1_train.zip"):
        (data / place).parent.mkdir(parents=True, exist_ok=True)
        path = zipped(data / place, nuclei_files())
        assert len(load("nuclei", download=False)) == 3
        path.unlink()
    for folder in ("nuclei/stage1_train", "nuclei"):
        for name, content in nuclei_files(2).items():
            put(data / folder / name, content)
        assert load("nuclei", download=False).ids == ("p0", "p1")
        for path in sorted((data / "nuclei").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
    (own_home / "data/nuclei").rmdir()
    refused("nuclei", "is not there", download=False)
