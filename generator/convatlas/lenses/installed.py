"""Lenses from other packages, which are found through entry points.

A package declares its lens in its ``pyproject.toml``::

    [project.entry-points."convatlas.lenses"]
    norms = "convatlas_norms:Norms"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

from convatlas.config.section import Section
from convatlas.errors import LensError
from convatlas.lenses.base import Lens
from convatlas.model.manifest import Filter, Layer

GROUP = "convatlas.lenses"
"""The group of entry points; each refers to a subclass of ``Lens``."""


def installed(own: Sequence[Lens]) -> list[Lens]:
    """Return the lenses of all installed packages, sorted by name.

    Args:
        own: the built-in lenses, whose names are taken.

    Raises:
        LensError: a package's lens cannot be imported, is not a lens, or has an invalid name; the
            message names the package and a remedy.
    """
    known = {lens.name: "convatlas" for lens in own}
    found: dict[str, Lens] = {}
    for entry in entry_points(group=GROUP):
        lens = _loaded(entry)
        _check_name(lens.name, entry, known)
        known[lens.name] = _package(entry)
        found[lens.name] = lens
    return [found[name] for name in sorted(found)]


def _loaded(entry: EntryPoint) -> Lens:
    try:
        kind = entry.load()
    except Exception as error:  # a package's code may raise anything
        cause = f"{type(error).__name__}: {error}"
        remedy = f"correct or uninstall {_package(entry)}"
        raise LensError(f"{_described(entry)} cannot be imported ({cause}); {remedy}") from error
    if not (isinstance(kind, type) and issubclass(kind, Lens)):
        what = f"{_described(entry)} is not a class that derives from {Lens.__module__}.Lens"
        raise LensError(f"{what}; correct its entry point, or uninstall {_package(entry)}")
    return kind()


def _check_name(name: str, entry: EntryPoint, known: dict[str, str]) -> None:
    """Check that a name can be a key of ``atlas.yaml`` and ``layer.json`` and is not taken.

    Raises:
        LensError: the name is invalid or taken.
    """
    if name in known:
        remedy = f"give it another name, or uninstall {_package(entry)}"
        same = f"{_described(entry)} is called '{name}' like one of {known[name]}"
        raise LensError(f"{same}; {remedy}")
    fields = Filter.__required_keys__ | Layer.__required_keys__ | Layer.__optional_keys__
    taken = name in fields or hasattr(Section, name)
    if taken or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        remedy = "choose another name: lower-case letters, digits and underscores"
        raise LensError(f"{_described(entry)} cannot be called '{name}'; {remedy}")


def _described(entry: EntryPoint) -> str:
    return f"the lens {entry.value} of the package {_package(entry)}"


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "(unknown)"
