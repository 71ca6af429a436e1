"""Issue the receipts of a build that lacks nothing."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from convatlas.config.read import Configuration
from convatlas.config.sources import parse_source
from convatlas.images.dataset_memo import DATASETS
from convatlas.lenses.registry import lenses
from convatlas.model.records import Json, digest
from convatlas.opening.catalog import FUNCTIONS, NETWORKS
from convatlas.opening.functions import named
from convatlas.opening.witnesses import Witness, content_of, stamp
from convatlas.pipeline import Result
from convatlas.receipts.before import Before
from convatlas.receipts.command import Command
from convatlas.receipts.inputs import Inputs
from convatlas.receipts.receipt import RenderingReceipt, SiteReceipt
from convatlas.receipts.said import Said
from convatlas.receipts.stamps import file
from convatlas.site.output.marker import read_marker
from convatlas.store.store import Store


@dataclass(frozen=True)
class Finished:
    """A build that has come to its end, and what the next commands say if nothing changes."""

    result: Result
    out: Path  # absolute
    written: str  # the same as it was given
    plan: Said
    build: Said


def issue(
    command: Command, configuration: Configuration, store: Store, before: Before, after: Finished
) -> None:
    """Keep the receipts of a build in its store, if it lacks nothing and what it read is known."""
    result, marker = after.result, read_marker(after.out)
    inputs = _inputs(configuration, store, before, result)
    if inputs is None or result.complete is None or result.manifest is None or marker is None:
        return
    shown = {*result.manifest["files"].values(), *result.manifest["inside"].values()}
    pictures = sorted(shown - store.lost(shown))  # the others are from beside the atlas file
    rendering = RenderingReceipt(inputs, result.complete.keys, after.plan, before.warnings)
    site = SiteReceipt(inputs.digest, marker.origin, marker.keep, pictures, after.build)
    rendering.write(store, command)
    site.write(store, SiteReceipt.key(command, after.out, after.written))


def _inputs(
    configuration: Configuration, store: Store, before: Before, result: Result
) -> Inputs | None:
    """Return what a build depended on.

    That is not known where a file was still being changed, where a lens is of another package and
    may read anything, and where a data set from code has no fingerprint.
    """
    atlas = configuration.atlas
    networks = [_files(store.get(key)) for key in result.memo if key.startswith(NETWORKS)]
    datasets = sorted(key for key in result.memo if key.startswith(DATASETS))
    coded = [entry for entry in atlas.images if parse_source(entry.source).kind != "folder"]
    functions = [_files(store.get(key)) for key in result.memo if key.startswith(FUNCTIONS)]
    known = len(networks) == len(atlas.models) and len(datasets) == len(coded)
    known = known and len(functions) == len({name for _, name in named(atlas)})
    if not (known and before.settled) or None in [*networks, *functions] or _foreign():
        return None
    states = {kind: dict(found) for kind, found in before.states.items()}
    for found in [*networks, *functions]:
        states["files"].update(found or {})
    values = digest(configuration.document.written)
    return Inputs(values, before.installation.digest, states, datasets)


def _foreign() -> bool:
    """Return whether there is a lens of another package."""
    own = __name__.partition(".")[0]
    return any(type(lens).__module__.partition(".")[0] != own for lens in lenses())


def _files(known: Json | None) -> Mapping[str, str] | None:
    """Return the states of a network's files, given what the memo knows of the network.

    None if one of them is not as it was when the network was opened, or is too new to be sure.
    """
    witnesses: Mapping[str, Witness] | None = known and known.get("files")
    if witnesses is None or not all(_is_same(*each) for each in witnesses.items()):
        return None
    return {path: file(path).digest for path in witnesses}


def _is_same(path: str, witness: Witness) -> bool:
    content, *before = witness
    now = stamp(path)
    if now and stat.S_ISDIR(now[4]):
        return content_of(path, now) == content
    return list(now) == before
