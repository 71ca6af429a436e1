"""Identify files that are named as weights and are none that torch can read."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

from convatlas.config.stand_ins import stand_in

_UNPACK = "unpack it, and name the file inside"
_EXPORT = "save the network's state dict where it was trained, with torch.save or as safetensors"
_BEGINNINGS = {
    b"\x89HDF\r\n\x1a\n": f"an HDF5 file, as Keras writes them; {_EXPORT}",
    b"GGUF": f"a GGUF file, whose weights are quantised; {_EXPORT}",
    b"\x93NUMPY": f"a NumPy array; {_EXPORT}",
    b"\x1f\x8b": f"compressed with gzip; {_UNPACK}",
    b"BZh": f"compressed with bzip2; {_UNPACK}",
    b"\xfd7zXZ\x00": f"compressed with xz; {_UNPACK}",
    b"\x28\xb5\x2f\xfd": f"compressed with zstd; {_UNPACK}",
    b"7z\xbc\xaf\x27\x1c": f"a 7z archive; {_UNPACK}",
    b"Rar!": f"a RAR archive; {_UNPACK}",
    b"%PDF": "a PDF document; name the file of weights",
    b"\x89PNG": "a picture; name the file of weights",
    b"\xff\xd8\xff": "a picture; name the file of weights",
}
_START = 1024
_SHARDS = b'"weight_map"'


def foreign(path: Path) -> str | None:
    """Say what a file is that holds no weights for torch, and what to do; None if that is unclear.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(_START)
    known = next((what for start, what in _BEGINNINGS.items() if data.startswith(start)), None)
    return stand_in(data) or known or _by_structure(path, data) or _text(data)


def _by_structure(path: Path, data: bytes) -> str | None:
    if data.startswith(b"PK"):
        return _archive(path)
    if data[257:262] == b"ustar":
        return f"a tar archive; {_UNPACK}"
    if data[4:8] == b"TFL3":
        return f"a TensorFlow Lite file; {_EXPORT}"
    if path.suffix == ".onnx" or (data[:1] == b"\x08" and data[2:3] == b"\x12"):
        return f"an ONNX file; {_EXPORT}"
    if path.suffix in (".pb", ".index", ".h5", ".keras"):
        return f"a file of TensorFlow; {_EXPORT}"
    return None


def _archive(path: Path) -> str | None:
    """Say what a zip archive is; torch's own files are such archives, with a ``data.pkl``."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return "damaged or cut off; copy or download it again"
    if any(name.endswith("constants.pkl") for name in names):
        return (
            "a TorchScript archive, which holds code and is refused; build the network from its"
            " class, and save the tensors: torch.save(model.state_dict(), 'weights.pth')"
        )
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return None
    if any(name.endswith(".npy") for name in names):
        return f"an archive of NumPy arrays; {_EXPORT}"
    if "model.weights.h5" in names:
        return f"a Keras file; {_EXPORT}"
    return f"a zip archive (of {names[0][:80] if names else 'nothing'}); {_UNPACK}"


def _text(data: bytes) -> str | None:
    """Say what a text file is: an index of several files, or an error message of a server."""
    if _SHARDS in data or (data.lstrip().startswith(b"{") and b'"metadata"' in data):
        return (
            "an index of weights in several files; load them where you trained, and save one"
            " file: torch.save(model.state_dict(), 'weights.pth')"
        )
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return None
    line = text.strip().partition("\n")[0].strip()[:60]
    if line and line.isprintable():
        return f"plain text ({line}); download the file itself"
    return None
