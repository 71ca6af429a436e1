"""A digest of everything that pages are made from, except the manifest."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import convatlas
from convatlas._version import __version__
from convatlas.lenses.registry import lenses
from convatlas.site.templating.theme import folders

LIBRARIES = ("jinja2", "markupsafe", "markdown-it-py")
"""Libraries that write HTML: another version may write other bytes."""


def fingerprint(theme: Path | None) -> str:
    """Return a digest of templates, static files, code and the versions of libraries.

    It covers all of our code and that of the packages that lenses come from, since any of it may
    affect pages, and making pages once too often does no harm.
    """
    roots = [*folders("templates"), *folders("static"), *code_folders()]
    roots += [theme / "templates", theme / "static"] if theme else []
    versions = " ".join([__version__, *(version(library) for library in LIBRARIES)])
    total = hashlib.sha256(versions.encode())
    for name, content in _files(roots):
        total.update(f"\0{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def code_folders() -> list[Path]:
    """Return the folders of our package and of the packages that lenses come from."""
    packages = [convatlas.__name__]
    packages += [type(lens).__module__.partition(".")[0] for lens in lenses()]
    files = (sys.modules[name].__file__ for name in dict.fromkeys(packages))
    return [Path(file).resolve().parent for file in files if file]


def _files(roots: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the path of each file below its folder, and its content; of packages only the code."""
    packages = set(code_folders())
    for root in roots:
        pattern = "*.py" if root in packages else "*"
        for file in sorted(root.rglob(pattern)):
            if file.is_file():
                yield file.relative_to(root).as_posix(), file.read_bytes()
