"""What is said of the circuits of a layer as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from convatlas.lenses.circuits.entries import AgreementEntry, LayerCircuitsEntry
from convatlas.lenses.circuits.gates import gate
from convatlas.lenses.circuits.text import reads_picture
from convatlas.model.manifest import Layer, Network
from convatlas.ui.text import count, form, percent, plural

TRUSTED = 0.9
"""The rank correlation with real ablation from which on drops are trusted."""


def trust(entry: LayerCircuitsEntry, layer: Layer, network: Network) -> str:
    """Return sentences on which inputs are known, and on how far to trust their drops."""
    return " ".join(_sentences(entry, layer, network))


def _sentences(entry: LayerCircuitsEntry, layer: Layer, network: Network) -> Iterator[str]:
    if "reason" in entry:
        yield f"Nothing is told of its filters: {entry['reason']}."
        return
    if entry["unknown"] >= layer["channels"]:
        yield _without(network, layer, entry)
        return
    if entry["audit"] is not None:
        yield _tested(entry["audit"], layer)
    if entry["audit_behind"] is not None:
        yield _tested_behind(entry["audit_behind"])
    if (name := gate(network, layer, entry)) is not None:
        yield (
            f"A gate ({name}) scales its inputs; its factors are held at what they are in each"
            " image, so what an input does by way of them is in no drop."
        )
    if entry["unknown"]:
        verb = "is" if entry["unknown"] == 1 else "are"
        of = f"{count(entry['unknown'])} of {plural(layer['channels'], 'input channel')}"
        yield f"{of} {verb} no single {form('filter', entry['unknown'])}, and left out."
    if entry["sums"]:
        start = f"{plural(entry['sums'], 'input channel')}"
        verb = "is a sum" if entry["sums"] == 1 else "are sums"
        yield (
            f"{start} {verb} of several filters: a drop is that of one of them, a share or a"
            " weight that of the sum."
        )


def _without(network: Network, layer: Layer, entry: LayerCircuitsEntry) -> str:
    if reads_picture(network, layer, entry):
        return "The layer reads the picture itself: no filter comes before it."
    return "None of its input channels is a single filter of a layer before it, so none is listed."


def _tested(audit: AgreementEntry, layer: Layer) -> str:
    told = _agreement(audit)
    if told is None:
        return f"{_compared(audit)} but they are all alike, so that their order says nothing."
    low = "" if _trusted(audit) else " That is low: do not rely on the drops in this layer."
    return f"{_compared(audit)} {told}.{low}"


def _compared(audit: AgreementEntry) -> str:
    what = f"Tested with {plural(audit['drops'], 'drop')} of filters that were really set to"
    return f"{what} their mean, one at a time:"


def _tested_behind(audit: AgreementEntry) -> str:
    told = _agreement(audit)
    if told is None:
        return "Behind bottlenecks nothing could be compared."
    low = "" if _trusted(audit) else " That is low: do not rely on what stands behind bottlenecks."
    return f"Behind bottlenecks, two layers back: {told}.{low}"


def _agreement(audit: AgreementEntry) -> str | None:
    if audit["spearman"] is None:
        return None
    told = f"rank correlation {audit['spearman']:.2f}".replace("-", "−")
    if audit["top5"] is None:
        return told
    return f"{told}, and {percent(audit['top5'])} of a response’s five largest are the same"


def _trusted(audit: AgreementEntry) -> bool:
    return (audit["spearman"] or 0.0) >= TRUSTED
