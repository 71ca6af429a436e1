"""Trains the demo's network: ``python -m convatlas.demo.train``, or measures it: ``--measure``."""

from __future__ import annotations

import time

import click
import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.demo import WEIGHTS, network, pictures
from convatlas.demo.convnet import DemoNet
from convatlas.demo.draw import CLASSES
from convatlas.demo.drawings import TRAINING, Drawings

MEAN, STD = 0.5, 0.25
"""Taken from and divided out of values from 0 to 1, in every channel."""
SEED = 0
SEEN, UNSEEN = 400, 100
"""Pictures of each class for training, and for measuring."""
EPOCHS = 10
BATCH = 64
RATE = 0.08
DECAY = 5e-4
SMOOTHNESS = 0.0015
"""Weight of the squared steps between neighbours in the first kernels: it keeps them clean."""
FAINT = 0.2
"""The first kernels start this faint, so that what is learnt soon outweighs the random start."""


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


def roughness(kernels: Tensor) -> Tensor:
    """The squared steps between neighbouring weights, summed; outside a kernel is zero."""
    framed = F.pad(kernels, (1, 1, 1, 1))
    down, across = framed.diff(dim=2), framed.diff(dim=3)
    return down.square().sum() + across.square().sum()


def train() -> DemoNet:
    """The network, trained from scratch on pictures drawn for it."""
    torch.manual_seed(SEED)
    draws = torch.Generator().manual_seed(SEED)
    pixels, targets = stacked(Drawings(SEEN * len(CLASSES), TRAINING))
    net = DemoNet(len(CLASSES)).to(memory_format=torch.channels_last)
    first = net.get_parameter("conv1.weight")
    first.data *= FAINT
    optimizer = torch.optim.SGD(
        net.parameters(), RATE, momentum=0.9, weight_decay=DECAY, nesterov=True
    )
    steps = len(pixels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * steps)
    for epoch in range(EPOCHS):
        started, losses = time.perf_counter(), 0.0
        order = torch.randperm(len(pixels), generator=draws)
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            inputs = varied(prepared(pixels[chosen]), draws)
            with torch.autocast("cpu", torch.bfloat16):  # twice as fast as float32
                scores = net(inputs)
            loss = F.cross_entropy(scores.float(), targets[chosen], label_smoothing=0.05)
            losses += loss.item()
            loss = loss + SMOOTHNESS * roughness(first)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        seconds = time.perf_counter() - started
        click.echo(f"epoch {epoch + 1}/{EPOCHS}: loss {losses / steps:.3f}, {seconds:.0f} s")
    return net


def accuracy(net: nn.Module, drawings: Drawings) -> float:
    """The share of pictures, from 0 to 1, whose class has the network's highest score."""
    pixels, targets = stacked(drawings)
    with torch.inference_mode():
        guesses = [net(prepared(picture[None])).argmax() for picture in pixels]
    return float((torch.stack(guesses) == targets).double().mean())


@click.command()
@click.option("--measure", is_flag=True, help="Tell the accuracy of the weights that are there.")
def main(measure: bool) -> None:
    """Train and write the weights, and tell the share of unseen pictures that they get right."""
    if not measure:
        torch.set_num_threads(2)
        WEIGHTS.write_bytes(save({k: v.contiguous() for k, v in train().state_dict().items()}))
    share = accuracy(network(), pictures(UNSEEN * len(CLASSES)))
    click.echo(f"{share:.2%} of {UNSEEN} unseen pictures of each class (seeds 0 to {UNSEEN - 1})")


if __name__ == "__main__":
    main()
