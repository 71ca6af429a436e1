"""Numbers as text for readers, formatted alike on all pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from convatlas.model.manifest import Layer


def count(value: int) -> str:
    """Return an integer with commas: "26,560"."""
    return f"{value:,}"


def number(value: float | None, digits: int = 3) -> str:
    """Return a measured value to ``digits`` significant digits, without exponents.

    Negative values have a true minus sign. Special values read "unknown" (None), "not finite",
    "nearly 0", "beyond 10¹⁵", "below −10¹⁵".
    """
    if value is None:
        return "unknown"
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    if 1e-4 <= size < 999:  # a fast path for nearly all values
        text = f"{size:.{digits}g}"
        if "e" not in text:
            return f"−{text}" if value < 0 else text
    if size < 1e-4:
        return "0" if value == 0 else "nearly 0"
    if size >= 1e15:
        return "beyond 10¹⁵" if value > 0 else "below −10¹⁵"
    places = digits - 1 - math.floor(math.log10(size))
    text = f"{round(size, places):,.{max(places, 0)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def amount(value: int) -> str:
    """Return a large count in words, "1.24 million"; below a million, with commas."""
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if value >= size:
            return f"{number(value / size)} {word}"
    return count(value)


def sides(size: Sequence[int] | None) -> str:
    """Return [height, width] as "111 × 111", or None as "the whole image"."""
    return "the whole image" if size is None else f"{size[0]}\u00a0×\u00a0{size[1]}"


def plural(value: int, noun: str) -> str:
    """Return a count with its noun: "1 layer", "26 layers"."""
    return f"{count(value)} {form(noun, value)}"


def form(noun: str, value: int) -> str:
    """Return a noun in the singular or plural: "layer" for 1, otherwise "layers"."""
    return noun if value == 1 else f"{noun}s"


def ordinal(rank: int) -> str:
    """Return a rank as an ordinal: "1st", "2nd", "12th"."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if rank % 100 in (11, 12, 13) else ends.get(rank % 10, "th")
    return f"{count(rank)}{end}"


def percent(share: float) -> str:
    """Return a share (0 to 1) as "62 %", rounded to 0 % or 100 % only if it is exactly that."""
    if 0 < share < 0.001:
        return "less than 0.1\u00a0%"
    if 0.999 < share < 1:
        return "more than 99.9\u00a0%"
    return f"{number(100 * share, 3 if share > 0.99 else 2)}\u00a0%"


@lru_cache(maxsize=4096)
def quantile(share: float, drawn: bool = False) -> str:
    """Return the rank of an image in its set: "highest", "99.9th percentile".

    Args:
        share: the image's quantile (0 to 1); from 1 on it is the highest.
        drawn: whether the image was drawn at random, which the text then says.
    """
    start = "random, " if drawn else ""
    if share >= 1:
        return f"{start}highest"
    text = f"{min(100 * share, 99.9):.{1 if share > 0.99 else 0}f}".removesuffix(".0")
    ends = {"1": "st", "2": "nd", "3": "rd"}
    end = "th" if text[-2:] in ("11", "12", "13") or "." in text else ends.get(text[-1], "th")
    return f"{start}{text}{end} percentile"


def setting(value: object) -> str:
    """Return the value of a recipe's option as text on one line."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}".replace("e-0", "e-")
        case list() | tuple():
            return ", ".join(map(setting, value)) or "none"
        case dict():
            return ", ".join(f"{key} {setting(item)}" for key, item in value.items()) or "none"
    return str(value)


def listing(words: Sequence[str]) -> Markup:
    """Return words in bold, escaped, separated by commas and a final "and"."""
    bold = [f"<b>{escape(word)}</b>" for word in words]
    return Markup(" and ".join(part for part in (", ".join(bold[:-1]), *bold[-1:]) if part))


def units(layer: Layer) -> str:
    """Return a sentence on which units a layer's filters are in modules that concatenate them.

    It is empty if there is no such module, or no filter is shown. It says "among" if some of the
    units in between are not shown.
    """
    indices = [filter["index"] for filter in layer["filters"]]
    if not indices or not layer["units"]:
        return ""
    low, high = indices[0], indices[-1]
    places = [(low + whole["first"], high + whole["first"]) for whole in layer["units"]]
    spans = [str(first) if first == last else f"{first} to {last}" for first, last in places]
    names = [whole["module"] for whole in layer["units"]]
    wholes = ", ".join(f"{span} of {name}" for span, name in zip(spans, names, strict=True))
    if low == high:
        return f"Its filter is unit {wholes}."
    return f"Its filters are {'among ' if high - low >= len(indices) else ''}units {wholes}."
