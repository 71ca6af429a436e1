"""A second network for the demo's drawings: residual, trained apart, on other drawings, plainly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from convatlas.demo.draw import CLASSES
from convatlas.demo.drawings import TRAINING, Drawings
from convatlas.demo.fit import Schedule, fit

SEED = 1
SEEN = 400
"""Pictures of each class."""
SCHEDULE = Schedule(epochs=6)


class Residual(nn.Module):
    """Two convolutions, of which the first halves the map, beside a shortcut."""

    def __init__(self, channels: int, filters: int) -> None:
        """Untrained."""
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, filters, 3, 2, 1, bias=False),
            nn.BatchNorm2d(filters),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False),
            nn.BatchNorm2d(filters),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2), nn.Conv2d(channels, filters, 1, bias=False), nn.BatchNorm2d(filters)
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Maps [n, channels, h, w] to [n, filters, h / 2, w / 2]."""
        result: Tensor = (self.body(maps) + self.shortcut(maps)).relu()
        return result


def judge() -> nn.Module:
    """The untrained judge, for the demo's inputs."""
    return nn.Sequential(
        nn.Conv2d(3, 24, 3, 2, 1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        Residual(24, 40),
        Residual(40, 64),
        Residual(64, 96),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(96, len(CLASSES)),
    )


def trained(file: Path) -> nn.Module:
    """The judge with the weights of a file, which is written where it is missing."""
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        save_file(_weights(), file)
    net = judge()
    net.load_state_dict(load_file(file))
    return net.eval()


def _weights() -> Mapping[str, Tensor]:
    torch.set_num_threads(1)  # sums depend on it
    torch.manual_seed(SEED)
    net = judge().to(memory_format=torch.channels_last)
    fit(net, Drawings(SEEN * len(CLASSES), 2 * TRAINING), SCHEDULE, SEED)
    return {name: value.contiguous() for name, value in net.state_dict().items()}
