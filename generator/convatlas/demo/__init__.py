"""A small trained network and the pictures it was trained on; nothing has to be downloaded.

``atlas.yaml`` names the two functions of this module as sources. Torch is imported only when the
network is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from convatlas.demo.drawings import Drawings

if TYPE_CHECKING:
    from torch import nn

WEIGHTS = Path(__file__).with_name("weights.safetensors")
"""The trained weights, written by ``python -m convatlas.demo.train``."""


def network() -> nn.Module:
    """The trained network, ready to classify pictures [n, 3, 96, 96] into ``draw.CLASSES``."""
    from safetensors.torch import load

    from convatlas.demo.convnet import DemoNet
    from convatlas.demo.draw import CLASSES

    net = DemoNet(len(CLASSES))
    net.load_state_dict(load(WEIGHTS.read_bytes()))
    return net.eval()


def pictures(count: int = 600) -> Drawings:
    """``count`` pictures that the network was not trained on, equally many of every class."""
    return Drawings(count)
