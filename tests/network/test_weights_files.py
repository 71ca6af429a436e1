import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn

from convatlas.network.weights_files import WeightsError, read_tensors

STATE = {"conv.weight": torch.arange(4.0), "conv.bias": torch.ones(1)}


class Evil:
    def __reduce__(self) -> Any:
        import os

        return (os.system, ("touch /tmp/evil",))


def saved(folder: Path, value: Any, name: str = "w.pth") -> Path:
    torch.save(value, folder / name)
    return folder / name


def bytes_of(value: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def archive(**files: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in files.items():
            made.writestr(name.replace("_", "."), text)
    return file.getvalue()


def arrays() -> bytes:
    file = io.BytesIO()
    np.savez(file, weight=np.zeros(3))
    return file.getvalue()


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        read_tensors(path)
    text = str(caught.value)
    assert text.startswith(path.name)
    assert ";" in text, "there is a remedy"
    assert "\n" not in text
    return text


def test_a_pickled_network_is_refused_by_the_name_of_its_class(tmp_path: Path) -> None:
    path = saved(tmp_path, nn.Sequential(nn.Conv2d(1, 1, 1)))
    text = refusal(path)
    assert "unpickling would call torch.nn.modules.container.Sequential" in text
    assert "torch.save(model.state_dict()" in text


def test_code_is_refused_and_not_run(tmp_path: Path) -> None:
    assert "would call posix.system" in refusal(saved(tmp_path, {"a": Evil()}))
    assert "would call" in refusal(saved(tmp_path, {"args": Evil, "state_dict": STATE}))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_torchscript_is_refused(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Conv2d(1, 1, 1))), tmp_path / "w.pt")
    text = refusal(tmp_path / "w.pt")
    assert "is a TorchScript archive" in text
    assert "build the network from its class" in text


FOREIGN = {
    "a text": (b"hello, I am a text", "plain text (hello, I am a text); download"),
    "cut text": ("é".encode() * 600, "plain text"),
    "a server's answer": (b"Entry not found", "plain text (Entry not found)"),
    "a page": (b"  <!DOCTYPE html><html>404</html>", "a web page; download the file itself"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid", "`git lfs pull`"),
    "an annexed file": (b"/annex/objects/SHA256E-s1", "`git annex get`"),
    "one byte": (b"\x80", "no file of tensors that torch can read"),
    "zeros": (bytes(4096), "no file of tensors that torch can read"),
    "an archive": (archive(readme_txt="hello"), "a zip archive (of readme.txt); unpack it"),
    "a part": (bytes_of(STATE)[:900], "damaged or cut off; copy or download it again"),
    "a part of the other": (save(STATE)[:-3], "a damaged safetensors file"),
    "arrays": (arrays(), "an archive of NumPy arrays; save the network's state dict"),
    "keras": (b"\x89HDF\r\n\x1a\n\x00", "an HDF5 file, as Keras writes them"),
    "keras 3": (archive(**{"config_json": "{}", "model_weights_h5": ""}), "a Keras file"),
    "lite": (b"\x1c\x00\x00\x00TFL3\x14", "a TensorFlow Lite file"),
    "onnx": (b"\x08\x07\x12\x07pytorch\x1a\x05\xff2.1.0", "an ONNX file"),
    "compressed": (b"\x1f\x8b\x08\x00", "compressed with gzip; unpack it"),
    "an index": (b'{"metadata": {}, "weight_map": {}}', "an index of weights in several files"),
    "another pickle": (pickle.dumps({"a": 1}), "no file of tensors that torch can read"),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_what_is_no_weights_file_is_told_by_what_it_is(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    path = tmp_path / f"w.{suffix}"
    data, expected = FOREIGN[kind]
    path.write_bytes(data)
    assert expected in refusal(path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "w.pth").touch()
    assert "is empty; copy or download it again" in refusal(tmp_path / "w.pth")


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    assert "cannot be read (Is a directory)" in refusal(tmp_path)


def test_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(save(STATE))
    saved(tmp_path, STATE, "w.safetensors")
    for name in ("w.pth", "w.safetensors"):
        read = read_tensors(tmp_path / name)
        assert torch.equal(read["conv.weight"], STATE["conv.weight"])
