"""Record which files and folders Python code reads, from the interpreter's audit events."""

from __future__ import annotations

import os
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convatlas.errors import is_installed

_READS = {"open", "os.listdir", "os.scandir"}
_VIRTUAL = ("/proc", "/sys", "/dev")

_listeners: list[set[str]] = []
_hooked = False


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    if not _listeners or event not in _READS or _reads_code():
        return
    path = "." if arguments[0] is None else arguments[0]  # os.scandir's default
    if isinstance(path, str | bytes | os.PathLike) and not _writes(event, arguments):
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  (before any os.chdir)
        for listener in _listeners:
            listener.add(name)


def _writes(event: str, arguments: tuple[object, ...]) -> bool:
    mode = arguments[1] if event == "open" else None
    return isinstance(mode, str) and bool(set(mode) & set("wax+"))


def _reads_code() -> bool:
    """Return whether Python reads code, to import it or to show its lines; that is no data."""
    caller = sys._getframe(2).f_code.co_filename
    return caller.startswith("<frozen ") or caller == tokenize.__file__


@contextmanager
def files_opened() -> Iterator[set[str]]:
    """Collect the absolute paths of all files and folders that Python code opens for reading.

    Files that do not exist are included. The audit hook stays installed, because Python cannot
    remove one; while nothing is being recorded, it does almost nothing.
    """
    global _hooked
    if not _hooked:
        sys.addaudithook(_on_event)
        _hooked = True
    heard: set[str] = set()
    _listeners.append(heard)
    try:
        yield heard
    finally:
        _listeners[:] = [each for each in _listeners if each is not heard]


def data_files(opened: set[str]) -> tuple[Path, ...]:
    """Select the files, folders and missing files that are no part of an installation."""
    paths = sorted(Path(name) for name in opened if "\0" not in name)
    return tuple(
        path
        for path in paths
        if not is_installed(path) and not path.as_posix().startswith(_VIRTUAL)
    )
