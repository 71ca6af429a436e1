"""What a network takes a picture for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from convatlas.model.records import short

FIRST = 5
"""Classes that are told."""


def prediction(output: Any, classes: int) -> list[list[float]] | None:
    """The classes with the largest shares, as [index, share]; None where that is not what it says.

    ``classes`` is how many have names, or 0. The shares are the softmax of the output, unless it
    holds shares already.
    """
    values = getattr(output, "logits", output)
    if isinstance(values, Sequence) and values:
        values = values[0]
    if not isinstance(values, Tensor) or values.numel() not in values.shape[:2]:
        return None
    scores = values.flatten().cpu().double()
    if len(scores) < 2 or classes not in (0, len(scores)) or not scores.isfinite().all():
        return None
    told = bool((scores >= 0).all()) and abs(scores.sum().item() - 1) < 1e-3
    shares, first = (scores if told else scores.softmax(0)).sort(descending=True, stable=True)
    pairs = zip(first[:FIRST].tolist(), shares[:FIRST].tolist(), strict=True)
    return [[index, short(share)] for index, share in pairs]
