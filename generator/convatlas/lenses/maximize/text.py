"""The results of an optimised picture, in sentences and captions."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from convatlas.lenses.examples.entries import ExamplesEntry
from convatlas.lenses.maximize.entries import Attempt, MaximizeEntry, Optimized
from convatlas.ui.text import count, number, plural

Side = Literal["strongest", "lowest"]
"""The image that a picture is compared with: that with the highest or the lowest response."""


def lede(found: Attempt, examples: ExamplesEntry | None) -> Markup:
    """Return a sentence on the response that the exciting picture reaches."""
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
    """Return the comparison of a picture with the image set; "" without images."""
    if examples is None:
        return ""
    images = plural(examples["images"], "image")
    if found["ratio"] is not None:
        return f"{_times(found['ratio'])} times the {side} of {images}"
    best = examples["bounds"]["highest" if side == "strongest" else "lowest"]
    return f"the {side} of {images} reaches {number(best)}"


def _times(ratio: float) -> str:
    """Format a ratio with two digits, or with up to four if it would be rounded to 1."""
    texts = (number(ratio, digits) for digits in (2, 3, 4))
    return next((text for text in texts if text != "1"), "1")


def failing(found: Optimized, side: Side = "strongest", tries: int = 1) -> str:
    """Return why a picture fails, and after how many attempts; "" if it does not fail."""
    if not found["flat"] and found["passed"] is not False:
        return ""
    why = "the picture is flat" if found["flat"] else f"does not beat the {side} image"
    return f"{attempts(tries)}; {why}" if tries > 1 else why


def attempts(tries: int) -> str:
    """Return what a picture is among a number of attempts: "the best of 4 attempts"."""
    return f"the best of {count(tries)} attempts" if tries > 1 else "the only attempt"


def tried(entry: MaximizeEntry | None) -> str:
    """Return a sentence on the attempts at exciting a dead filter."""
    found = entry["positive"] if entry else None
    if found is None:
        return "Nothing excites this filter."
    reached = f"{attempts(found['attempts'])} at a picture reaches {number(found['response'])}"
    return f"Nothing excites this filter: {reached}."


def alt(found: Optimized, direction: str) -> str:
    """Return the alternative text of a picture: its purpose, and its response at which position.

    Args:
        found: The picture.
        direction: What it was made for: "excite", "inhibit", "excite one position of".
    """
    row, column = found["position"]
    return f"Made to {direction} it: {number(found['response'])} at row {row}, column {column}"
