"""A network's layers in stages: those that stand one after another under one name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from convatlas.model.manifest import Layer, Network


class Stage(NamedTuple):
    """Layers in their order; ``name`` is what the names of several begin with, else the layer's."""

    name: str
    first: int  # place of the first layer in the network
    layers: Sequence[Layer]


def stages(network: Network) -> list[Stage]:
    """The stages of a network, each layer in one."""
    found: list[Stage] = []
    first = 0
    for name, layers in groupby(network["layers"], key=lambda layer: prefix(layer["name"])):
        members = list(layers)
        found.append(Stage(name if len(members) > 1 else members[0]["name"], first, members))
        first += len(members)
    return found


def prefix(name: str) -> str:
    """What the layers of a block have in common: "layer1.0" of "layer1.0.downsample.0".

    It ends with the first part that is a number, else with the first that has a digit, and leaves
    out the last part.
    """
    parts = name.split(".")[:-1]
    for pattern in (r"\d+", r".*\d.*"):
        for place, part in enumerate(parts, 1):
            if re.fullmatch(pattern, part):
                return ".".join(parts[:place])
    return ".".join(parts) or name
