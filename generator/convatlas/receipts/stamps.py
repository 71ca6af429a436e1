"""The states of files and folders, found without reading a file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from convatlas.config.folders import image_files
from convatlas.opening.witnesses import changed_at, content_of, stamp, stamp_of

_BYTECODE = "__pycache__"


@dataclass(frozen=True)
class State:
    """The state of one file, or of all in a folder."""

    digest: str
    newest: int
    """When the last of them was changed, in nanoseconds since the epoch; 0 if there is none."""


def file(path: str) -> State:
    """Return the state of a file, which may be missing; of a folder, only the names in it count.

    Links are followed. The times of a folder do not count, since the store is often in it.
    """
    known = stamp(path)
    if known and stat.S_ISDIR(known[4]):
        return State(content_of(path, known), 0)
    return _state([(path, known)])


def tree(folder: str) -> State:
    """Return the state of everything below a folder, except bytecode; links are followed."""
    return _state([*_walk(folder)])


def pictures(folder: str) -> State:
    """Return the state of a folder as far as its image files are concerned."""
    try:
        found = image_files(Path(folder))
    except OSError as error:
        return State(f"cannot be read ({error.errno})", 0)
    return _state([(each.name, each.stamp, each.trouble) for each in found])


def _state(known: Sequence[tuple[str, tuple[int, ...], *tuple[str, ...]]]) -> State:
    text = "\n".join(map(str, known)).encode("utf-8", "surrogateescape")
    newest = max((changed_at(each[1]) for each in known if each[1]), default=0)
    return State(hashlib.sha256(text).hexdigest(), newest)


def _walk(root: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the path of each entry below a folder with its stamp, which is empty for folders.

    Each folder is entered once, whatever links lead to it.
    """
    waiting, entered = [root], set[tuple[int, int]]()
    while waiting:
        for entry in _entries(waiting.pop()):
            try:
                facts = entry.stat()
            except OSError:
                yield entry.path, ()
                continue
            is_folder = stat.S_ISDIR(facts.st_mode)
            yield entry.path, () if is_folder else stamp_of(facts)
            if is_folder and (facts.st_dev, facts.st_ino) not in entered:
                entered.add((facts.st_dev, facts.st_ino))
                waiting.append(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if entry.name != _BYTECODE]
    except OSError:
        return []
    return sorted(found, key=attrgetter("name"))
