"""Numbers and findings in words: what a reader is told, said once for all pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

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
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


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
    bold = [Markup("<b>{}</b>").format(word) for word in words]
    if len(bold) < 2:
        return Markup("").join(bold)
    return Markup("{} and {}").format(Markup(", ").join(bold[:-1]), bold[-1])


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
        return f"{number(found['ratio'], 2)} times the {side} of {images}"
    best = examples["highest"] if side == "strongest" else examples["lowest"]
    return f"the {side} of {images} reaches {number(best)}"


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
    if examples["highest"] == examples["lowest"]:
        response = number(examples["highest"])
        return Markup(f"This filter is <b>dead</b>: it answers {response} to each of {images}.")
    return Markup(
        f"This filter is <b>dead</b>: none of {images} brings its response above zero (the highest "
        f"is {number(examples['highest'])}), and no picture was found that does."
    )


def _found(examples: Fact | None) -> Markup:
    if not examples or not examples["top"]:
        return Markup("")
    named = labels(examples)
    if not named:
        highest, images = number(examples["highest"]), plural(examples["images"], "image")
        return Markup(f"The strongest of {images} brings its response to <b>{highest}</b>.")
    return Markup("Answers most to images of {}.").format(listing(named))


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
    images, times = plural(examples["images"], "image"), number(maximum["ratio"], 2)
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
