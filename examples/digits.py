"""An MNIST-size network and the digits it reads, drawn here: nothing is downloaded."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn


def network() -> nn.Sequential:
    """Two conv layers with batch norms for [n, 1, 28, 28], and a classifier of ten digits."""
    return nn.Sequential(
        nn.Conv2d(1, 12, 5, padding=2, bias=False),
        nn.BatchNorm2d(12),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(2),
        nn.Flatten(),
        nn.Linear(96, 10),
    )


def draw(digit: int, seed: int) -> Image.Image:
    """A white digit on black, 28 x 28, mode L, somewhere near the middle."""
    random = np.random.default_rng([digit, seed])
    picture = Image.new("L", (56, 56))
    x, y = random.uniform(24, 32, 2)
    font = ImageFont.load_default(size=float(random.uniform(34, 48)))
    ImageDraw.Draw(picture).text((x, y), str(digit), 255, font, anchor="mm")
    turned = picture.rotate(float(random.uniform(-15, 15)), Image.Resampling.BILINEAR)
    return turned.resize((28, 28), Image.Resampling.BOX)


class Digits:
    """``count`` digits as (picture, digit) pairs, each digit as often as the others."""

    def __init__(self, count: int, first: int) -> None:
        self.classes = [str(digit) for digit in range(10)]
        self.count, self.first = count, first

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        if not 0 <= index < self.count:
            raise IndexError(index)
        return draw(index % 10, self.first + index), index % 10


def pictures(count: int = 200) -> Digits:
    """Digits that the network has not seen."""
    return Digits(count, first=1_000_000)


def tensors(digits: Digits) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs [n, 1, 28, 28] and targets [n]."""
    pairs = [digits[index] for index in range(len(digits))]
    pixels = torch.from_numpy(np.stack([np.asarray(picture) for picture, _ in pairs]))
    return (pixels[:, None].float() / 255 - 0.5) / 0.5, torch.tensor([t for _, t in pairs])


def train(path: Path, count: int = 2000, epochs: int = 4) -> float:
    """Train, write the weights, and return the accuracy on digits not seen."""
    torch.manual_seed(0)
    model = network()
    inputs, targets = tensors(Digits(count, first=0))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(epochs):
        for batch in torch.randperm(count).split(50):
            loss = nn.functional.cross_entropy(model(inputs[batch]), targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    torch.save(model.state_dict(), path)
    unseen, digits = tensors(pictures(500))
    with torch.inference_mode():
        return (model.eval()(unseen).argmax(1) == digits).float().mean().item()


if __name__ == "__main__":
    accuracy = train(Path(__file__).with_name("digits.pth"))
    sys.stdout.write(f"accuracy on unseen digits: {accuracy:.1%}\n")
