"""Small networks whose responses depend on the pictures beside a picture, and how to run them."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.base import RenderContext


class Deviation(nn.Module):
    """A discriminator with the spread of the batch as a further channel."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.near = nn.Conv2d(3, 4, 3, padding=1)
            self.far = nn.Conv2d(5, 3, 3, padding=1)
            nn.init.constant_(self.far.weight[:, 4], 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.near(x))
        spread = x.std(0, unbiased=False).mean().expand(len(x), 1, *x.shape[2:])
        return self.far(torch.cat([x, spread], 1))


class OneByOne(nn.Module):
    """Looks at its pictures in a loop."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.near = nn.Conv2d(3, 4, 3, padding=1)
            self.far = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.cat([self.far(F.relu(self.near(picture[None]))) for picture in pictures])


def one_at_a_time(context: RenderContext) -> RenderContext:
    """The same studio, whose network is shown one picture at a time."""
    network = replace(context.plan.network, single=True)
    return replace(context, plan=replace(context.plan, network=network))
