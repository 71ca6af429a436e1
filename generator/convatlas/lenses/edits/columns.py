"""How the filters of a layer answer to an edit, as columns of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.edits.entries import HUNDREDTHS, EditColumns
from convatlas.lenses.edits.records import LayerEditData


def columns(data: LayerEditData, chosen: Sequence[int]) -> EditColumns:
    """Return the columns of the filters that the atlas shows.

    Args:
        data: lists by filter.
        chosen: the indices of the filters that are shown.
    """
    told: EditColumns = {
        "auc": _hundredths(data["auc"], chosen),
        "change": _hundredths(data["change"], chosen),
        "invariance": _hundredths(data["invariance"], chosen),
    }
    if "twin" in data:
        found = {index: data["twin"][index] for index in chosen}
        told["twin"] = {
            str(index): (twin[0], round(HUNDREDTHS * twin[1]))
            for index, twin in found.items()
            if twin
        }
    if "colour" in data:
        told["colour"] = _hundredths(data["colour"], chosen)
    return told


def _hundredths(values: Sequence[float | None], chosen: Sequence[int]) -> list[int | None]:
    some = (values[index] for index in chosen)
    return [None if value is None else round(HUNDREDTHS * value) for value in some]
