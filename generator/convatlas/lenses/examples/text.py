"""The statistics of a filter over an image set, in sentences."""

from __future__ import annotations

from markupsafe import Markup

from convatlas.lenses.examples.entries import ExamplesEntry
from convatlas.lenses.examples.entries import shown as all_shown
from convatlas.ui.text import listing, number, percent, plural


def images(examples: ExamplesEntry) -> str:
    """Return sentences on the responses to images, and on the histogram's sample."""
    shown, sampled = examples["images"], examples["sampled"]
    spread = _spread(examples["mean_highest"], examples["std_highest"])
    told = f"The highest response to an image is {spread}."
    if reached := reach(examples):
        told = f"{reached} {told}"
    return f"{told} The bars count {plural(sampled, 'image')}." if sampled < shown else told


def reach(examples: ExamplesEntry) -> str:
    """Return a sentence on how many images reach the layer, "" if all do."""
    images, of = examples["images"], all_shown(examples)
    return f"The layer is reached by {images:,} of {of:,} images, of which all is told." * (
        images < of
    )


def positions(examples: ExamplesEntry) -> str:
    """Return sentences on the responses at all positions."""
    return (
        f"Above zero at {percent(examples['share_positions'])} of all positions. The response is "
        f"{_spread(examples['mean'], examples['std'])} (mean ± standard deviation)."
    )


def _spread(mean: float, deviation: float) -> str:
    """Format a mean with its standard deviation: "95.2 ± 28.8"."""
    return f"{number(mean)} ± {number(deviation)}"


def among(examples: ExamplesEntry) -> str:
    """Return a sentence on how often the filter is among the strongest of its layer.

    It is empty if all filters of the layer always are.
    """
    shares = sorted((int(rank), share) for rank, share in examples["among"].items())
    parts = [
        f"the strongest filter of its layer on {percent(share)} of the images"
        for rank, share in shares
        if rank == 1 and share < 1
    ]
    others = [f"{rank} on {percent(share)}" for rank, share in shares if rank > 1 and share < 1]
    if others:
        *rest, last = others
        parts.append(f"among the strongest {', '.join(rest)}{' and ' if rest else ''}{last}")
    return f"By mean response it is {', '.join(parts)}." if parts else ""


def classes(examples: ExamplesEntry) -> str:
    """Return a sentence on what the bars of the classes show."""
    counts = {entry["images"] for entry in examples["classes"]}
    if counts == {1}:
        return "Each of these classes has one image, so they say no more than the strongest images."
    if len(counts) == 1:
        (each,) = counts
        return f"Mean of the highest responses to a class’s {plural(each, 'image')}."
    return "Mean of the highest responses to a class’s images."


def selectivity(examples: ExamplesEntry) -> str:
    """Return a sentence on how much the best class stands out; "" if unknown or without one."""
    value = examples["selectivity"]
    if value is None or not examples["classes"] or examples["classes"][0]["mean"] <= 0:
        return ""
    measure = f"(selectivity {number(value, 2)})"
    if value >= 0.9:  # the best class has at least 19 times the mean of the others
        second = examples["classes"][1]["mean"] if len(examples["classes"]) > 1 else 0.0
        none = "The others hardly excite it" if second > 0 else "No other class excites it"
        return f"{none} {measure}."
    times = number((1 + value) / (1 - value), 2)
    if value < 0.2:
        best = f"the best excites it {times} times as much as the others"
        return f"No class stands out: {best} {measure}."
    return f"The best class excites it {times} times as much as the others on average {measure}."


def lede(examples: ExamplesEntry) -> Markup:
    """Return a sentence on which images excite a filter, and on how strongly typical images do."""
    if not examples["top"]:
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


def dead_lede(examples: ExamplesEntry) -> Markup:
    """Return a sentence on the responses of a dead filter."""
    images = plural(examples["images"], "image")
    highest, lowest = examples["bounds"]["highest"], examples["bounds"]["lowest"]
    if highest == lowest:
        response = number(highest)
        return Markup(f"This filter is <b>dead</b>: it answers {response} to each of {images}.")
    return Markup(
        f"This filter is <b>dead</b>: none of {images} brings its response above zero (the highest "
        f"is {number(highest)}), and no picture was found that does."
    )


def labels(examples: ExamplesEntry, most: int = 3) -> list[str]:
    """Return up to ``most`` different labels of the top images, the strongest first."""
    found = [example["label"] for example in examples["top"] if example["label"]]
    return list(dict.fromkeys(found))[:most]


def everything(examples: ExamplesEntry) -> bool:
    """Return whether a filter responds to nearly all images, and strongly to most of them."""
    reach = _reach(examples)
    return reach is not None and reach > 0.5 and examples["share_images"] >= 0.9


def _reach(examples: ExamplesEntry) -> float | None:
    """Return the median over the highest response; None if the highest is not above zero."""
    highest = examples["bounds"]["highest"]
    return examples["percentiles"]["50"] / highest if highest > 0 else None


def _typical(examples: ExamplesEntry) -> Markup:
    """Return the end of a sentence, on the responses to typical images."""
    reach, share = _reach(examples), examples["share_images"]
    if reach is None or examples["images"] < 3:
        return Markup("")
    if share < 0.1:
        return Markup(f"; only <b>{percent(share)}</b> of all images bring it above zero")
    if reach <= 0:
        return Markup("; a typical image leaves it below zero")
    only = "only " if reach < 0.1 else ""
    return Markup(f"; a typical image brings it to {only}<b>{number(reach, 2)}</b> of its highest")
