"""The loop that trains a classifier of drawings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.demo.drawings import Drawings

MEAN, STD = 0.5, 0.25
"""Taken from and divided out of values from 0 to 1, in every channel."""


@dataclass(frozen=True)
class Schedule:
    """How long a network is trained, and how fast it learns."""

    epochs: int
    batch: int = 64
    rate: float = 0.08
    decay: float = 5e-4


Change = Callable[[Tensor, Tensor, torch.Generator, float], Tensor]
"""Changes inputs, given targets, a generator and the finished share of the training, 0 to 1."""


def fit(
    net: nn.Module,
    drawings: Drawings,
    schedule: Schedule,
    seed: int,
    change: Change = lambda inputs, targets, draws, done: inputs,
    penalty: Callable[[], Tensor] = lambda: torch.zeros(()),
    after: Callable[[int], None] = lambda epoch: None,
) -> None:
    """Train a network on varied drawings.

    Args:
        net: Maps inputs [n, 3, 96, 96] to scores [n, classes].
        drawings: What it learns from.
        schedule: How long and how fast.
        seed: Of the order of the drawings and their variation.
        change: Applied to every batch after it was varied.
        penalty: Added to the loss.
        after: Called with the number of each epoch, from 1, at its end.
    """
    draws = torch.Generator().manual_seed(seed)
    pixels, targets = stacked(drawings)
    optimizer = torch.optim.SGD(
        net.parameters(),
        schedule.rate,
        momentum=0.9,
        weight_decay=schedule.decay,
        nesterov=True,
    )
    steps = len(pixels) // schedule.batch
    total = schedule.epochs * steps
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, schedule.rate, total_steps=total)
    for epoch in range(schedule.epochs):
        started, losses = time.perf_counter(), 0.0
        order = torch.randperm(len(pixels), generator=draws)
        for step, chosen in enumerate(torch.split(order, schedule.batch)[:steps]):
            inputs = varied(prepared(pixels[chosen]), draws)
            inputs = change(inputs, targets[chosen], draws, (epoch * steps + step) / total)
            loss = F.cross_entropy(net(inputs), targets[chosen], label_smoothing=0.05)
            losses += loss.item()
            optimizer.zero_grad()
            (loss + penalty()).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            rates.step()
        after(epoch + 1)
        seconds = time.perf_counter() - started
        click.echo(
            f"epoch {epoch + 1}/{schedule.epochs}: loss {losses / steps:.3f}, {seconds:.0f} s"
        )


def stacked(drawings: Drawings) -> tuple[Tensor, Tensor]:
    """All pictures [n, 3, 96, 96] as bytes, and their classes [n]."""
    pairs = [drawings[i] for i in range(len(drawings))]
    pixels = np.stack([np.asarray(picture) for picture, _ in pairs])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2), torch.tensor([t for _, t in pairs])


def prepared(pixels: Tensor) -> Tensor:
    """Bytes as the network's input."""
    return (pixels.float() / 255 - MEAN) / STD


def varied(inputs: Tensor, draws: torch.Generator) -> Tensor:
    """Inputs turned, scaled, shifted and tinted a little, each in its own way, with noise."""
    count = len(inputs)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=draws) * (high - low) + low

    angle, scale = uniform(-0.12, 0.12), uniform(0.85, 1.12)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    shift_x, shift_y = uniform(-0.12, 0.12), uniform(-0.12, 0.12)
    rows = [torch.stack([cos, -sin, shift_x], 1), torch.stack([sin, cos, shift_y], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(inputs.shape), align_corners=False)
    moved = F.grid_sample(inputs, grid, padding_mode="reflection", align_corners=False)
    tinted = moved * uniform(0.75, 1.2, 3, 1, 1) + uniform(-0.25, 0.25, 3, 1, 1)
    noise = torch.randn(inputs.shape, generator=draws)
    return tinted + uniform(0, 0.3, 1, 1, 1) * noise


def accuracy(net: nn.Module, drawings: Drawings) -> float:
    """The share of pictures, from 0 to 1, whose class has the network's highest score."""
    pixels, targets = stacked(drawings)
    with torch.inference_mode():
        guesses = [net(prepared(picture[None])).argmax() for picture in pixels]
    return float((torch.stack(guesses) == targets).double().mean())
