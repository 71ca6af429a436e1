"""Circuits on a filter's page: its inputs, itself, and its consumers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypedDict

from convatlas.lenses.circuits import text
from convatlas.lenses.circuits.entries import (
    CircuitsEntry,
    LayerCircuitsEntry,
    circuits,
    layer_circuits,
)
from convatlas.lenses.circuits.gates import gate
from convatlas.lenses.circuits.lists import Column, Lists
from convatlas.lenses.circuits.vlq import encoded
from convatlas.lenses.parts.view import FilterPage, PageSection, View

BEHIND = 4
"""How many filters behind a bottleneck are shown."""


class Circuit(NamedTuple):
    """What a filter's page shows."""

    inputs: Sequence[Column]
    outputs: Column | None
    behind: Column | None
    about: str
    """Why there are no inputs, if so, and what the numbers are."""
    remarks: str
    trust: str
    """What the link to the layer's section says."""
    by_image: str
    """For the script, the drops of the first input at each image in percent, then those of the
    others, in base64 VLQ; "" if there is only one image."""
    reasons: str
    """For the script, the group of each image, "010"; "" if there is only one."""
    kernels: str
    """For the script, the file of the layer's kernels, their height and width, and where the
    filter's begin, from above; of single weights, their signs: "+-+"."""


class CircuitContext(TypedDict):
    """What ``lenses/circuits/circuit.html`` reads."""

    circuit: Circuit | None


class CircuitsView(View):
    """Lists of neighbours, between which a script draws lines."""

    sections = (PageSection("lenses/circuits/circuit.html", 130),)

    def filter_context(self, page: FilterPage) -> Mapping[str, object]:
        """Return a ``CircuitContext``."""
        entry, layer = circuits(page.filter), layer_circuits(page.layer)
        return CircuitContext(circuit=_circuit(entry, layer, page) if entry and layer else None)


def _circuit(entry: CircuitsEntry, layer: LayerCircuitsEntry, page: FilterPage) -> Circuit:
    lists = Lists({each["name"]: each for each in page.network["layers"]})
    silent = "" if entry["inputs"] else _silent(entry, layer, page)
    return Circuit(
        lists.inputs(entry["inputs"]),
        lists.mixed("Go on from it", entry["outputs"]),
        lists.mixed("Behind the bottleneck", entry["behind"][:BEHIND]),
        f"{silent} {text.about(entry)}".strip(),
        _remarks(entry, layer, page) if entry["inputs"] else "",
        text.doubt(layer, behind=bool(entry["behind"])) or "How far to trust this",
        _by_image(entry),
        "".join(map(str, entry.get("groups", ()))),
        _kernels(entry, layer, page),
    )


def _silent(entry: CircuitsEntry, layer: LayerCircuitsEntry, page: FilterPage) -> str:
    reads = text.reads_picture(page.network, page.layer, layer)
    return text.silent(entry, layer, reads_picture=reads)


def _remarks(entry: CircuitsEntry, layer: LayerCircuitsEntry, page: FilterPage) -> str:
    told = (
        text.explained(entry, gate(page.network, page.layer, layer)),
        text.left_out(layer),
        text.reasons(entry["groups"]) if "groups" in entry else "",
    )
    return " ".join(each for each in told if each)


def _by_image(entry: CircuitsEntry) -> str:
    """Return the drops at each image in percent, of the same excess as their means."""
    if entry["images"] < 2:
        return ""
    drops = chain.from_iterable(each["by_image"] for each in entry["inputs"])
    return encoded(round(100 * drop / entry["excess"]) for drop in drops)


def _kernels(entry: CircuitsEntry, layer: LayerCircuitsEntry, page: FilterPage) -> str:
    slices = layer.get("slices")
    if slices is not None:
        (height, width), filters = slices["size"], page.layer["filters"]
        place = bisect_left(filters, page.filter["index"], key=lambda filter: filter["index"])
        return f"{slices['picture']['file']} {height} {width} {place * height}"
    if page.layer["kernel"] != [1, 1]:
        return ""
    return "".join("+" if each["weight"] > 0 else "-" for each in entry["inputs"])
