"""The classes that a network predicts for a picture."""

from __future__ import annotations

from typing import Any

from convatlas.model.records import short
from convatlas.network.scores import are_shares, scores_of

FIRST = 5
"""Number of classes that are listed."""


def prediction(output: Any, classes: int) -> list[list[float]] | None:
    """Return the likeliest classes as [index, probability]; None if that is not the output.

    ``classes`` is the number of named classes, or 0. Probabilities are the softmax of the output,
    unless it already consists of probabilities.
    """
    rows = scores_of(output, 1)
    if rows is None:
        return None
    scores = rows[0].cpu().double()
    if classes not in (0, len(scores)) or not scores.isfinite().all():
        return None
    shares = scores if are_shares(scores[None]) else scores.softmax(0)
    shares, first = shares.sort(descending=True, stable=True)
    pairs = zip(first[:FIRST].tolist(), shares[:FIRST].tolist(), strict=True)
    return [[index, short(share)] for index, share in pairs]
