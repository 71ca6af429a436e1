"""What an optimised picture comes to, in sentences and captions."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from convatlas.lenses.examples.entries import ExamplesEntry
from convatlas.lenses.maximize.entries import Attempt, MaximizeEntry, Optimized
from convatlas.ui.text import count, number, plural, sides

Side = Literal["strongest", "lowest"]
"""The end of the images' range that a picture is compared with."""


def lede(found: Attempt, examples: ExamplesEntry | None) -> Markup:
    """How far the picture that excites a filter gets, as a sentence."""
    subject, only = "The picture made for it", ""
    if found["passed"] is False:
        subject += f", {attempts(found['attempts'])}," + (" is flat and" if found["flat"] else "")
        only = "" if found["flat"] else "only "
    if found["ratio"] is None or examples is None:
        rest = compared(found, examples)
        reached = number(found["response"])
        return Markup(f"{subject} reaches {only}<b>{reached}</b>{'; ' if rest else ''}{rest}.")
    images, times = plural(examples["images"], "image"), _times(found["ratio"])
    return Markup(
        f"{subject} excites it {only}<b>{times} times</b> as much as the strongest of {images}."
    )


def compared(found: Optimized, examples: ExamplesEntry | None, side: Side = "strongest") -> str:
    """How far a made picture gets beside the image set, in words without its response."""
    if examples is None:
        return ""
    images = plural(examples["images"], "image")
    if found["ratio"] is not None:
        return f"{_times(found['ratio'])} times the {side} of {images}"
    best = examples["bounds"]["highest" if side == "strongest" else "lowest"]
    return f"the {side} of {images} reaches {number(best)}"


def _times(ratio: float) -> str:
    """A ratio in two digits; in more where they would hide on which side of one it is."""
    told = (number(ratio, digits) for digits in (2, 3, 4))
    return next((text for text in told if text != "1"), "1")


def failing(found: Optimized, side: Side = "strongest", tries: int = 1) -> str:
    """That a made picture fails, and after how many attempts; nothing where it does not."""
    if not found["flat"] and found["passed"] is not False:
        return ""
    why = "the picture is flat" if found["flat"] else f"does not beat the {side} image"
    return f"{attempts(tries)}; {why}" if tries > 1 else why


def attempts(tries: int) -> str:
    """Which of so many attempts a picture is."""
    return f"the best of {count(tries)} attempts" if tries > 1 else "the only attempt"


def tried(entry: MaximizeEntry | None) -> str:
    """What the attempts at exciting a dead filter came to."""
    found = entry["positive"] if entry else None
    if found is None:
        return "Nothing excites this filter."
    reached = f"{attempts(found['attempts'])} at a picture reaches {number(found['response'])}"
    return f"Nothing excites this filter: {reached}."


def alt(found: Optimized, direction: str, place: str) -> str:
    """The alternative text of a made picture: what it is and what it reaches."""
    row, column = found["position"]
    return (
        f"Picture made to {direction} {place}: response {number(found['response'])} "
        f"at row {row}, column {column} of a {sides(found['map'])} map"
    )
