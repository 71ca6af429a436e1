"""Small networks whose answers are known, and pictures that go with them."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F


class Known(nn.Module):
    """Filters that anybody can tell the best picture of.

    ``first``: 0 a vertical edge (bright on the right), 1 red against green, 2 brightness, 3
    nothing. ``second``: 0 follows the edge, 1 is dead (never above zero), 2 the edge through a
    batch norm that turns it round.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.second = nn.Conv2d(4, 3, 1, bias=True)
        self.norm = nn.BatchNorm2d(3)
        with torch.no_grad():
            kernels = torch.zeros(4, 3, 3, 3)
            kernels[0, :, :, 0], kernels[0, :, :, 2] = -1, 1
            kernels[1, 0, 1, 1], kernels[1, 1, 1, 1] = 1, -1
            kernels[2, :, 1, 1] = 1 / 3
            self.first.weight.copy_(kernels)
            mix = torch.zeros(3, 4, 1, 1)
            mix[0, 0], mix[1, 2], mix[2, 0] = 1, -1, 1
            self.second.weight.copy_(mix)
            self.second.bias.copy_(torch.tensor([0.0, -100.0, 0.0]))
            self.norm.weight.copy_(torch.tensor([1.0, 1.0, -1.0]))
            self.norm.running_var.fill_(1 - self.norm.eps)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x))
        return F.relu(self.norm(self.second(x))).mean((2, 3))


class Small(nn.Module):
    """Two conv layers with a batch norm between, random weights under a seed, for 3 x 24 x 24."""

    def __init__(self, seed: int = 0, channels: int = 3) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.conv1 = nn.Conv2d(channels, 6, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(6)
            self.conv2 = nn.Conv2d(6, 5, 3, stride=2)
            nn.init.normal_(self.bn1.weight)
            nn.init.normal_(self.bn1.bias)
            self.head = nn.Linear(5, 4)  # last, so that another head leaves the rest as it is

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.head(F.relu(self.conv2(x)).amax((2, 3)))


def small() -> Small:
    """For ``nets.py:small`` in an atlas file."""
    return Small()


def alike() -> Small:
    """For ``nets.py:alike``: other weights than those of ``small``, but similar responses."""
    network = Small()
    network.conv1.weight.data *= 1.1
    return network


def known() -> Known:
    """For ``nets.py:known`` in an atlas file."""
    return Known()


def write_pictures(folder, count: int = 12, size: int = 28) -> None:
    """Write PNG files of coloured noise and gradients, two classes in two folders."""
    random = np.random.default_rng(5)
    for number in range(count):
        target = folder / ("even" if number % 2 == 0 else "odd")
        target.mkdir(parents=True, exist_ok=True)
        low = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        picture = Image.fromarray(low).resize((size, size), Image.Resampling.BICUBIC)
        picture.save(target / f"picture {number}.png")


ATLAS = """
title: A test atlas
models:
  - name: small
    source: {nets}:small
    input: {{size: 24, resize: 24, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}}
images:
  - {{name: pictures, source: "folder:pictures", credit: nobody}}
lenses:
  examples: {{top: 3}}
  maximize: {{steps: 6, size: 16}}
"""


def write_atlas(folder) -> None:
    """Write ``atlas.yaml`` and its pictures into a folder."""
    from pathlib import Path

    write_pictures(folder / "pictures")
    (folder / "nets.py").write_text(Path(__file__).read_text())
    (folder / "atlas.yaml").write_text(ATLAS.format(nets="nets.py"))
