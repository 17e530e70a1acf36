"""Tensors and words in one file: what goes in comes out, and what is something else is refused by name."""

import pytest
import torch
from safetensors.torch import save_file

from vislab.errors import VislabError
from vislab.system.tensorfiles import Kind, read_tensors, write_tensors

KIND = Kind("test.numbers", "3", "numbers", "holds no numbers", "a file of numbers", "count anew")


def test_what_is_written_is_read(tmp_path):
    tensors = {"half": torch.tensor([0.5, -2.0]).half(), "turned": torch.arange(6).view(2, 3).T}
    path = write_tensors(tmp_path / "new" / "a.safetensors", KIND, tensors, {"words": ["ü", 1, None]})
    back, about = read_tensors(path, KIND)
    assert {name: (value.dtype, value.tolist()) for name, value in back.items()} == {
        name: (value.dtype, value.tolist()) for name, value in tensors.items()
    }
    assert about == {"words": ["ü", 1, None]}


def test_missing_foreign_later_and_cut_files_are_refused_with_the_mend(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(VislabError, match=r"a\.safetensors: there is no such file; give a file of numbers"):
        read_tensors(path, KIND)
    save_file({"x": torch.zeros(2)}, path)
    with pytest.raises(VislabError, match="holds no numbers; give a file of numbers"):
        read_tensors(path, KIND)
    save_file({"x": torch.zeros(2)}, path, {"kind": "test.numbers", "format": "4"})
    with pytest.raises(VislabError, match=r"has format 4, .* reads 3; count anew"):
        read_tensors(path, KIND)
    write_tensors(path, KIND, {"x": torch.zeros(9)}, {})
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(VislabError, match=r"cannot be read as numbers \(.*\); count anew"):
        read_tensors(path, KIND)
    path.write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")  # a pickle that would run a command
    with pytest.raises(VislabError, match="cannot be read as numbers"):
        read_tensors(path, KIND)


def test_a_bit_that_flipped_is_noticed(tmp_path):
    path = write_tensors(tmp_path / "a.safetensors", KIND, {"x": torch.arange(9.0)}, {"n": 1})
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    with pytest.raises(VislabError, match="damaged, as its checksum shows; count anew"):
        read_tensors(path, KIND)
    save_file({"x": torch.zeros(2)}, path, {"kind": "test.numbers", "format": "3", "about": "{}"})
    assert read_tensors(path, KIND)[1] == {}  # an earlier version's file, without one
