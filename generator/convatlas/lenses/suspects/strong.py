"""The filters of each layer that do much for a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convatlas.lenses.effects.records import Audit, LayerEffectsData

MUCH = 0.5
"""The share of the effect of the filter of a layer that does most for a class from which on another
one does much for it."""
TRUSTED = 0.9
"""The rank correlation of predicted effects with true ones from which on a layer is looked into;
that of its filters' mean effects suffices."""


class Strong(NamedTuple):
    """A filter that does much for a class."""

    number: int
    """The class's index."""
    layer: str
    filter: int
    """Its index."""
    effect: float
    """The mean over the class's images, in logits."""


def strong(
    layer: str, data: LayerEffectsData, filters: Sequence[int], classes: Mapping[int, object]
) -> Iterator[Strong]:
    """Yield the filters of a layer that do much for some classes, the strongest of each first.

    Args:
        layer: The layer's name.
        data: What is known of its effects.
        filters: Those that the atlas shows.
        classes: Those that are looked into, by their indices.
    """
    if not _trusted(data["audit"]):
        return
    for number in classes:
        told = data["classes"].get(str(number))
        raises = told["raises"] if told else []
        for index, effect in raises:
            if index in filters and effect >= MUCH * raises[0][1]:
                yield Strong(number, layer, index, effect)


def _trusted(audit: Audit) -> bool:
    return max(audit["spearman"] or 0, audit["spearman_filters"] or 0) >= TRUSTED
