"""The errors that reach the user; each message is one sentence with the input and the remedy."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LONGEST = 600
"""How many characters a line of a message may have."""


def brief(text: str, most: int = LONGEST) -> str:
    """Return a text of at most ``most`` characters, with the middle left out if it is longer.

    In a message, that is where something long is quoted; it ends with the remedy.
    """
    if len(text) <= most:
        return text
    mark = " [...] "
    end = most // 3
    return text[: most - end - len(mark)] + mark + text[len(text) - end :]


def brief_lines(text: str) -> str:
    """Return a text with the middle of its very long lines left out."""
    return "\n".join(map(brief, text.split("\n")))


class AtlasError(Exception):
    """Something failed, and the message says what; the command ends with exit code 1."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(brief_lines(message))


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


class ClusterError(AtlasError):
    """The workers that should render cannot be used, or not any more."""


class SiteError(AtlasError):
    """The site cannot be written to the requested folder, or read from it."""


class ForeignFolder(SiteError):
    """The folder that is named for the site is not ours, and is left as it is."""

    exit_code = 2


def describe(error: BaseException) -> str:
    """Return an error's message, with its type and a hint at ``-v`` unless it is an AtlasError."""
    if isinstance(error, AtlasError):
        return str(error)
    return f"{type(error).__name__}: {message(error)}{located(error)}; run with -v to see where"


def raised(error: BaseException) -> str:
    """Say what an exception is, with the first line of its message: ``raised ValueError (no)``."""
    first = _text(error).strip().partition("\n")[0]
    return f"raised {type(error).__name__}" + (f" ({_shortened(first)})" if first else "")


_LONGEST = 500
"""Characters of another's message that are told; some list every tensor of a network."""


def message(error: BaseException) -> str:
    """Return an exception's message on one line, shortened."""
    return _shortened(" ".join(_text(error).split()))


def _text(error: BaseException) -> str:
    """Return an exception's message, or nothing if making it raises."""
    try:
        return str(error)
    except Exception:  # the exception may be of the user's own making
        return ""


def _shortened(text: str) -> str:
    return brief(text, _LONGEST)


def located(error: BaseException) -> str:
    """Return where the user's code raised an exception: ``" in net.py, line 3"``, or nothing."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" in {Path(error.filename).name}, line {error.lineno}"
    lines = [
        (Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [(file, line) for file, line in lines if _is_users(file)]
    return f" in {own[-1][0].name}, line {own[-1][1]}" if own else ""


def _is_users(file: Path) -> bool:
    ours = file.is_relative_to(Path(__file__).parent)
    return not ours and not is_installed(file) and not file.name.startswith("<frozen ")


_PACKAGES = {"site-packages", "dist-packages"}


def is_installed(file: Path) -> bool:
    """Return whether a file belongs to Python or to an installed package."""
    if _PACKAGES & set(file.parts):
        return True
    return any(file.is_relative_to(folder) for folder in _standard_library())


@cache
def _standard_library() -> tuple[Path, ...]:
    folders = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    return tuple(folders | {folder.resolve() for folder in folders})


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
