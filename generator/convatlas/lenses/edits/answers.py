"""What single filters notice of edits, and what they are blind to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from convatlas.lenses.edits.entries import (
    HUNDREDTHS,
    EditColumns,
    EditEntry,
    layer_edits,
)
from convatlas.lenses.edits.records import NOTICES
from convatlas.model.manifest import Filter, Layer

ANSWERS = 0.1
"""How far from a half the AUC is at least where a filter is said to answer to an edit."""
BLIND = 0.05
"""How far from a half the AUC is at most where a filter is said to be blind to an edit."""
INVARIANT = 0.95
"""The correlation of its responses from which on it is."""


class Answer(NamedTuple):
    """How a filter answers to an edit."""

    edit: EditEntry
    auc: float
    invariance: float | None

    @property
    def distance(self) -> float:
        """How far from chance the AUC is, from 0 to 0.5."""
        return abs(self.auc - 0.5)

    @property
    def noticed(self) -> bool:
        """Whether the filter notices the edit."""
        return notices(self.auc)


class Twin(NamedTuple):
    """The filter that answers to edited images as another does to plain ones."""

    edit: EditEntry
    filter: Filter
    correlation: float


def notices(auc: float) -> bool:
    """Return whether a filter with this AUC notices an edit, by answering more or less."""
    return max(auc, 1 - auc) > NOTICES


def place(layer: Layer, filter: Filter) -> int:
    """Return where a filter stands in the columns of its layer."""
    return _place(layer, filter["index"])


def _place(layer: Layer, index: int) -> int:
    return bisect_left(layer["filters"], index, key=lambda each: each["index"])


def answers(edits: Sequence[EditEntry], layer: Layer, at: int) -> list[Answer]:
    """Return how the filter at a place of a layer answers to each edit, as far as that is known."""
    known = layer_edits(layer)
    return [
        Answer(edit, auc, _value(columns["invariance"][at]))
        for edit in edits
        if (columns := known.get(edit["name"])) and (auc := _value(columns["auc"][at])) is not None
    ]


def answered(found: Sequence[Answer]) -> list[Answer]:
    """Return those that the filter answers to, the clearest first."""
    # rounded, as a distance of 0.6 - 0.5 is a little less than 0.1
    clear = [each for each in found if round(each.distance, 4) >= ANSWERS]
    return sorted(clear, key=lambda each: -each.distance)


def blind(found: Sequence[Answer]) -> list[Answer]:
    """Return the turns that change neither the filter's level nor its order of images.

    Of a small mark that is no wonder, so that it is not told.
    """
    turns = (each for each in found if each.edit["turns"])
    return [each for each in turns if is_blind(each.auc, each.invariance)]


def is_blind(auc: float | None, invariance: float | None) -> bool:
    """Return whether an edit changes nothing for a filter."""
    if auc is None or invariance is None:
        return False
    return round(abs(auc - 0.5), 4) <= BLIND and invariance >= INVARIANT


def colour(layer: Layer, at: int) -> float | None:
    """Return the share of a filter's response that is lost with the colours; None if unknown."""
    lists = (each["colour"] for each in layer_edits(layer).values() if "colour" in each)
    return next((_value(values[at]) for values in lists), None)


def twins(edits: Sequence[EditEntry], layer: Layer, filter: Filter) -> list[Twin]:
    """Return what a filter turns into under edits, as far as the atlas shows it."""
    known, found = layer_edits(layer), []
    for edit in edits:
        told = _twin(known.get(edit["name"]), filter["index"])
        other = shown(layer, told[0]) if told else None
        if told and other:
            found.append(Twin(edit, other, told[1] / HUNDREDTHS))
    return found


def shown(layer: Layer, index: int) -> Filter | None:
    """Return the filter of this index; None if the atlas does not show it."""
    found = layer["filters"][_place(layer, index) :][:1]
    return found[0] if found and found[0]["index"] == index else None


def _twin(columns: EditColumns | None, index: int) -> tuple[int, int] | None:
    return columns.get("twin", {}).get(str(index)) if columns else None


def _value(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / HUNDREDTHS
