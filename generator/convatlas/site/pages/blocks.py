"""A network's layers grouped into stages by the common prefix of consecutive names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from convatlas.model.manifest import Layer, Network


class Stage(NamedTuple):
    """Consecutive layers; ``name`` is the prefix of several, or the name of a single layer."""

    name: str
    first: int  # index of the first layer in the network
    layers: Sequence[Layer]


def stages(network: Network) -> list[Stage]:
    """Return the stages of a network; each layer is in exactly one."""
    groups: list[Stage] = []
    first = 0
    for name, layers in groupby(network["layers"], key=lambda layer: prefix(layer["name"])):
        members = list(layers)
        groups.append(Stage(name if len(members) > 1 else members[0]["name"], first, members))
        first += len(members)
    return groups


def prefix(name: str) -> str:
    """Return the prefix that names a layer's stage: "layer1.0" for "layer1.0.downsample.0".

    The prefix ends with the first part, except the last, that is a number, or else with the first
    that contains a digit.
    """
    parts = name.split(".")[:-1]
    for pattern in (r"\d+", r".*\d.*"):
        for place, part in enumerate(parts, 1):
            if re.fullmatch(pattern, part):
                return ".".join(parts[:place])
    return ".".join(parts) or name
