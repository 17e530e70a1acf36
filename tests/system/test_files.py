"""Where files go, and that none is left half-written."""

import os
from pathlib import Path

import pytest
from platformdirs import user_cache_path, user_data_path

from vislab.errors import VislabError
from vislab.system.files import home, read_json, refuse_inputs, writing


def test_home_is_the_variables_then_the_projects_then_the_users(tmp_path, monkeypatch):
    monkeypatch.delenv("VISLAB_HOME", raising=False)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "vislab"\n')
    deep = tmp_path / "work" / "deep"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert home() == tmp_path
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert home() == user_data_path("vislab", appauthor=False)
    assert home() not in (deep, tmp_path, user_cache_path("vislab", appauthor=False))
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "chosen"))
    assert home() == tmp_path / "chosen"


def test_what_is_written_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with writing(path) as part:
        part.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_earlier_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def stop_half_way():
        with writing(path) as part:
            part.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stop_half_way()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_in_a_home_that_refuses_the_variable_that_moves_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "home"))
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(VislabError, match="set VISLAB_HOME to a folder"), writing(tmp_path / "home" / "work" / "a.txt"):
        raise AssertionError("never reached")


def test_a_disk_that_refuses_is_told_by_name(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VislabError, match=r"file/a\.txt: cannot be written"), writing(tmp_path / "file" / "a.txt"):
        raise AssertionError("never reached")
    with pytest.raises(VislabError, match="No space left"), writing(Path(tmp_path / "b")):
        raise OSError(28, "No space left on device")


def test_what_is_written_may_be_read_as_other_new_files(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    with writing(tmp_path / "a") as part:
        part.touch(mode=0o600)
    assert (tmp_path / "a").stat().st_mode == plain.stat().st_mode


def test_an_output_that_is_also_an_input_is_refused_by_whatever_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "a.json"
    source.write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "hard").hardlink_to(source)
    for out in (source, Path("in/../in/a.json"), Path("link/a.json"), Path("hard")):
        with pytest.raises(VislabError, match="is also read"):
            refuse_inputs(out, [tmp_path / "missing", source])
    for out in (tmp_path / "in" / "b.json", Path("in")):
        refuse_inputs(out, [tmp_path / "missing", source])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"kind": "vislab.a", "format": 1', "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[1]", "a vislab.a file"),
        (b'{"kind": "vislab.b", "format": 1}', "a vislab.a file"),
        (b'{"kind": "vislab.a", "format": 2}', "format 2, .* reads 1"),
    ],
)
def test_json_of_another_kind_is_refused_with_the_mend(content, words, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'{"kind": "vislab.a", "format": 1, "x": 3}')
    assert read_json(path, kind="vislab.a", format=1)["x"] == 3
    path.write_bytes(content)
    with pytest.raises(VislabError, match=rf"a\.json: .*{words}.*; save it anew"):
        read_json(path, "save it anew", kind="vislab.a", format=1)


def test_json_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(VislabError, match=r"a\.json: cannot be read"):
        read_json(tmp_path / "a.json")


# JSON that anybody wrote


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' twice"),
        ("[" * 100_000, "is no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "is no JSON"),
        ('{"a": "\\ud800"}', "is no JSON"),
        ("{", "is no JSON"),
    ],
)
def test_json_that_cannot_be_taken_gets_a_sentence(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VislabError, match=f"a.json: .*{words}.*; save it again"):
        read_json(path, "save it again")


def test_a_whole_letter_in_two_halves_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('\ufeff{"a": "\\ud83d\\ude00"}', encoding="utf-8")
    assert read_json(path) == {"a": "\U0001f600"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(VislabError, match="no file that can be read to its end"):
        read_json(tmp_path / "pipe.json")
