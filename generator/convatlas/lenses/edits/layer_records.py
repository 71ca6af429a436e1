"""Make the record of a layer and an edit from responses."""

from __future__ import annotations

import torch
from torch import Tensor

from convatlas.lenses.edits.auc import auc
from convatlas.lenses.edits.carriers import carried
from convatlas.lenses.edits.comparing import change, colour_index, invariance, told, twins
from convatlas.lenses.edits.records import GREY, LayerEditData, Twin
from convatlas.model.edits import EditFacts


def layer_edit(
    edit: EditFacts, plain: Tensor, edited: Tensor, shares: Tensor | None
) -> LayerEditData:
    """Return how a layer's filters answer to an edit.

    Args:
        edit: The edit.
        plain: The responses to the plain images that reach the layer either way [n, filters].
        edited: The responses to these images edited [n, filters].
        shares: What each filter carries [filters]; None if that is unknown.
    """
    before, after = (each.T.double().contiguous() for each in (plain, edited))
    sound = before.isfinite().all(1) & after.isfinite().all(1)
    before, after = before[sound], after[sound]

    def by_filter(numbers: Tensor) -> list[float | None]:
        placed = torch.full((len(sound),), torch.nan, dtype=torch.float64)
        placed[sound] = numbers
        return told(placed)

    found = by_filter(auc(before, after))
    data: LayerEditData = {
        "images": len(plain),
        "auc": found,
        "change": by_filter(change(before, after)),
        "invariance": by_filter(invariance(before, after)),
    }
    if edit.turns:
        data["twin"] = _twins(before, after, sound)
    if edit.name == GREY:
        data["colour"] = by_filter(colour_index(before, after))
    if shares is not None:
        data["carried"] = carried(shares, found)
    return data


def _twins(before: Tensor, after: Tensor, sound: Tensor) -> list[Twin | None]:
    """Return the twin of each filter, sound or not."""
    places: list[int] = sound.nonzero().flatten().tolist()
    found: list[Twin | None] = [None] * len(sound)
    for place, twin in zip(places, twins(before, after), strict=True):
        found[place] = twin and (places[twin[0]], twin[1])
    return found
