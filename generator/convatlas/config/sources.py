"""The sources of networks and image sets, as written in the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["torchvision", "folder", "file", "module"]

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_TENSORS = {".pth", ".pt", ".safetensors", ".th", ".ckpt", ".bin", ".tar", ".pkl"}


@dataclass(frozen=True)
class Source:
    """A parsed source.

    For ``torchvision``, ``target`` is the name; for ``folder``, the path. For ``file`` and
    ``module``, ``target`` is the Python file or module and ``attribute`` the callable in it.
    """

    kind: Kind
    target: str
    attribute: str = ""


def parse_source(text: str) -> Source:
    """Parse a source: ``torchvision/NAME``, ``folder:PATH``, ``file.py:callable``, ...

    Raises:
        ValueError: the text is none of these.
    """
    if text.startswith("torchvision/") and not text.endswith(("/", ".py")) and ":" not in text:
        return Source("torchvision", text.removeprefix("torchvision/"))
    if text.startswith("folder:") and text != "folder:":
        return Source("folder", text.removeprefix("folder:"))
    target, colon, attribute = text.rpartition(":")
    if colon and _MODULE.fullmatch(attribute):
        if target.endswith(".py"):
            return Source("file", target, attribute)
        if _MODULE.fullmatch(target):
            return Source("module", target, attribute)
    raise ValueError(text)


def weights_file(source: str, weights: str | None, folder: Path) -> Path | None:
    """Return the file that ``weights`` names, or None if it does not name a file.

    For a torchvision network, a bare word is the name of published weights unless there is a file
    with that name.
    """
    if weights is None or weights in ("DEFAULT", "none"):
        return None
    path = folder / weights
    looks_like_file = "/" in weights or "\\" in weights or path.suffix.lower() in _TENSORS
    if looks_like_file or not source.startswith("torchvision/") or is_file(path):
        return path
    return None


def is_file(path: Path) -> bool:
    """Return whether a file exists; a name that is not a valid path counts as missing."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return whether a folder exists; a name that is not a valid path counts as missing."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
