"""The part of the manifest on circuits: of filters, and of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convatlas.lenses.circuits.entries import (
    AgreementEntry,
    CircuitsEntry,
    InputEntry,
    LayerCircuitsEntry,
    NeighbourEntry,
    layer_circuits,
)
from convatlas.lenses.circuits.packing import unpacked
from convatlas.lenses.circuits.records import (
    CircuitData,
    Input,
    Removal,
    read_circuit,
    read_layer_circuits,
)
from convatlas.lenses.parts.section import Entries, LayerResults, Place, Section
from convatlas.model.manifest import File, Network, layer_folder
from convatlas.ui.network_results import NetworkResults

DECIMALS = 3
"""Of drops and shares."""
DIGITS = 3
"""Significant digits of weights."""
LEAST = 0.01
"""The drop from which on an input that inhibits, or an output, is told of; the first output is in
any case."""


class CircuitsSection(Section):
    """What makes each filter respond, what goes on from it, and how far to trust that."""

    entry = CircuitsEntry
    layer_kind = LayerCircuitsEntry

    def entries(self, layer: LayerResults) -> Entries | None:
        """Return the function that makes a filter's entry; None if nothing is known."""
        records, name = layer.records, layer.layer.name
        known = read_layer_circuits(records, name)
        if known is None:
            return None
        layers, after = known.data["layers"], known.data["after"]

        def entry(index: int, place: Place) -> CircuitsEntry | None:
            record = read_circuit(records, name, index)
            return _entry(unpacked(record.data, after), layers) if record else None

        return entry

    def layer_entry(self, layer: LayerResults) -> LayerCircuitsEntry | None:
        """Return what is known of the layer's inputs, without the picture of the kernels."""
        record = read_layer_circuits(layer.records, layer.layer.name)
        if record is None:
            return None
        data = record.data
        told: LayerCircuitsEntry = {
            "layers": data["layers"],
            "unknown": data["unknown"],
            "sums": data["sums"],
            "audit": _agreement(data["removal"]),
            "audit_behind": _agreement(data["behind"]),
        }
        if data["reason"] is not None:
            told["reason"] = data["reason"]
        return told

    def atlas_entries(
        self, results: Sequence[NetworkResults], networks: Sequence[Network], files: dict[str, str]
    ) -> Mapping[str, object]:
        """Return nothing; publish the picture of each layer's kernels, and complete its entry."""
        for own, network in zip(results, networks, strict=True):
            for layer in network["layers"]:
                entry = layer_circuits(layer)
                record = read_layer_circuits(own.records, layer["name"])
                if entry is None or record is None or "slices" not in record.pictures:
                    continue
                picture = record.pictures["slices"]
                name = picture.file("slices")
                files[layer_folder(layer) + name] = picture.digest
                file: File = {"file": name, "width": picture.width, "height": picture.height}
                entry["slices"] = {"picture": file, "size": record.data["slices"]}
        return {}


def _entry(data: CircuitData, layers: Sequence[str]) -> CircuitsEntry:
    """Return a filter's entry, with drops as shares of the excess."""
    excess = data["excess"]
    inhibiting = [each for each in data["inhibiting"] if each[2] <= -LEAST * excess]
    listed = [*data["exciting"], *inhibiting] if excess > 0 else []
    inputs = [_input(each, layers, excess) for each in listed]
    told: CircuitsEntry = {
        "images": data["images"],
        "excess": excess,
        "inputs": inputs,
        "explained": _share(sum(each[2] for each in listed) / excess) if listed else 0.0,
        "total": _share(data["total"] / excess) if listed else 0.0,
        "count": data["inputs"],
        "behind": [
            {"layer": layers[place], "index": index, "drop": _share(drop / excess)}
            for place, index, drop in data["behind"]
            if excess > 0
        ],
        "outputs": [
            {"layer": layer, "index": index, "drop": _share(drop)}
            for rank, (layer, index, drop) in enumerate(data["consumers"])
            if not rank or abs(drop) >= LEAST
        ],
    }
    if data["groups"]:
        told["groups"] = data["groups"]
    return told


def _input(told: Input, layers: Sequence[str], excess: float) -> InputEntry:
    place, index, drop, share, weight, by_image = told
    neighbour: NeighbourEntry = {
        "layer": layers[place],
        "index": index,
        "drop": _share(drop / excess),
    }
    return {
        **neighbour,
        "share": None if share is None else _share(share),
        "weight": float(f"{weight:.{DIGITS}g}"),
        "by_image": by_image,
    }


def _agreement(told: Removal | None) -> AgreementEntry | None:
    if told is None:
        return None
    return {"drops": told["drops"], "spearman": told["spearman"], "top5": told["overlap"]}


def _share(value: float) -> float:
    """Round a share, of which one digit is kept where it would be zero."""
    return round(value, DECIMALS) or float(f"{value:.1g}")
