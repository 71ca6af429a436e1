"""Whether nothing has changed since the last complete build, found without what a build imports."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from convatlas.errors import ForeignStore, SiteError
from convatlas.model.records import Json
from convatlas.receipts.command import Command
from convatlas.receipts.datasets import changed_datasets
from convatlas.receipts.receipt import RenderingReceipt, SiteReceipt
from convatlas.receipts.said import Said
from convatlas.receipts.warnings import told_again
from convatlas.site.output.current import is_as_published
from convatlas.site.output.kept import Kept
from convatlas.site.output.marker import read_marker
from convatlas.site.output.tree import scan
from convatlas.store.store import Store

log = logging.getLogger("convatlas.receipts")


def known_plan(command: Command) -> Said | None:
    """Return what ``plan`` says, if neither the inputs nor the records have changed since a
    complete build; None if it has to be found out.
    """
    return _known(command, _plan)


def known_build(command: Command, out: Path, written: str) -> Said | None:
    """Return what ``build`` says, if moreover the site has not changed; None if there may be
    anything to do.

    Args:
        command: the command.
        out: the absolute path of the site's folder.
        written: the same as it was given.
    """
    return _known(command, partial(_build, out=out, written=written))


class _Changed(Exception):
    """Something has changed, or may have; the message names it."""


@dataclass(frozen=True)
class _Opened:
    """An atlas file's values and its store, with the receipt of what is in it."""

    command: Command
    atlas: Json
    store: Store
    rendering: RenderingReceipt


def _known(command: Command, answer: Callable[[_Opened], Said]) -> Said | None:
    try:
        atlas = command.values()
        place = command.store_of(atlas)
        if not place.is_file():
            return None
        with chdir(Path.cwd()), Store(place) as store:  # the user's code may change the folder
            rendering = RenderingReceipt.read(store, command)
            if rendering is None:
                return None
            said = answer(_Opened(command, atlas, store, rendering))
    except (_Changed, ForeignStore, SiteError, OSError, ValueError) as error:
        log.debug("not as after the last build: %s", error)  # if it is a fault, it is told later
        return None
    told_again(rendering.warnings)
    return said


def _plan(opened: _Opened) -> Said:
    _check_inputs(opened)
    _check_records(opened)
    return opened.rendering.plan


def _build(opened: _Opened, out: Path, written: str) -> Said:
    site = SiteReceipt.read(opened.store, SiteReceipt.key(opened.command, out, written))
    if site is None or site.inputs != opened.rendering.inputs.digest:
        raise _Changed(f"what {out} was made from")
    _check_inputs(opened)
    _check_site(site, out)
    if opened.store.lost(site.pictures):
        raise _Changed(f"the pictures in {opened.store.path}")
    _check_records(opened)
    return site.build


def _check_inputs(opened: _Opened) -> None:
    for what in opened.rendering.inputs.changes(opened.atlas, opened.command.installation):
        raise _Changed(what)


def _check_site(site: SiteReceipt, out: Path) -> None:
    marker, kept = read_marker(out), Kept(tuple(site.keep))
    if marker is None or (marker.origin, marker.keep) != (site.origin, kept.patterns):
        raise _Changed(f"the site in {out}")
    existing, strange, _ = scan(out, kept)
    if strange or not is_as_published(out, marker, existing):
        raise _Changed(f"a file in {out}")


def _check_records(opened: _Opened) -> None:
    """Check the records and, since that runs the user's code, data sets last of all."""
    if not opened.store.intact(opened.rendering.keys):
        raise _Changed(f"the records in {opened.store.path}")
    folder, known = opened.command.config.parent, opened.rendering.inputs.datasets
    for name in changed_datasets(opened.atlas, folder, known):
        raise _Changed(f"the image set {name}")
