"""The results of images on a layer's page, in its data files, and in the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convatlas.lenses.examples.entries import Class, ExamplesEntry, examples
from convatlas.lenses.examples.export import bare
from convatlas.lenses.examples.health import is_always_on, is_silent
from convatlas.lenses.parts.table import Column, Export, Facet, State, Table, TileView, Value
from convatlas.model.manifest import Filter, Layer

SHARES = (
    ("0-1", "up to 1 %"),
    ("1-10", "1 to 10 %"),
    ("10-50", "10 to 50 %"),
    ("50-100", "more"),
)
"""Ranges of the share of positions above zero, in percent."""


def _seen(value: Callable[[ExamplesEntry], Value]) -> Callable[[Layer, Filter], Value]:
    """Return a function that reads a value of a filter's entry, or None without an entry."""

    def read(layer: Layer, filter: Filter) -> Value:
        entry = examples(filter)
        return None if entry is None else value(entry)

    return read


def _best(value: Callable[[Class], Value]) -> Callable[[Layer, Filter], Value]:
    """Return a function that reads a value of the class that excites a filter most."""
    return _seen(lambda entry: value(entry["classes"][0]) if entry["classes"] else None)


def _share(layer: Layer, filter: Filter) -> float | None:
    """Return the share of positions above zero, from 0 to 1; None if the layer is not rectified."""
    entry = examples(filter)
    return entry["share_positions"] if entry and layer["rectified"] else None


def _bounded(holds: Callable[[ExamplesEntry], bool]) -> Callable[[Layer, Filter], bool]:
    """Return a function that tests a filter's entry, and is False if the layer is not rectified."""

    def read(layer: Layer, filter: Filter) -> bool:
        entry = examples(filter)
        return entry is not None and layer["rectified"] and holds(entry)

    return read


def _stands(layer: Layer) -> bool:
    return "examples" in layer["sprites"]


class ExamplesTable(Table):
    """Columns, states and search words from the responses to images."""

    columns = (
        Column(
            "highest",
            _seen(lambda entry: entry["bounds"]["highest"]),
            sort="highest response",
            place=100,
        ),
        Column("lowest", _seen(lambda entry: entry["bounds"]["lowest"])),
        Column("mean", _seen(lambda entry: entry["mean"])),
        Column("std", _seen(lambda entry: entry["std"])),
        Column("share_images", _seen(lambda entry: entry["share_images"])),
        Column("share_positions", _seen(lambda entry: entry["share_positions"])),
        Column("share", _share, csv=False, sort="share above zero", place=400),
        Column(
            "selectivity", _seen(lambda entry: entry["selectivity"]), sort="selectivity", place=300
        ),
        Column("class", _best(lambda best: best["label"])),
        Column("class_mean", _best(lambda best: best["mean"])),
    )
    states = (
        State("never", "never above zero", _bounded(is_silent)),
        State("always", "always on", _bounded(is_always_on)),
    )
    facets = (Facet("share", "above zero", SHARES),)
    view = TileView("examples", "examples", place=200, stands=_stands, rank=300)

    def label(self, filter: Filter) -> str | None:
        """Return the class with the highest mean."""
        entry = examples(filter)
        return entry["classes"][0]["label"] if entry and entry["classes"] else None

    def search_words(self, filter: Filter) -> Sequence[str]:
        """Return the classes above the mean of the others, then the labels of the top images."""
        entry = examples(filter)
        if entry is None:
            return ()
        classes = [found["label"] for found in entry["classes"] if (found["gap"] or 0) > 0]
        return [*classes, *(top["label"] for top in entry["top"] if top["label"])]

    def export(self, entries: Sequence[object]) -> Export:
        """Return the entries without redundant values."""
        return Export([bare(entry) for entry in entries], {})
