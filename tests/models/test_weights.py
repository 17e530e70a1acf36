"""torchvision's weights from torch's cache: nothing in a file runs, and a file must have the hash in its name."""

import hashlib
import io
import pickle
from pathlib import Path

import pytest
import torch

import vislab as vl
from vislab.errors import VislabError
from vislab.exercises.nb05_score import photos as score_photos
from vislab.models.torchvision_models import adapt

WORDS = vl.draw("smear", 1, size=64).vocabulary
NAMES = ("resnet18", "lraspp", "maskrcnn")


class Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of torch's."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def source_of(name):
    return adapt(name, WORDS).weights


def plant(cache, source, tmp_path):
    """A pickle that would run code, in the place of these weights."""
    path = cache / source.url.rpartition("/")[2]
    path.write_bytes(pickle.dumps(Touch(tmp_path / "ran")))
    return path


def serve(monkeypatch, source, content, name=None):
    """Make `content` what torchvision's address gives, once, under a name with its hash; returns the name."""
    name = name or f"made-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    monkeypatch.setattr(source.value, "url", f"https://example.invalid/{name}")

    def download(url, path, hash_prefix=None, progress=True):
        assert url == source.url
        Path(path).write_bytes(content)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    return name


def as_bytes(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_a_file_planted_in_the_cache_runs_nothing(cache, tmp_path, name):
    path = plant(cache, source_of(name), tmp_path)
    with pytest.raises(VislabError, match="delete it and try again") as raised:
        adapt(name, WORDS, weights="DEFAULT")
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_nor_does_it_in_the_photographs_of_notebook_05(cache, tmp_path, monkeypatch, capsys):
    path = plant(cache, source_of("maskrcnn"), tmp_path)
    monkeypatch.setattr("vislab.data.datasets.load.load", lambda *_, **__: vl.draw("smear", 1, seed=1))
    assert score_photos.try_photographs() is None
    printed = capsys.readouterr().out
    assert str(path) in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "ran").exists()


def test_nor_does_one_whose_hash_is_right(cache, tmp_path, monkeypatch):
    source = source_of("resnet18")
    serve(monkeypatch, source, pickle.dumps(Touch(tmp_path / "ran")))
    with pytest.raises(VislabError, match="cannot be read as weights"):
        adapt("resnet18", WORDS, weights="DEFAULT")
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_nor_are_other_weights_in_its_place_taken_for_the_right_ones(cache):
    from torchvision.models import resnet18

    path = cache / source_of("resnet18").url.rpartition("/")[2]
    torch.save(resnet18(num_classes=1000).state_dict(), path)
    with pytest.raises(VislabError, match="delete it and try again"):
        adapt("resnet18", WORDS, weights="DEFAULT")


@pytest.mark.slow
def test_weights_are_fetched_once_checked_and_taken_over(cache, monkeypatch):
    from torchvision.models import resnet18

    source, theirs = source_of("resnet18"), resnet18(num_classes=1000).state_dict()
    name = serve(monkeypatch, source, as_bytes(theirs))
    for _ in range(2):
        ours = adapt("resnet18", WORDS, weights="DEFAULT").net.state_dict()
        assert torch.equal(ours["conv1.weight"], theirs["conv1.weight"])
        monkeypatch.setattr(torch.hub, "download_url_to_file", None)
    assert [path.name for path in cache.iterdir()] == [name]


def test_a_download_that_is_something_else_is_refused(cache, monkeypatch):
    serve(monkeypatch, source_of("resnet18"), b"<html>log in first</html>", "made-00000000.pth")
    with pytest.raises(VislabError, match=r"made-00000000\.pth: .*delete it and try again"):
        adapt("resnet18", WORDS, weights="DEFAULT")


def test_without_a_network_the_sentence_says_where_to_put_the_file(cache, monkeypatch):
    def fails(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    with pytest.raises(VislabError, match="no route to host") as raised:
        adapt("resnet18", WORDS, weights="DEFAULT")
    assert source_of("resnet18").url in str(raised.value)
    assert str(cache) in str(raised.value)


@pytest.mark.slow
def test_people_are_found_by_a_net_that_answers_as_torchvisions_own_does(cache, monkeypatch):
    from torchvision.models.detection import maskrcnn_resnet50_fpn

    torch.manual_seed(3)
    source = source_of("maskrcnn")
    made = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    state = {name: value for name, value in made.items() if not name.endswith("num_batches_tracked")}
    serve(monkeypatch, source, as_bytes(state))
    ours = score_photos.pretrained_net().eval()
    theirs = maskrcnn_resnet50_fpn(weights=source, progress=False).eval()
    picture = torch.rand(3, 64, 64)
    with torch.inference_mode():
        one, other = ours([picture])[0], theirs([picture])[0]
    assert all(torch.equal(one[name], other[name]) for name in other)
    assert len(other["boxes"])
