"""What the numbers of a filter's records amount to: ratio, gate, best attempt, dead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypedDict

FLAT = 5 / 255
"""A picture whose standard deviation is below this in every channel shows nothing."""

COMMON = 0.2
"""The share of images from which on a filter is taken to answer to everything."""


class Bounds(TypedDict):
    """The ends of a filter's range over all positions of all images of a set."""

    highest: float
    lowest: float


class Evidence(TypedDict):
    """What is needed to know of an image set to judge a picture beside it."""

    bounds: Bounds


class Answer(TypedDict):
    """What a filter answers to a picture that was made for it."""

    response: float | None  # highest over the map, or lowest; None where it is not finite
    flat: bool  # whether the picture shows nothing


def bound(direction: str, examples: Evidence | None) -> float | None:
    """The image set's highest response of a filter, or its lowest for the negative direction."""
    if examples is None:
        return None
    bounds = examples["bounds"]
    return float(bounds["highest"] if direction == "positive" else bounds["lowest"])


def ratio(response: float, direction: str, examples: Evidence | None) -> float | None:
    """The picture's response over the image set's strongest; None where that says nothing.

    It says nothing without an image set, and where the strongest response is not above zero
    (negative direction: not below zero).
    """
    strongest = bound(direction, examples)
    sign = _sign(direction)
    if strongest is None or sign * strongest <= 0:
        return None
    return response / strongest


def passes(attempt: Answer, direction: str, examples: Evidence | None) -> bool:
    """The gate: the picture is finite, not flat, and beats every image of the set."""
    if attempt["response"] is None or attempt["flat"]:
        return False
    strongest = bound(direction, examples)
    sign = _sign(direction)
    return strongest is None or sign * attempt["response"] > sign * strongest


def best(attempts: Sequence[Answer], direction: str) -> int:
    """The index of the attempt to show: the strongest of those that show something."""
    sign = _sign(direction)

    def merit(index: int) -> tuple[bool, float]:
        attempt = attempts[index]
        response = attempt["response"]
        if response is None:
            return False, -math.inf
        return not attempt["flat"], sign * response

    return max(range(len(attempts)), key=merit)


def constant(examples: Evidence | None) -> bool:
    """Whether the response is the same at every position of every image."""
    return examples is not None and examples["bounds"]["highest"] == examples["bounds"]["lowest"]


def dead(rectified: bool, examples: Evidence | None, attempts: Sequence[Answer]) -> bool | None:
    """Whether a filter is dead; None where it cannot be known.

    A filter is dead if its response is constant over the image set, or if the next operation
    rectifies and neither an image nor an attempt at a picture gets its response above zero.
    """
    if examples is None:
        return None
    if constant(examples):
        return True
    reached = any((attempt["response"] or 0) > 0 for attempt in attempts)
    return rectified and examples["bounds"]["highest"] <= 0 and not reached


def control(among: Mapping[str, float], top: int) -> tuple[int, float]:
    """What a rank in its layer is worth: how often a filter has it anyway.

    ``among`` are the shares of the image set for which the filter is among so many of its layer.
    The least number that is not below ``top`` is taken, with its share; of all, the largest.
    """
    counted = sorted(int(first) for first in among)
    first = next((each for each in counted if each >= top), counted[-1])
    return first, among[str(first)]


def claimed(ranks: Sequence[int], top: int, share: float | None) -> str:
    """The verdict on a claim about a filter: "confirmed", "weak" or "not confirmed".

    ``ranks`` are the filter's in its layer, from 1, for each picture that shows what is claimed;
    ``share`` is how often it stands that high for any image, None where no image was shown. A rank
    that it has for a fifth of all images, or nobody knows how often, proves little.
    """
    if any(rank > top for rank in ranks):
        return "not confirmed"
    return "confirmed" if share is not None and share < COMMON else "weak"


def _sign(direction: str) -> int:
    return 1 if direction == "positive" else -1
