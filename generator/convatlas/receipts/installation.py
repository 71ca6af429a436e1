"""The state of everything installed that a build depends on: our code, and other packages."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import convatlas
from convatlas._version import __version__
from convatlas.model.records import digest
from convatlas.opening.witnesses import stamp
from convatlas.receipts.stamps import tree
from convatlas.site.templating.own_folders import own_folder

_ENDINGS = (".dist-info", ".egg-info", ".egg-link")
"""How the entries end that say which versions are installed, and which lenses they bring."""


@dataclass(frozen=True)
class Installation:
    """What was installed when a command started."""

    digest: str
    newest: int
    """When a file of ours was last changed, in nanoseconds since the epoch."""
    since: int
    """When the command started, in nanoseconds since the epoch."""

    @classmethod
    def now(cls) -> Installation:
        """Return the present state, before code of the user's changes where Python looks."""
        since = time.time_ns()
        folders = [Path(convatlas.__file__).parent, own_folder("templates"), own_folder("static")]
        ours = [tree(str(folder)) for folder in folders]
        facts = [__version__, sys.version, [each.digest for each in ours], _packages()]
        return cls(digest(facts), max(each.newest for each in ours), since)


def _packages() -> list[tuple[str, tuple[int, ...]]]:
    """Return the stamps of what says which packages are installed; each installation renews it."""
    folders = dict.fromkeys(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100
    paths = [f"{folder}/{name}" for folder in folders for name in _names(folder)]
    points = [f"{path}/entry_points.txt" for path in paths]
    return [(path, stamp(path)) for path in (*paths, *points)]


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(_ENDINGS))  # noqa: PTH208
    except OSError:  # a zip file, or nothing
        return []
