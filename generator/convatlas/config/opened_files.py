"""Record which files Python code reads, from the interpreter's audit events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_listeners: list[set[str]] = []
_hooked = False


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _listeners and isinstance(arguments[0], str):
        mode = arguments[1]
        if not isinstance(mode, str) or not set(mode) & set("wax+"):
            _listeners[-1].add(arguments[0])


@contextmanager
def files_opened() -> Iterator[set[str]]:
    """Collect the paths of all files that Python code in this process opens for reading.

    The audit hook stays installed, because Python cannot remove one; while nothing is being
    recorded, it does almost nothing.
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
        _listeners.remove(heard)


def data_files(opened: set[str]) -> tuple[Path, ...]:
    """Select the files that are data: neither code nor part of the Python installation."""
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
