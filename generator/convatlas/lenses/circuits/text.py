"""Circuits of a filter in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.circuits.entries import AgreementEntry, CircuitsEntry, LayerCircuitsEntry
from convatlas.model.manifest import Layer, Network
from convatlas.ui.text import count, number, plural

TRUSTED = 0.9
"""The rank correlation with real ablation from which on drops are trusted."""
APPARENT = 0.05
"""What no single filter is responsible for is told from this share on."""


def change(drop: float) -> str:
    """Return what setting an input to its mean does to a response, in percent: "−42"."""
    size = abs(100 * drop)
    told = f"{size:.{0 if size >= 9.95 else 1}f}".removesuffix(".0")
    return told if told == "0" else f"{'+' if drop < 0 else '−'}{told}"


def part(share: float) -> str:
    """Return a part of a whole in percent; it may be above 100 or below 0."""
    return f"{number(round(100 * share))}\u00a0%"


def about(entry: CircuitsEntry) -> str:
    """Return sentences on what the numbers of a filter's inputs and outputs are.

    The section on the page of its layer, which the filter's leads to, has it in more words.
    """
    if not entry["inputs"]:
        told = "By how many % the response of each falls (−) or rises (+) without it."
        return told if entry["outputs"] else ""
    count = entry["images"]
    images = "its strongest image" if count == 1 else f"its {count} strongest images"
    outputs = " Outputs: theirs without it." if entry["outputs"] else ""
    return (
        f"By how many % its response at {images} falls (−) or rises (+) without an input; in small,"
        f" the input’s share of all ups and downs.{outputs}"
    )


def explained(entry: CircuitsEntry, gate: str | None = None) -> str:
    """Return sentences on how much of a response the inputs that are shown make up.

    Args:
        entry: What is told of the filter.
        gate: The layer whose filters scale its inputs, if there is one.
    """
    shown = len(entry["inputs"])
    these = "This one makes" if shown == 1 else f"These {shown} make"
    told = f"{these} up {part(entry['explained'])}"
    if others := entry["count"] - shown:
        name = "the other input" if others == 1 else f"the {count(others)} other inputs"
        told = f"{told}, {name} {part(entry['total'] - entry['explained'])}"
    rest = 1 - entry["total"]
    if gate is not None:
        return (
            f"{told}. Through the gate ({gate}): {part(rest)}. Its factors are held at what they"
            " are in each image, so this is what is left with all inputs at their means."
        )
    if abs(rest) >= APPARENT:
        told = f"{told}; {part(rest)} is due to no input alone, as with padding and max pooling"
    return f"{told}."


def silent(entry: CircuitsEntry, layer: LayerCircuitsEntry, *, reads_picture: bool) -> str:
    """Return a sentence on why a filter has no inputs to tell of."""
    if "reason" in layer:
        return f"Nothing is told of it: {layer['reason']}."
    if reads_picture:
        return "Its input is the picture itself."
    if not layer["layers"]:
        return "Its inputs are no single filters, as channels are mixed on the way to it."
    if entry["excess"] <= 0 or not entry["count"]:
        return "No image excites it, so there is no response to explain."
    return "None of its inputs changes its response."


def reads_picture(network: Network, layer: Layer, entry: LayerCircuitsEntry) -> bool:
    """Return whether the input of a layer is the picture."""
    sides = zip(layer["kernel"], layer["dilation"], strict=True)
    alone = [dilation * (side - 1) + 1 for side, dilation in sides]
    same = layer["channels"] == network["preprocessing"]["channels"]
    return not entry["layers"] and same and layer["local_receptive_field"] == alone


def left_out(entry: LayerCircuitsEntry) -> str:
    """Return a sentence on input channels that are not told of, or ""."""
    if not entry["layers"] or not entry["unknown"]:
        return ""
    channels, one = plural(entry["unknown"], "input channel"), entry["unknown"] == 1
    verb = "is a mixture" if one else "are mixtures"
    return f"{channels} {verb} of channels and left out."


def reasons(groups: Sequence[int]) -> str:
    """Return a sentence on the two kinds of a filter's strongest images."""
    first, second = (
        [str(rank) for rank, group in enumerate(groups, 1) if group == which] for which in (0, 1)
    )
    return (
        f"It responds for two reasons: other inputs drive it at image{_listed(first)} than at"
        f" image{_listed(second)}."
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f" {names[0]}"
    return f"s {', '.join(names[:-1])} and {names[-1]}"


def doubt(layer: LayerCircuitsEntry, *, behind: bool) -> str:
    """Return which drops agree badly with those of filters that were really removed, or ""."""
    own = _disagreement(layer["audit"])
    beyond = _disagreement(layer["audit_behind"]) if behind else ""
    told = [own and f"rank correlation {own}", beyond and f"behind the bottleneck {beyond}"]
    return f"Removal test: {', '.join(filter(None, told))}" if any(told) else ""


def _disagreement(audit: AgreementEntry | None) -> str:
    if audit is None or audit["spearman"] is None or audit["spearman"] >= TRUSTED:
        return ""
    return f"{audit['spearman']:.2f} (do not rely on these)".replace("-", "−")
