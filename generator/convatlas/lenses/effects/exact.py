"""Effects of filters that are really set to their baseline, where prediction fails the test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.lenses.base import RenderContext
from convatlas.lenses.effects.ablations import Ablations
from convatlas.lenses.effects.records import Audit
from convatlas.lenses.effects.totals import LayerTotals
from convatlas.lenses.parts.image_batches import image_batches
from convatlas.lenses.parts.spread import spread
from convatlas.model.facts import Layer
from convatlas.network.responses import normalise

TRUSTED = 0.95
"""The rank correlation of predicted and true effects below which a layer is measured."""
CLASSES = 8
"""Of so many classes that a filter is predicted to raise or lower most, images are added; of more
where these have few images."""


@dataclass(frozen=True)
class Exact:
    """What the filters of a layer really do, on images of the sample.

    Attributes:
        effects: By how much the lead of an image falls [sampled, filters].
        measured: Which of these are known; the others are 0 [sampled, filters].
        common: The rows of ``effects`` that were measured of all filters.
    """

    effects: Tensor
    measured: Tensor
    common: Sequence[int]


def fails(audit: Audit) -> bool:
    """Return whether a layer's predicted effects are to be measured instead."""
    return bool(audit["size"]) and (audit["spearman"] or 0) < TRUSTED


def exact(
    context: RenderContext,
    ablations: Ablations,
    layer: Layer,
    totals: LayerTotals,
    baseline: Tensor,
    images: int,
) -> Exact:
    """Set each filter of a layer to its baseline on some images.

    Args:
        context: What is rendered with.
        ablations: Sets them.
        layer: The layer.
        totals: Its totals.
        baseline: What its filters are set to [filters].
        images: On how many images each filter is measured at most.
    """
    wanted, common = _wanted(totals, baseline, images)
    rows = wanted.any(1).nonzero().flatten().tolist()
    chosen = [totals.sampled[row] for row in rows]
    effects = torch.zeros(wanted.shape, dtype=torch.float64)
    for first, pictures in image_batches(context, ablations.images, chosen):
        own = rows[first : first + len(pictures)]
        pairs = [(n, index) for n, row in enumerate(own) for index in _filters(wanted[row])]
        indices = chosen[first : first + len(own)]
        inputs = normalise(pictures, context.plan.network.preprocessing)
        found = ablations.effects(layer, indices, inputs, pairs, baseline)
        places, filters = zip(*pairs, strict=True)
        effects[[own[place] for place in places], list(filters)] = found
    return Exact(effects, wanted, common)


def _wanted(totals: LayerTotals, baseline: Tensor, images: int) -> tuple[Tensor, list[int]]:
    """Return which filters are measured on which images [sampled, filters], and common rows.

    If there are more images, one half is spread over the sample and the same for all filters. The
    other half of a filter is of classes that it is predicted to raise and to lower most or, where
    images have no classes, those on which it is predicted to do most.
    """
    count = len(totals.sampled)
    common = spread(count, images if images >= count else (images + 1) // 2)
    wanted = torch.zeros(count, len(baseline), dtype=torch.bool)
    wanted[common] = True
    extra = images - len(common) if images < count else 0
    each = max(extra // min(CLASSES, len(totals.rows_of_classes())), 1)
    for index, promising in enumerate(_promising(totals, baseline) if extra else ()):
        left = extra
        for rows in promising:
            new = [row for row in rows if not wanted[row, index]]
            taken = [new[n] for n in spread(len(new), min(each, left))] if new else []
            wanted[taken, index] = True
            left -= len(taken)
            if not left:
                break
    return wanted, common


def _promising(totals: LayerTotals, baseline: Tensor) -> Iterator[Iterator[Sequence[int]]]:
    """Yield, for each filter, the rows of each class: raised most, lowered most, and so on.

    Without classes, each row is one of its own.
    """
    by_class, rows = totals.by_class(baseline), totals.rows_of_classes()
    if None in by_class:
        effects = totals.effects(baseline)
        groups: list[Sequence[int]] = [[row] for row in range(len(effects))]
    else:
        effects = torch.stack([own for _, own in by_class.values()])
        groups = [rows.get(number, ()) for number in by_class]
    order = effects.argsort(dim=0, descending=True, stable=True)
    for best in order.T.tolist():
        ends = zip(best, reversed(best), strict=True)
        yield (groups[place] for pair in ends for place in pair)


def _filters(wanted: Tensor) -> list[int]:
    found: list[int] = wanted.nonzero().flatten().tolist()
    return found
