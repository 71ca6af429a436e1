"""A layer of a published atlas, and its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from convatlas.model.manifest import LayerFacts, Note
from convatlas.model.records import Json
from convatlas.reader.edits import by_filter
from convatlas.reader.files import DAMAGED, damaged, read_rows
from convatlas.reader.shared import spelled_out
from convatlas.reader.table import table

if TYPE_CHECKING:  # the lenses themselves take longer to import than a site to read
    from convatlas.lenses.attribution.entries import AttributionEntry
    from convatlas.lenses.circuits.entries import ExportedCircuits
    from convatlas.lenses.edits.entries import FilterEdit
    from convatlas.lenses.effects.entries import EffectsEntry
    from convatlas.lenses.examples.entries import ExportedExamples
    from convatlas.lenses.kernels.entries import KernelsEntry
    from convatlas.lenses.maximize.entries import MaximizeEntry
    from convatlas.lenses.transfer.entries import ExportedTransfer

OWN = (
    *("index", "href", "dead", "hue", "note"),
    *("kernels", "maximize", "examples", "attribution", "effects", "circuits"),
)
"""The keys of a filter that have a field of their own, besides ``transfer`` and ``edits``."""


@dataclass(frozen=True)
class Filter:
    """What a site says of a filter; the part of a lens is None if it says nothing of it."""

    index: int
    """Its output channel, from 0."""
    href: str
    """Its page, from its layer's folder."""
    dead: bool | None
    """Whether nothing excites it; None if that cannot be known."""
    hue: int | None
    """The hue of its picture in degrees, 0 to 359."""
    note: Note | None
    kernels: KernelsEntry | None
    maximize: MaximizeEntry | None
    """With each picture's recipe and provenance."""
    examples: ExportedExamples | None
    attribution: AttributionEntry | None
    effects: EffectsEntry | None
    """What classes lose without it."""
    circuits: ExportedCircuits | None
    """What makes it respond, and what goes on from it."""
    transfer: Sequence[ExportedTransfer]
    """One for each other network with a similar filter."""
    edits: Mapping[str, FilterEdit]
    """What it answers to each edit of the images, by the edit's name."""
    others: Mapping[str, object]
    """The entries of lenses of other packages, by the lens's name."""


class Layer:
    """A layer of an atlas. Its filters are read from ``layer.json`` when they are asked for."""

    def __init__(self, site: Path, facts: Json) -> None:
        self.file: Path = site / facts.pop("data")
        """Its ``layer.json``."""
        self.count = int(facts.pop("filters"))
        """How many filters the atlas shows of it."""
        self.facts: LayerFacts = facts
        """What ``atlas.json`` says of it: kernel, map, receptive field, health, ..."""

    def __repr__(self) -> str:
        return f"<layer {self.facts['network']}/{self.name} of {self.count} filters>"

    @property
    def name(self) -> str:
        """The module's path; the second call of the same module is ``path@2``."""
        return self.facts["name"]

    @property
    def folder(self) -> Path:
        """The folder that the pages and pictures of its filters are in."""
        return self.file.parent

    @cached_property
    def filters(self) -> Mapping[int, Filter]:
        """The filters by index.

        Raises:
            SiteError: the file is missing, damaged, or of another version.
        """
        return {row["index"]: _filter(row) for row in self._rows}

    def table(self) -> dict[str, list[Json]]:
        """Return the filters' numbers as columns with one value for each filter.

        Keys are joined by dots: "examples.bounds.highest". Lists have no columns. The result can
        be given to ``pandas.DataFrame``.

        Raises:
            SiteError: as for ``filters``.
        """
        return table(self._rows)

    @cached_property
    def _rows(self) -> Sequence[Mapping[str, Json]]:
        rows, content = read_rows(self.file, "filters")
        try:
            whole = [_spelled_out(row, content) for row in rows]
            if "edits" not in content:
                return whole
            edits = by_filter(content["edits"], [row["index"] for row in rows])
            return [{**row, "edits": own} for row, own in zip(whole, edits, strict=True)]
        except DAMAGED as error:
            raise damaged(self.file, error) from None


def _spelled_out(row: Mapping[str, Json], lists: Json) -> Mapping[str, Json]:
    return {**row, "maximize": spelled_out(row.get("maximize"), lists)}


def _filter(row: Mapping[str, Json]) -> Filter:
    own = {name: row.get(name) for name in OWN}
    apart = {"transfer": row.get("transfer") or (), "edits": row.get("edits", {})}
    others = {name: value for name, value in row.items() if name not in (*OWN, *apart)}
    return Filter(**cast("Json", {**own, **apart}), others=others)
