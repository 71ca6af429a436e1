"""Numbers and findings in words: what a reader is told, said once for all pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

Fact = Mapping[str, Any]
"""A mapping of the manifest: a network, layer, filter or picture."""


def count(value: int) -> str:
    """An integer with commas: 26,560."""
    return f"{value:,}"


def number(value: float | None, digits: int = 3) -> str:
    """A measured value for readers: ``digits`` significant digits, no exponents, a true minus."""
    if value is None:
        return "unknown"
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    if 1e-4 <= size < 999:  # nearly all values: as below, in one step
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
    """A large count in words: 1.24 million; below a million with commas."""
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if value >= size:
            return f"{number(value / size)} {word}"
    return count(value)


def sides(size: Sequence[int] | None) -> str:
    """[height, width] as "111 × 111"; None as "the whole image"."""
    return "the whole image" if size is None else f"{size[0]}\u00a0×\u00a0{size[1]}"


def plural(value: int, noun: str) -> str:
    """A count with its noun: "1 layer", "26 layers"."""
    return f"{count(value)} {form(noun, value)}"


def form(noun: str, value: int) -> str:
    """A noun as it stands for so many: "layer" for one, else "layers"."""
    return noun if value == 1 else f"{noun}s"


def ordinal(rank: int) -> str:
    """A rank: "1st", "2nd", "12th"."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if rank % 100 in (11, 12, 13) else ends.get(rank % 10, "th")
    return f"{count(rank)}{end}"


def percent(share: float) -> str:
    """A share 0..1: "62 %"; what is neither nothing nor all is never told as that."""
    if 0 < share < 0.001:
        return "less than 0.1\u00a0%"
    if 0.999 < share < 1:
        return "more than 99.9\u00a0%"
    return f"{number(100 * share, 3 if share > 0.99 else 2)}\u00a0%"


@lru_cache(maxsize=4096)
def quantile(share: float, drawn: bool = False) -> str:
    """Where in the set an image stands: "highest", "99.9th percentile"; and if it was drawn."""
    start = "drawn at random, " if drawn else ""
    if share >= 1:
        return f"{start}highest"
    text = f"{min(100 * share, 99.9):.{1 if share > 0.99 else 0}f}".removesuffix(".0")
    ends = {"1": "st", "2": "nd", "3": "rd"}
    end = "th" if text[-2:] in ("11", "12", "13") or "." in text else ends.get(text[-1], "th")
    return f"{start}{text}{end} percentile"


def setting(value: object) -> str:
    """An option of a recipe on one line."""
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
    """Words in bold with commas and "and" between them, escaped."""
    bold = [f"<b>{escape(word)}</b>" for word in words]
    return Markup(" and ".join(part for part in (", ".join(bold[:-1]), *bold[-1:]) if part))


def labels(examples: Fact, most: int = 3) -> list[str]:
    """The different labels of the top images, the strongest first."""
    found = [example["label"] for example in examples["top"] if example["label"]]
    return list(dict.fromkeys(found))[:most]


def lede(filter: Fact, layer: Fact) -> Markup:
    """What is known of a filter, in a sentence or two of HTML."""
    examples, maximum = filter["examples"], (filter["maximize"] or {}).get("positive")
    if filter["dead"]:
        return _dead(examples)
    if not layer["reached"]:
        return Markup("The forward pass never reaches this layer, so only its kernels are known.")
    parts = [part for part in (_found(examples), _made(maximum, examples)) if part]
    if not parts:
        return Markup("Neither images nor made pictures tell of this filter yet.")
    return Markup(" ").join(parts)


def compared(found: Fact, examples: Fact | None, side: str = "strongest") -> str:
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


def failing(found: Fact, side: str = "strongest") -> str:
    """That a made picture fails, and after how many attempts; nothing where it does not."""
    if not found["flat"] and found["passed"] is not False:
        return ""
    why = "the picture is flat" if found["flat"] else f"does not beat the {side} image"
    return f"{attempts(found)}; {why}" if found.get("attempts", 1) > 1 else why


def attempts(found: Fact) -> str:
    """Which of its attempts a picture is."""
    tries = found["attempts"]
    return f"the best of {count(tries)} attempts" if tries > 1 else "the only attempt"


def tried(maximum: Fact | None) -> str:
    """What the attempts at exciting a dead filter came to."""
    found = (maximum or {}).get("positive")
    if found is None:
        return "Nothing excites this filter."
    reached = f"{attempts(found)} at a picture reaches {number(found['response'])}"
    return f"Nothing excites this filter: {reached}."


def units(layer: Fact) -> str:
    """Which units of the modules that concatenate them a layer's filters are, in a sentence.

    Empty where no module does, or no filter is shown; "among" where some between are not shown.
    """
    indices = [found["index"] for found in layer["filters"]]
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


def _dead(examples: Fact | None) -> Markup:
    if examples is None:
        return Markup("This filter is <b>dead</b>: nothing that was tried excites it.")
    images = plural(examples["images"], "image")
    highest, lowest = examples["bounds"]["highest"], examples["bounds"]["lowest"]
    if highest == lowest:
        response = number(highest)
        return Markup(f"This filter is <b>dead</b>: it answers {response} to each of {images}.")
    return Markup(
        f"This filter is <b>dead</b>: none of {images} brings its response above zero (the highest "
        f"is {number(highest)}), and no picture was found that does."
    )


def _found(examples: Fact | None) -> Markup:
    if not examples or not examples["top"]:
        return Markup("")
    named = labels(examples)
    typical = _typical(examples)
    if not named:
        highest = number(examples["bounds"]["highest"])
        images = plural(examples["images"], "image")
        return Markup(
            f"The strongest of {images} brings its response to <b>{highest}</b>{typical}."
        )
    start = "Answers to nearly everything, most" if everything(examples) else "Answers most"
    return Markup(f"{start} to images of {listing(named)}{typical}.")


def everything(examples: Fact) -> bool:
    """Whether a filter answers to nearly every image, and to most of them strongly."""
    reach = _reach(examples)
    return reach is not None and reach > 0.5 and examples["share_images"] >= 0.9


def _reach(examples: Fact) -> float | None:
    """What half of the images reach, in units of the highest; None where that says nothing."""
    highest = examples["bounds"]["highest"]
    return examples["percentiles"]["50"] / highest if highest > 0 else None


def _typical(examples: Fact) -> Markup:
    """How far typical images bring it, as the end of a sentence."""
    reach, share = _reach(examples), examples["share_images"]
    if reach is None or examples["images"] < 3:
        return Markup("")
    if share < 0.1:
        return Markup(f"; only <b>{percent(share)}</b> of all images bring it above zero")
    if reach <= 0:
        return Markup("; a typical image leaves it below zero")
    only = "only " if reach < 0.1 else ""
    return Markup(f"; a typical image brings it to {only}<b>{number(reach, 2)}</b> of its highest")


def _made(maximum: Fact | None, examples: Fact | None) -> Markup:
    if maximum is None:
        return Markup("")
    made, only = "The picture made for it", ""
    if maximum["passed"] is False:
        made += f", {attempts(maximum)}," + (" is flat and" if maximum["flat"] else "")
        only = "" if maximum["flat"] else "only "
    if maximum["ratio"] is None or examples is None:
        rest = compared(maximum, examples)
        reached = number(maximum["response"])
        return Markup(f"{made} reaches {only}<b>{reached}</b>{'; ' if rest else ''}{rest}.")
    images, times = plural(examples["images"], "image"), _times(maximum["ratio"])
    return Markup(
        f"{made} excites it {only}<b>{times} times</b> as much as the strongest of {images}."
    )


def alt(found: Fact, direction: str, place: str) -> str:
    """The alternative text of a made picture: what it is and what it reaches."""
    row, column = found["position"]
    return (
        f"Picture made to {direction} {place}: response {number(found['response'])} "
        f"at row {row}, column {column} of a {sides(found['map'])} map"
    )
