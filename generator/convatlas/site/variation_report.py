"""Which layers' responses a picture does not determine, for pages and for the end of a build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from convatlas.model.manifest import Layer, Manifest, Network
from convatlas.model.records import Json
from convatlas.ui.text import percent, plural

Kind = Literal["runs", "batch"]

EFFECTS: dict[Kind, str] = {
    "runs": "from run to run",
    "batch": "beside other pictures",
}
REMEDIES: dict[Kind, str] = {
    "runs": (
        ": numbers and pictures cannot be had again; switch off what is random or keeps state in"
        " the forward pass, such as dropout"
    ),
    "batch": ", so pictures are shown one at a time",
}
"""The end of a sentence: what follows, and what to do."""


@dataclass(frozen=True)
class Group:
    """The layers of a network that vary in one way, those that vary most first."""

    kind: Kind
    layers: Sequence[tuple[Layer, float]]
    """Each with the largest difference, as a share of the range of its responses."""

    @property
    def summary(self) -> str:
        """A sentence without a full stop, with the layer that varies most."""
        layer, most = self.layers[0]
        count = len(self.layers)
        verb = "differs" if count == 1 else "differ"
        which = layer["name"] if count == 1 else f"most of all {layer['name']},"
        worst = f"({which} by up to {percent(most)})"
        return f"{plural(count, 'layer')} {verb} {EFFECTS[self.kind]} {worst}{REMEDIES[self.kind]}"


def groups(network: Network) -> list[Group]:
    """Return the layers of a network that vary, by the way in which they do."""
    found = [(kind, _varying(network, kind)) for kind in EFFECTS]
    return [Group(kind, layers) for kind, layers in found if layers]


def _varying(network: Network, kind: Kind) -> list[tuple[Layer, float]]:
    shares = [
        (layer, share)
        for layer in network["layers"]
        if "varies" in layer and (share := layer["varies"][kind]) is not None
    ]
    return sorted(shares, key=lambda pair: -pair[1])


def sentence(layer: Layer) -> str | None:
    """Return what a layer's page says of how it varies; None if it does not."""
    varies = layer.get("varies")
    if varies is None:
        return None
    if varies["runs"] is not None:
        return (
            f"Its responses to one picture differ by up to {percent(varies['runs'])} of their range"
            " from run to run: something in the forward pass is random or keeps state. The numbers"
            " and pictures here come from single runs, and cannot be had again."
        )
    return (
        f"Its responses to one picture differ by up to {percent(varies['batch'] or 0)} of their"
        " range beside other pictures in a batch. The numbers and pictures here are those of"
        " pictures shown one at a time."
    )


def lines(manifest: Manifest) -> Iterator[str]:
    """Yield a line for each way in which layers of a network vary."""
    for network in manifest["networks"]:
        for group in groups(network):
            line = f"{network['name']}: {group.summary}"
            yield line.replace("\N{NO-BREAK SPACE}", " ")


def report(manifest: Manifest) -> list[Json]:
    """Return each layer that varies, with the shares by which it does."""
    return [
        {"network": network["name"], "layer": layer["name"], **layer["varies"]}
        for network in manifest["networks"]
        for layer in network["layers"]
        if "varies" in layer
    ]
