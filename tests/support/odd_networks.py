"""Networks in which everything is unusual that a manifest has a word for."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Odd(nn.Module):
    """A residual block whose convolution is called twice, and others, for 3 x 24 x 24.

    ``grouped`` has three groups, ``wide`` is transposed and followed by no rectifier, both their
    outputs are concatenated, ``gate`` makes everything after it depend on the whole image,
    ``aside`` is never reached, and ``line`` is no layer.
    """

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
            self.norm = nn.BatchNorm2d(6)
            self.block = nn.Conv2d(6, 6, 3, padding=1, dilation=1)
            self.grouped = nn.Conv2d(6, 6, 1, groups=3)
            self.wide = nn.ConvTranspose2d(6, 4, 2, stride=2)
            self.gate = nn.Linear(6, 6)
            self.last = nn.Conv2d(6, 4, 3)
            self.aside = nn.Conv2d(3, 2, 3)
            self.line = nn.Conv1d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.stem(x)))
        x = x + F.relu(self.block(F.relu(self.block(x))))
        x = torch.cat([F.relu(self.grouped(x)), F.avg_pool2d(self.wide(x), 2)], 1)[:, :6]
        x = x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None]
        return self.line(self.last(x).flatten(2)).mean(2)


def odd() -> Odd:
    """For ``odd_networks.py:odd`` in an atlas file."""
    return Odd().eval()
