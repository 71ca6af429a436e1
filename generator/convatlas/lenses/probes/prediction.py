"""The classes that a network predicts for a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from convatlas.model.records import short

FIRST = 5
"""Number of classes that are listed."""


def prediction(output: Any, classes: int) -> list[list[float]] | None:
    """Return the likeliest classes as [index, probability]; None if that is not the output.

    ``classes`` is the number of named classes, or 0. Probabilities are the softmax of the output,
    unless it already consists of probabilities.
    """
    values = getattr(output, "logits", output)
    if isinstance(values, Sequence) and values:
        values = values[0]
    if not isinstance(values, Tensor) or values.numel() not in values.shape[:2]:
        return None
    scores = values.flatten().cpu().double()
    if len(scores) < 2 or classes not in (0, len(scores)) or not scores.isfinite().all():
        return None
    are_shares = bool((scores >= 0).all()) and abs(scores.sum().item() - 1) < 1e-3
    shares, first = (scores if are_shares else scores.softmax(0)).sort(descending=True, stable=True)
    pairs = zip(first[:FIRST].tolist(), shares[:FIRST].tolist(), strict=True)
    return [[index, short(share)] for index, share in pairs]
