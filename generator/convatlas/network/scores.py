"""The row of scores, one for each class, that a network gives for a picture."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.plain import as_written
from convatlas.network.trace.record import as_found, noise

log = logging.getLogger("convatlas.network")

LEAST_SHARE = 1e-12
"""Probabilities are taken to be no smaller than this, so that they have a logarithm."""


def scores_of(output: Any, pictures: int) -> Tensor | None:
    """Return the scores of each class [pictures, classes], or None if the output has none.

    It is a row of at least two numbers for each picture: the output itself, its ``logits``, or the
    first item of a sequence; [pictures, classes, 1, 1] counts, too, and [classes] of one picture.
    """
    values = getattr(output, "logits", output)
    if isinstance(values, Sequence) and values:
        values = values[0]
    if not isinstance(values, Tensor) or not values.is_floating_point() or not values.dim():
        return None
    if values.dim() == 1 and pictures == 1:
        values = values[None]
    if values.dim() < 2 or len(values) != pictures or values.shape[1] < 2:
        return None
    return values.flatten(1) if values[0].numel() == values.shape[1] else None


def are_shares(scores: Tensor) -> bool:
    """Return whether scores [pictures, classes] are probabilities, each row of which sums to 1."""
    sums = scores.detach().double().sum(1)
    return bool((scores >= 0).all()) and bool(((sums - 1).abs() < 1e-3).all())


def logits(scores: Tensor) -> Tensor:
    """Return scores [pictures, classes] as logits: probabilities by their logarithm."""
    return scores.clamp(min=LEAST_SHARE).log() if are_shares(scores) else scores


def count_scores(network: nn.Module, shape: tuple[int, int, int]) -> int:
    """Return how many scores a network gives for a picture; 0 if its output is no row of scores.

    It is run on a picture of faint noise of a shape (channels, height, width), and left as it was.
    """
    try:
        with as_found(network), torch.no_grad(), foreign_exceptions(), as_written():
            scores = scores_of(network(noise(network, shape)), 1)
    except Exception:  # the network is the user's code and may raise anything
        log.debug("while scores are counted", exc_info=True)
        return 0
    return 0 if scores is None else scores.shape[1]
