"""Effects in sentences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isfinite

from markupsafe import Markup

from convatlas.lenses.effects.entries import (
    AuditEntry,
    ClassEffect,
    EffectsEntry,
    LayerEffectsEntry,
    MeasuredEntry,
)
from convatlas.ui.text import number, ordinal, percent, plural

TRUSTED = 0.9
"""The rank correlation with real ablation from which on predicted effects are trusted."""
ROUGH = (
    "That is low for single images, so do not rely on what a filter does to one {}; in what "
    "order the filters matter is predicted well"
)
UNRELIABLE = "That is low: do not rely on the effects in this layer."
LEAST = 1e-4
"""The smallest number that is written without an exponent."""
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
CLEAR = 4
"""A mean effect has a direction if it is at least the mean size divided by this."""
CUT_OFF = (
    "No gradient leads there, as after a detach, so that nothing is predicted: do not rely on the "
    "effects in this layer."
)
HARDLY = 0.01
"""A mean effect below this, in logits, is told as none."""


def lede(entry: EffectsEntry) -> Markup:
    """Return a sentence on what a filter does, for the top of its page."""
    start = "Set to zero" if "baseline" in entry else "Set to its mean"
    if "target" in entry:
        return Markup("{}, it {}.").format(start, _change(entry, entry["target"]))
    parts = _losses(entry)
    does = Markup(" and ").join(parts) if parts else "hardly changes any class’s score"
    return Markup("{}, it {}.").format(start, does)


def _change(entry: EffectsEntry, target: str) -> Markup:
    """Return what a filter does to a number of the user's own: "takes 1.9 off the mean depth"."""
    name, mean = Markup("<i>{}</i>").format(target), quantity(abs(entry["mean"]))
    if not entry["share_images"]:
        word = "hardly changes" if entry["size"] else "does not change"
        return Markup("{} {}").format(word, name)
    if abs(entry["mean"]) < entry["size"] / CLEAR:
        told = Markup("changes {} by <b>{}</b> on average, up on some images and down on others")
        return told.format(name, quantity(entry["size"]))
    if entry["mean"] > 0:
        return Markup("takes <b>{}</b> off {} on average").format(mean, name)
    return Markup("adds <b>{}</b> to {} on average").format(mean, name)


def quantity(value: float, digits: int = 2) -> str:
    """Return a value in a unit of the user's own; unlike ``number``, small ones as 2.3 × 10⁻⁵."""
    if value == 0 or abs(value) >= LEAST or not isfinite(value):
        return number(value, digits)
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e-")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    raised = str(int(power)).translate(SUPERSCRIPT)
    return f"{mantissa.replace('-', '−')}\u00a0×\u00a010⁻{raised}"


def _losses(entry: EffectsEntry) -> list[Markup]:
    told = (*entry["raises"], *entry["lowers"])
    least = max([HARDLY, *(abs(each["logit"]) / 4 for each in told)])
    raised = [each for each in entry["raises"][:2] if each["logit"] >= least]
    lowered = [each for each in entry["lowers"][:1] if each["logit"] <= -least]
    takes = [Markup("takes {}").format(_listed(raised, "off"))] if raised else []
    gives = [Markup("gives {}").format(_listed(lowered, "to"))] if lowered else []
    return takes + gives


def _listed(effects: Sequence[ClassEffect], word: str) -> Markup:
    told = (
        Markup("<b>{}</b> {} {}").format(number(abs(each["logit"]), 2), word, each["class"])
        for each in effects
    )
    return Markup(" and ").join(told)


def standing(entry: EffectsEntry, filters: int) -> str:
    """Return a sentence on how much a filter matters.

    Args:
        entry: The filter's entry.
        filters: How many filters of its layer the atlas shows.
    """
    rank = "most important" if entry["rank"] == 1 else f"{ordinal(entry['rank'])} most important"
    place = f"It is the {rank} of {plural(filters, 'filter')} in its layer"
    lead = entry.get("target", "the lead")
    if "target" not in entry:
        place = f"{place} for the loss"
    if entry["share_images"] == 1:
        return f"{place}; on every image {lead} changes by more than 1\u00a0%."
    still = percent(1 - entry["share_images"])
    return f"{place}; on {still} of the images {lead} changes by less than 1\u00a0%."


def averaged(counts: Collection[int]) -> str:
    """Return over which images of a class its effects are averaged, given the classes' numbers."""
    if len(counts) != 1:
        return "its images"
    (count,) = counts
    return "its one image" if count == 1 else f"its {plural(count, 'image')}"


def aside(entry: EffectsEntry, exciting: str | None) -> str:
    """Return a word on a class that excites a filter most, but that it does nothing for, or "".

    Only the classes that the filter does most for are known; what it does for another one is less
    than for the last of them.
    """
    told = [*entry["raises"], *entry["lowers"]]
    if exciting is None or any(each["class"] == exciting for each in told):
        return ""
    most, best = (entry["raises"][place]["logit"] if entry["raises"] else 0.0 for place in (-1, 0))
    if most < HARDLY:
        return f"It answers most to {exciting}, but does nothing for that class."
    if most > best / 4:
        return ""
    return f"It answers most to {exciting}, but does no more than {number(most, 2)} for that class."


def trust(layer: LayerEffectsEntry) -> str:
    """Return sentences on how well predictions agree with real ablation in a layer."""
    audit = layer["audit"]
    value = "zero" if "baseline" in layer else "their mean"
    tested = f"{plural(audit['filters'], 'filter')} on {plural(audit['images'], 'image')}"
    if audit["spearman"] is None and audit["slope"] is None and audit["size"]:
        lead = layer["target"]["name"] if "target" in layer else "the lead"
        change = f"changed {lead} by {quantity(audit['size'])} on average"
        told = f"Really setting {tested} to {value} {change}."
        return f"{told} {measured(layer) or CUT_OFF}"
    if audit["spearman"] is None:
        return f"Really setting {tested} to {value} changed nothing that could be ranked."
    agreement = f"rank correlation {number(audit['spearman'], 2)}"
    start = f"Tested by really setting {tested} to {value}: {agreement}{_slope(audit)}."
    if "measured" in layer:
        return f"{start} {measured(layer)}"
    if audit["spearman"] >= TRUSTED:
        return start
    if (audit["spearman_filters"] or 0) >= TRUSTED:
        rough = ROUGH.format("image" if "target" in layer else "class")
        return f"{start} {rough} ({number(audit['spearman_filters'], 2)})."
    return f"{start} {UNRELIABLE}"


def confidence(layer: LayerEffectsEntry) -> str:
    """Return a sentence on how the effects on a filter's page are known, or "" if by prediction."""
    if "measured" not in layer:
        return trust(layer) if doubt(layer) else ""
    value = "zero" if "baseline" in layer else "its mean"
    return f"Measured by really setting it to {value} on {_measured(layer['measured'])}."


def measured(layer: LayerEffectsEntry) -> str:
    """Return a sentence on what was measured in a layer, or ""."""
    if "measured" not in layer:
        return ""
    value = "zero" if "baseline" in layer else "its mean"
    told = f"each filter was really set to {value} on {_measured(layer['measured'])}"
    told = f"So {told}: what its page says is measured."
    if "target" in layer or _complete(layer):
        return told
    return f"{told} Pages of classes, and what is behind wrong images, go by prediction."


def _measured(told: MeasuredEntry) -> str:
    if told["images"] == told["of"]:
        return "all images" if told["of"] > 1 else "the image"
    if told["each"] == told["images"]:
        return f"{plural(told['images'], 'image')} of {told['of']:,}"
    each = told["each"] - told["images"]
    return (
        f"{plural(told['images'], 'image')} of {told['of']:,}, and up to {each} more on which most "
        "was predicted"
    )


def _complete(layer: LayerEffectsEntry) -> bool:
    """Return whether each filter was really set to its baseline on all images."""
    return "measured" in layer and layer["measured"]["images"] == layer["measured"]["of"]


def class_doubt(layer: LayerEffectsEntry | None) -> str:
    """Return ``doubt`` about what the pages of classes tell of a layer's filters."""
    return "" if layer and _complete(layer) else doubt(layer)


def _slope(audit: AuditEntry) -> str:
    if audit["slope"] is None:
        return ""
    return f"; a true effect is {number(audit['slope'], 2)} times the predicted one"


def doubt(layer: LayerEffectsEntry | None) -> str:
    """Return in how far the effects of a layer are not to be relied on, in few words, or ""."""
    audit = layer["audit"] if layer else None
    if audit and (audit["spearman"] or 0) >= TRUSTED:
        return ""
    if audit and (audit["spearman_filters"] or 0) >= TRUSTED:
        return "rough on single images"
    return "not to be relied on"


def shared(layer: LayerEffectsEntry) -> str:
    """Return a sentence on how many filters have half of a layer's effects."""
    if not layer["half"]:
        return "No filter of this layer has any effect on the images."
    half, all_of = layer["half"], layer["filters"]
    share = percent(half / all_of)
    return f"{plural(half, 'filter')} of {all_of:,} ({share}) have half of the layer’s effects."
