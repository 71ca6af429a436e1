"""How filters stand out among images: measures, and sentences for the filters that do."""

from __future__ import annotations

from convatlas.lenses.examples import text as sentences
from convatlas.lenses.examples.entries import ExamplesEntry, examples
from convatlas.lenses.examples.health import ALWAYS
from convatlas.lenses.parts.overview import Reason
from convatlas.model.manifest import Filter, Layer
from convatlas.ui.text import number, percent, plural

MANY = 200
"""Minimum number of images for which the 99th percentile is meaningful."""


def _entry(filter: Filter) -> ExamplesEntry:
    """Return the filter's entry, which exists if the filter has a measure."""
    entry = examples(filter)
    assert entry is not None
    return entry


def _selective(layer: Layer, filter: Filter) -> float | None:
    entry = examples(filter)
    classes = entry["classes"] if entry else []
    if not entry or not classes or classes[0]["images"] < 2 or classes[0]["mean"] <= 0:
        return None
    return entry["selectivity"]


def _selective_text(layer: Layer, filter: Filter) -> str:
    entry = _entry(filter)
    return f"Best class: {entry['classes'][0]['label']}. {sentences.selectivity(entry)}"


def _rare(layer: Layer, filter: Filter) -> float | None:
    entry = examples(filter)
    share = entry["share_images"] if entry else 0
    return -share if layer["rectified"] and 0 < share < 0.25 else None


def _rare_text(layer: Layer, filter: Filter) -> str:
    entry = _entry(filter)
    named = sentences.labels(entry, 1)
    best = f"; most of all {named[0]}" if named else ""
    images = plural(entry["images"], "image")
    return f"{percent(entry['share_images'])} of {images} bring it above zero{best}."


def _always(layer: Layer, filter: Filter) -> float | None:
    entry = examples(filter)
    share = entry["share_positions"] if entry else None
    return share if layer["rectified"] and share is not None and share >= ALWAYS else None


def _always_text(layer: Layer, filter: Filter) -> str:
    share = percent(_entry(filter)["share_positions"])
    return f"Above zero at {share} of all positions, so that nothing of it is cut off."


def _outlier(layer: Layer, filter: Filter) -> float | None:
    """Return the highest response over the 99th percentile of the images' responses."""
    entry = examples(filter)
    if not entry or entry["images"] < MANY or entry["percentiles"]["99"] <= 0:
        return None
    return entry["bounds"]["highest"] / entry["percentiles"]["99"]


def _outlier_text(layer: Layer, filter: Filter) -> str:
    named = sentences.labels(_entry(filter), 1)
    times = number(_outlier(layer, filter), 2)
    best = f"{named[0]}, its strongest image," if named else "Its strongest image"
    return f"{best[0].upper()}{best[1:]} reaches {times} times what one of a hundred does."


def _inhibited(layer: Layer, filter: Filter) -> float | None:
    """Return how far it goes below zero over how far above; None if it does not do both."""
    entry = examples(filter)
    if not entry or not entry["bounds"]["highest"] > 0 > entry["bounds"]["lowest"]:
        return None
    return -entry["bounds"]["lowest"] / entry["bounds"]["highest"]


def _inhibited_text(layer: Layer, filter: Filter) -> str:
    bounds, times = _entry(filter)["bounds"], number(_inhibited(layer, filter), 2)
    low, high = number(bounds["lowest"]), number(bounds["highest"])
    return f"Images bring it {times} times as far below zero as above: from {low} to {high}."


def _best_class(filter: Filter) -> str:
    return _entry(filter)["classes"][0]["label"]


def _strongest(filter: Filter) -> str | None:
    return next(iter(sentences.labels(_entry(filter), 1)), None)


REASONS = (
    Reason("Most selective", _selective, _selective_text, 200, _best_class),
    Reason("Seldom above zero", _rare, _rare_text, 300, _strongest),
    Reason("Always on", _always, _always_text, place=400),
    Reason("One image above all", _outlier, _outlier_text, 500, _strongest),
    Reason("Rather inhibited", _inhibited, _inhibited_text, place=600),
)
