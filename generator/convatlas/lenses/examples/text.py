"""What the numbers of a filter over an image set come to, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convatlas.ui.text import number, percent, plural

Fact = Mapping[str, Any]


def images(examples: Fact) -> str:
    """On how many images it answers, and how strongly; and of how many the bars are."""
    shown, sampled = examples["images"], examples["sampled"]
    told = (
        f"Above zero on {percent(examples['share_images'])} of {plural(shown, 'image')}. The "
        f"highest response to an image is {number(examples['mean_highest'])} on average, with a "
        f"standard deviation of {number(examples['std_highest'])}."
    )
    return f"{told} The bars count {plural(sampled, 'image')}." if sampled < shown else told


def positions(examples: Fact) -> str:
    """At how many positions it answers, and how strongly."""
    return (
        f"Above zero at {percent(examples['share_positions'])} of all positions. The response is "
        f"{number(examples['mean'])} on average, with a standard deviation of "
        f"{number(examples['std'])}."
    )


def among(examples: Fact) -> str:
    """How often it is among the first of its layer; empty where all filters always are."""
    shares = sorted((int(rank), share) for rank, share in examples["among"].items())
    told = [
        f"the strongest filter of its layer on {percent(share)} of the images"
        if rank == 1
        else f"among the {rank} strongest on {percent(share)}"
        for rank, share in shares
        if share < 1
    ]
    if not told:
        return ""
    listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    return f"By mean response it is {listed}."


def classes(examples: Fact) -> str:
    """What the bars of the classes show, and of how many images they are means."""
    counts = {entry["images"] for entry in examples["classes"]}
    if counts == {1}:
        return "Each of these classes has one image, so they say no more than the strongest images."
    if len(counts) == 1:
        (each,) = counts
        return f"Mean of the highest responses to a class's {plural(each, 'image')}."
    return "Mean of the highest responses to a class's images."


def selectivity(examples: Fact) -> str:
    """How far its best class stands out; empty where that is not known or there is none."""
    value = examples["selectivity"]
    if value is None or not examples["classes"] or examples["classes"][0]["mean"] <= 0:
        return ""
    told = f"(selectivity {number(value, 2)})"
    if value >= 0.9:  # nineteen times the mean of the others, which are zero where they are below
        second = examples["classes"][1]["mean"] if len(examples["classes"]) > 1 else 0.0
        none = "The others hardly excite it" if second > 0 else "No other class excites it"
        return f"{none} {told}."
    times = number((1 + value) / (1 - value), 2)
    if value < 0.2:
        return (
            f"No class stands out: the best excites it {times} times as much as the others {told}."
        )
    return f"The best class excites it {times} times as much as the others on average {told}."
