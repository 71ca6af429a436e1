"""Trains the demo's network: ``python -m convatlas.demo.train``, or measures it: ``--measure``.

``--epochs FOLDER`` also keeps what it was like after some epochs, for ``examples/epochs.yaml``.

It is trained on drawings that are changed against it (see ``adversary.py``), at first hardly, then
by more and more, so that what excites its filters is what a person sees in the drawings.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import register_parametrization

from convatlas.demo import WEIGHTS, network, pictures
from convatlas.demo.adversary import adversarial
from convatlas.demo.convnet import DemoNet
from convatlas.demo.draw import CLASSES
from convatlas.demo.drawings import TRAINING, Drawings
from convatlas.demo.fit import Schedule, accuracy, fit

SEED = 0
SEEN, UNSEEN = 400, 100
"""Pictures of each class for training, and for measuring."""
SCHEDULE = Schedule(epochs=10, batch=32, rate=0.06)
RADIUS = 8.0
"""How far inputs are changed: 2 for values from 0 to 1, over all 27,648 of them together."""
GROWTH = 0.4
"""The share of the training after which inputs are changed by the whole radius."""
SMOOTHNESS = 0.0015
"""Weight of the squared steps between neighbours in the first kernels: it keeps them clean."""
KEPT = (1, 3)
"""Epochs that are kept beside the last one where a folder is named for them."""
FAINT = 0.2
"""The first kernels start this faint, so that what is learnt soon outweighs the random start."""


class Soft(nn.Module):
    """Kernels [n, channels, k, k] without an outer ring, blurred: none sees the finest checkers.

    A stride of two would leave them in every gradient.
    """

    def forward(self, kernels: Tensor) -> Tensor:
        """Three by three binomial weights, as far as the ring."""
        line = torch.tensor([0.25, 0.5, 0.25])
        inner = kernels[:, :, 1:-1, 1:-1].flatten(0, 1)[:, None]
        blurred: Tensor = F.conv2d(inner, torch.outer(line, line)[None, None], padding=2)
        return blurred.view_as(kernels)


def roughness(kernels: Tensor) -> Tensor:
    """The squared steps between neighbouring weights, summed; outside a kernel is zero."""
    framed = F.pad(kernels, (1, 1, 1, 1))
    down, across = framed.diff(dim=2), framed.diff(dim=3)
    return down.square().sum() + across.square().sum()


def train(after: Callable[[int, DemoNet], None] = lambda epoch, net: None) -> DemoNet:
    """The network, trained from scratch on pictures drawn for it.

    Args:
        after: Called with the number of each epoch, from 1, and the network as it is then.
    """
    torch.manual_seed(SEED)
    net = DemoNet(len(CLASSES)).to(memory_format=torch.channels_last)
    first = net.conv1
    first.weight.data *= FAINT
    register_parametrization(first, "weight", Soft())

    def change(inputs: Tensor, targets: Tensor, draws: torch.Generator, done: float) -> Tensor:
        radius = RADIUS * min(1.0, done / GROWTH)
        return adversarial(net, inputs, targets, radius, draws)

    drawings = Drawings(SEEN * len(CLASSES), TRAINING)
    fit(
        net,
        drawings,
        SCHEDULE,
        SEED,
        change,
        lambda: SMOOTHNESS * roughness(first.weight),
        lambda epoch: after(epoch, plain(net)),
    )
    return plain(net)


def plain(net: DemoNet) -> DemoNet:
    """A network with the same weights, whose first kernels are what they are computed as."""
    own = net.state_dict().items()
    weights = {name: value for name, value in own if "parametrizations" not in name}
    copied = DemoNet(len(CLASSES))
    copied.load_state_dict({**weights, "conv1.weight": net.conv1.weight.detach()})
    return copied


def write(net: DemoNet, file: Path, kind: torch.dtype = torch.float32) -> None:
    """Write the weights of a network; ``kind`` is for those that are no counts."""
    weights = {
        name: value.to(kind) if value.is_floating_point() else value
        for name, value in net.state_dict().items()
    }
    file.write_bytes(save({name: value.contiguous() for name, value in weights.items()}))


@click.command()
@click.option("--measure", is_flag=True, help="Tell the accuracy of the weights that are there.")
@click.option("--epochs", type=click.Path(path_type=Path, file_okay=False), help="Keep some here.")
def main(measure: bool, epochs: Path | None) -> None:
    """Train and write the weights, and tell the share of unseen pictures that they get right."""

    def keep(epoch: int, net: DemoNet) -> None:
        if epochs is not None and epoch in KEPT:
            write(net, epochs / f"epoch-{epoch}.safetensors", torch.float16)

    if not measure:
        torch.set_num_threads(1)  # sums depend on it
        write(train(keep), WEIGHTS)
    share = accuracy(network(), pictures(UNSEEN * len(CLASSES)))
    click.echo(f"{share:.2%} of {UNSEEN} unseen pictures of each class (seeds 0 to {UNSEEN - 1})")


if __name__ == "__main__":
    main()
