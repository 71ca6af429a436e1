"""What can go wrong, said in one sentence that names the input and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AtlasError(Exception):
    """Something failed and has been reported; the command ends with exit code 1."""

    exit_code = 1


class StoreError(AtlasError):
    """The store cannot be read or written."""


class NetworkError(AtlasError):
    """A network cannot be run, or not as it was recorded."""


class RenderError(AtlasError):
    """A lens could not render what it was asked for."""


class SiteError(AtlasError):
    """The site cannot be written where it was asked for."""


def told(error: Exception) -> str:
    """An error of ours as it is; one of other code with its type and how to see more."""
    if isinstance(error, AtlasError):
        return str(error)
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}; run with -v to see where"


@dataclass(frozen=True)
class Problem:
    """One mistake in the configuration.

    ``path`` says where in the configuration it stands, as keys and list indices:
    ``("models", 0, "weights")``. ``config.read.Configuration`` turns it into file, line and column.
    """

    path: tuple[str | int, ...]
    message: str
    absent: bool = False  # a file or folder that is not there: no mistake where none is read
    key: bool = False  # what is wrong is the last key of the path rather than its value


class ConfigError(AtlasError):
    """The configuration has mistakes; every one of them is told; exit code 2."""

    exit_code = 2

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
