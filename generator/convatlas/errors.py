"""The errors that reach the user; each message is one sentence with the input and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AtlasError(Exception):
    """Something failed, and the message says what; the command ends with exit code 1."""

    exit_code = 1


class StoreError(AtlasError):
    """The store cannot be read or written."""


class ForeignStore(StoreError):
    """The file that is named as the store is not ours, and is left as it is."""

    exit_code = 2


class NetworkError(AtlasError):
    """A network cannot be run, or does not behave as it was recorded."""


class LensError(AtlasError):
    """A lens of an installed package cannot be used."""


class RenderError(AtlasError):
    """A lens could not render what was requested."""


class SiteError(AtlasError):
    """The site cannot be written to the requested folder."""


def describe(error: Exception) -> str:
    """Return an error's message, with its type and a hint at ``-v`` unless it is an AtlasError."""
    if isinstance(error, AtlasError):
        return str(error)
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}; run with -v to see where"


@dataclass(frozen=True)
class Problem:
    """A mistake in the configuration.

    ``path`` locates it in the configuration, as keys and list indices: ``("models", 0,
    "weights")``. ``config.read.Configuration`` turns it into file, line and column.
    """

    path: tuple[str | int, ...]
    message: str
    absent: bool = False  # a file or folder is missing, which does not matter if no files are read
    key: bool = False  # whether the last key of the path is wrong rather than its value


class ConfigError(AtlasError):
    """The configuration has mistakes, all of which are listed; exit code 2."""

    exit_code = 2

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
