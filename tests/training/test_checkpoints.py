"""Checkpoint files: written whole, read back, and refused if they are something else."""

import pytest
import torch
from made_scenes import CELLS

from vislab.errors import VislabError
from vislab.models.build import build
from vislab.system.tensorfiles import write_tensors
from vislab.training.checkpoints import KIND, load_weights, read_checkpoint
from vislab.training.history import History

PROGRESS = {"seen": 8, "batch": 4, "done": True, "history": History("semantic", {}).to_dict()}


def test_foreign_truncated_and_other_checkpoints_are_refused(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(VislabError, match="there is no such file"):
        read_checkpoint(tmp_path / "none.safetensors")
    path = tmp_path / "a.safetensors"
    write_tensors(path, KIND, {"model.x": torch.zeros(9)}, PROGRESS)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(VislabError, match="cannot be read as a checkpoint"):
        read_checkpoint(path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(VislabError, match="is no vislab checkpoint"):
        read_checkpoint(path)
    (tmp_path / "b.safetensors").write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(VislabError, match="cannot be read as a checkpoint"):
        read_checkpoint(tmp_path / "b.safetensors")


def test_a_checkpoint_that_does_not_say_how_far_training_came_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    for about in (PROGRESS | {"seen": "8"}, PROGRESS | {"batch": 0}, PROGRESS | {"history": {"losses": []}}, {}):
        write_tensors(path, KIND, {"model.x": torch.zeros(9)}, about)
        with pytest.raises(VislabError, match="delete it and train anew"):
            read_checkpoint(path)


def test_weights_go_back_into_a_model_of_the_same_layers_only(tmp_path):
    model, path = build("semantic", CELLS, seed=1), tmp_path / "a.safetensors"
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    write_tensors(path, KIND, tensors, PROGRESS)
    checkpoint, other = read_checkpoint(path), build("semantic", CELLS, seed=2)
    load_weights(other, checkpoint, path)
    assert torch.equal(other.decoder.head.weight, model.decoder.head.weight)
    with pytest.raises(VislabError, match="other layers"):
        load_weights(build("instance", CELLS), checkpoint, path)
    del checkpoint.tensors["model.decoder.head.weight"]
    with pytest.raises(VislabError, match="other layers"):
        load_weights(other, checkpoint, path)
