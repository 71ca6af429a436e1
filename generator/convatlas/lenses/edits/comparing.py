"""What a filter's responses to plain and to edited images say of it.

Responses are finite, in double precision [filters, n]; images are in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from convatlas.lenses.edits.auc import resolution
from convatlas.lenses.edits.records import TURNED, Twin
from convatlas.model.records import short

STRONGEST = 10
"""The number of a filter's strongest images by which its colour index is told."""


def change(plain: Tensor, edited: Tensor) -> Tensor:
    """Return the mean change in standard deviations of the plain responses [filters].

    It is NaN for a filter whose plain responses are all the same.
    """
    spread = torch.where(_constant(plain, edited)[:, 0], torch.nan, plain.std(1, correction=0))
    return (edited - plain).mean(1) / spread


def invariance(plain: Tensor, edited: Tensor) -> Tensor:
    """Return the correlation of plain and edited responses of each filter [filters].

    It is NaN where either are all the same.
    """
    near = resolution(plain, edited)
    found = (_standardised(plain, near) * _standardised(edited, near)).sum(1)
    return found.clamp(-1, 1)


def twins(plain: Tensor, edited: Tensor) -> Iterator[Twin | None]:
    """Yield, for each filter, the one that it turns into under an edit; None without one.

    Of all filters, its twin answers to the edited images most like the filter itself to the plain
    ones: with a correlation of at least ``TURNED``, and more than without the edit.
    """
    near = resolution(plain, edited)
    before, after = (_standardised(each, near).nan_to_num() for each in (plain, edited))
    turned, unturned = before @ after.T, before @ before.T
    for index, (value, twin) in enumerate(zip(*_highest(turned), strict=True)):
        more = value > unturned[index, twin] + 1e-6
        found = twin != index and value >= TURNED and more
        yield (twin, round(min(value, 1.0), 4)) if found else None


def colour_index(plain: Tensor, grey: Tensor) -> Tensor:
    """Return 1 minus the response to grey over that to colour, of the strongest images [filters].

    Responses below zero count as zero. It is NaN for a filter that answers to none of them. See
    Rafegas and Vanrell, "Color encoding in biologically-inspired convolutional neural networks",
    Vision Research 151 (2018).
    """
    strongest = plain.argsort(stable=True, dim=1, descending=True)[:, :STRONGEST]
    coloured = plain.gather(1, strongest).clamp(min=0).sum(1)
    left = grey.gather(1, strongest).clamp(min=0).sum(1)
    return torch.where(coloured > 0, 1 - left / coloured, torch.nan)


def told(numbers: Tensor, digits: int = 4) -> list[float | None]:
    """Return numbers rounded for a record; None for those that are not finite."""
    return [
        round(short(each), digits) + 0.0 if finite else None
        for each, finite in zip(numbers.tolist(), numbers.isfinite().tolist(), strict=True)
    ]


def _highest(correlations: Tensor) -> tuple[list[float], list[int]]:
    """Return the highest value of each row and its place: its own filter's where that is as high.

    So a filter that an edit does not matter to has no twin among those that are equal to it.
    """
    values, places = correlations.max(1)
    own = correlations.diagonal()
    places = torch.where(own >= values - 1e-6, torch.arange(len(own)), places)
    return values.tolist(), places.tolist()


def _standardised(responses: Tensor, near: Tensor) -> Tensor:
    """Return responses with mean 0 and length 1; NaN for those that are all the same."""
    centred = responses - responses.mean(1, keepdim=True)
    same = responses.amax(1, keepdim=True) - responses.amin(1, keepdim=True) <= near
    return torch.where(same, torch.nan, centred / centred.norm(dim=1, keepdim=True))


def _constant(plain: Tensor, edited: Tensor) -> Tensor:
    """Return whether a filter answers to all plain images alike [filters, 1]."""
    lowest, highest = plain.amin(1, keepdim=True), plain.amax(1, keepdim=True)
    return highest - lowest <= resolution(plain, edited)
