"""Which filters carry the change that an edit makes, and what really setting them back undoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convatlas.errors import NetworkError
from convatlas.lenses.base import RenderContext
from convatlas.lenses.edits.comparing import told
from convatlas.lenses.edits.conductance import Conductance
from convatlas.lenses.edits.records import (
    NOTICES,
    STEPS,
    Behind,
    Carried,
    Carrier,
    Together,
)
from convatlas.lenses.edits.restoring import Restoring
from convatlas.lenses.edits.showing import together
from convatlas.lenses.edits.targets import STILL, EditTarget
from convatlas.model.facts import Layer, NetworkFacts
from convatlas.model.records import short

ENOUGH = 0.8
"""The share of a change that carriers are listed to explain."""
LISTED = 20
"""Maximum number of carriers that are kept across all layers."""
SET_BACK = 10
"""How many of the first carriers are set back."""
CUT_OFF = "No gradient of the scores reaches any layer."
BALANCED = "Over the images by which filters are found, the changes of these classes cancel out."
MOVED = (
    "Which filters carry it is not told: what the images show is at other positions, so that a"
    " filter's answers before and after are not to the same thing."
)

Shares = Mapping[str, Tensor]
"""By layer, the share of the target's change that each filter carries [filters]; 0 if not finite.
"""


@dataclass(frozen=True)
class Traced:
    """The change of a target, traced to filters on a sample of images.

    Attributes:
        shares: What filters carry; empty if that is unknown.
        change: The mean change of the target.
        problem: Why it is unknown; "" if it is known.
    """

    shares: Shares
    change: float = 0.0
    problem: str = ""


def may_carry(layers: Sequence[Layer], network: NetworkFacts) -> list[Layer]:
    """Return the layers whose filters may carry a change.

    A last layer with a filter for each class is none of them: it would say that the scores change
    because the scores change.
    """
    last = [layer for layer in network.layers if layer.reached][-1]
    return [
        layer
        for layer in layers
        if layer.consumed is not None and not (layer == last and layer.filters == network.scores)
    ]


def traced(
    context: RenderContext,
    layers: Sequence[Layer],
    target: EditTarget,
    plain: Tensor,
    edited: Tensor,
) -> Traced:
    """Trace the change of a target to the filters of layers.

    Args:
        context: What is rendered with.
        layers: The layers.
        target: The target.
        plain: The network's inputs for the sample [n, channels, height, width].
        edited: The same, edited.
    """
    found = Conductance(context.module, layers, target.scored, STEPS, together(context))
    try:
        for pair in zip(plain, edited, strict=True):
            found.add(*pair)
    except NetworkError as error:
        reason = str(error).partition(";")[0]
        return Traced({}, problem=f"{reason[:1].upper()}{reason[1:]}.")
    change = found.change / len(plain)
    if not found.sums:
        return Traced({}, problem=CUT_OFF)
    if not change > STILL:
        return Traced({}, problem=BALANCED)
    return Traced({name: _finite(sums / found.change) for name, sums in found.sums.items()}, change)


def carried(shares: Tensor, auc: Sequence[float | None]) -> Carried:
    """Return what the filters of a layer carry.

    Args:
        shares: Their shares [filters].
        auc: How well each of them tells edited images from plain ones.
    """
    explained = shares.sum()
    ordered = shares.sort(descending=True).values.cumsum(0)
    enough = int((ordered < ENOUGH * explained).sum()) + 1 if explained > 0 else 0
    noticing = torch.tensor([each is not None and each > NOTICES for each in auc])
    return {
        "shares": told(shares),
        "explained": short(float(explained)),
        "enough": enough,
        "noticing": short(float(shares[noticing].sum())),
    }


def behind(traced: Traced, restoring: Restoring) -> Behind:
    """Return what carries a change, and what setting the first carriers back undoes."""
    carriers = first_carriers(traced.shares, LISTED)
    groups: dict[str, list[int]] = {}
    for layer, index, _ in carriers[:SET_BACK]:
        groups.setdefault(layer, []).append(index)
    data: Behind = {
        "images": restoring.images,
        "steps": STEPS,
        "change": short(traced.change),
        "carriers": carriers,
        "set_back": min(SET_BACK, len(carriers)),
        "undone": short(restoring.undone(groups)),
    }
    if few := fewest(traced.shares):
        layer, filters, explained = few
        undone = restoring.undone({layer: filters})
        data["together"] = Together(
            layer=layer, filters=filters, explained=short(explained), undone=short(undone)
        )
    return data


def first_carriers(shares: Shares, most: int) -> list[Carrier]:
    """Return the filters with the highest shares above zero, across all layers."""
    names = [(layer, index) for layer, own in shares.items() for index in range(len(own))]
    values, places = torch.cat(list(shares.values())).sort(descending=True, stable=True)
    pairs = zip(values[:most].tolist(), places[:most].tolist(), strict=True)
    return [(*names[place], short(value)) for value, place in pairs if value > 0]


def fewest(shares: Shares) -> tuple[str, list[int], float] | None:
    """Return the fewest filters of one layer that explain enough, and what they explain."""
    best: tuple[str, list[int], float] | None = None
    for layer, own in shares.items():
        values, order = own.sort(descending=True, stable=True)
        reached = (values.cumsum(0) >= ENOUGH).nonzero().flatten().tolist()
        if reached and (best is None or reached[0] + 1 < len(best[1])):
            filters = order[: reached[0] + 1]
            best = layer, filters.tolist(), float(own[filters].sum())
    return best


def _finite(shares: Tensor) -> Tensor:
    return torch.where(shares.isfinite(), shares, 0)
