"""Scores of a filter's records: ratio, gate, best attempt, dead filters, verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypedDict

FLAT = 5 / 255
"""A picture shows nothing if its standard deviation is below this in every channel (values 0 to 1).
"""

COMMON = 0.2
"""From this share of images on, a filter is considered to respond to everything."""


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
    """Return a filter's highest response in the image set (negative direction: its lowest)."""
    if examples is None:
        return None
    bounds = examples["bounds"]
    return float(bounds["highest"] if direction == "positive" else bounds["lowest"])


def ratio(response: float, direction: str, examples: Evidence | None) -> float | None:
    """Return the picture's response divided by the image set's strongest.

    None without an image set, and if the strongest response is not above zero (for the negative
    direction: not below zero).
    """
    strongest = bound(direction, examples)
    sign = _sign(direction)
    if strongest is None or sign * strongest <= 0:
        return None
    return response / strongest


def passes(attempt: Answer, direction: str, examples: Evidence | None) -> bool:
    """Apply the gate: the picture is finite, not flat, and beats every image of the set."""
    if attempt["response"] is None or attempt["flat"]:
        return False
    strongest = bound(direction, examples)
    sign = _sign(direction)
    return strongest is None or sign * attempt["response"] > sign * strongest


def best(attempts: Sequence[Answer], direction: str) -> int:
    """Return the index of the attempt to show: the strongest of those that are not flat."""
    sign = _sign(direction)

    def merit(index: int) -> tuple[bool, float]:
        attempt = attempts[index]
        response = attempt["response"]
        if response is None:
            return False, -math.inf
        return not attempt["flat"], sign * response

    return max(range(len(attempts)), key=merit)


def constant(examples: Evidence | None) -> bool:
    """Return whether the response is the same at every position of every image."""
    return examples is not None and examples["bounds"]["highest"] == examples["bounds"]["lowest"]


def dead(rectified: bool, examples: Evidence | None, attempts: Sequence[Answer]) -> bool | None:
    """Return whether a filter is dead, or None if that cannot be determined.

    A filter is dead if its response is constant over the image set, or if the next operation
    rectifies and neither an image nor an attempt raises its response above zero.
    """
    if examples is None:
        return None
    if constant(examples):
        return True
    reached = any((attempt["response"] or 0) > 0 for attempt in attempts)
    return rectified and examples["bounds"]["highest"] <= 0 and not reached


def control(among: Mapping[str, float], top: int) -> tuple[int, float]:
    """Return how often a filter reaches a rank in its layer for any image, as a baseline.

    Args:
        among: For several rank limits, the share of the image set for which the filter is within
            that limit.
        top: The rank.

    Returns:
        The smallest limit that is not below ``top`` (or the largest of all), and its share.
    """
    counted = sorted(int(first) for first in among)
    first = next((each for each in counted if each >= top), counted[-1])
    return first, among[str(first)]


def claimed(ranks: Sequence[int], top: int, share: float | None) -> str:
    """Return the verdict on a claim about a filter: "confirmed", "weak" or "not confirmed".

    A rank that the filter reaches for a fifth of all images, or for an unknown share, proves
    little.

    Args:
        ranks: The filter's rank in its layer, from 1, for each picture that shows what is claimed.
        top: The rank that it must reach.
        share: The share of all images for which it ranks that high; None if no images were shown.
    """
    if any(rank > top for rank in ranks):
        return "not confirmed"
    return "confirmed" if share is not None and share < COMMON else "weak"


def _sign(direction: str) -> int:
    return 1 if direction == "positive" else -1
