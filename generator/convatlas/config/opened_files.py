"""Which files code reads, as Python's own audit events tell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_listeners: list[set[str]] = []
_hooked = False


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _listeners and isinstance(arguments[0], str):
        mode = arguments[1]
        if not isinstance(mode, str) or not set(mode) & set("wax+"):
            _listeners[-1].add(arguments[0])


@contextmanager
def files_opened() -> Iterator[set[str]]:
    """The paths of files opened for reading meanwhile, from this process's Python code.

    An audit hook can never be taken away again; without a listener it does next to nothing.
    """
    global _hooked
    if not _hooked:
        sys.addaudithook(_heard)
        _hooked = True
    heard: set[str] = set()
    _listeners.append(heard)
    try:
        yield heard
    finally:
        _listeners.remove(heard)


def data_files(opened: set[str]) -> tuple[Path, ...]:
    """Those of the files that are data: not code, nor part of Python's own installation."""
    installed = (Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve())
    paths = {Path(name).resolve() for name in opened}
    return tuple(
        sorted(
            path
            for path in paths
            if path.suffix not in (".py", ".pyc", ".so")
            and path.is_file()
            and not any(path.is_relative_to(place) for place in installed)
            and not path.is_relative_to("/proc")
        )
    )
