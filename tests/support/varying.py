"""Small networks that answer one picture differently: each time, or beside other pictures."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm
from torchvision.ops import stochastic_depth

Between = Callable[["Pair", Tensor], Tensor]
"""What happens between two convolutions, to maps [n, 4, h, w]."""


class Pair(nn.Module):
    """Two convolutions, with something between."""

    def __init__(self, between: Between, **modules: nn.Module) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.near = nn.Conv2d(3, 4, 3, padding=1)
            self.far = nn.Conv2d(4, 3, 3, padding=1)
        self.between = between
        self.calls = 0
        self.kept: list[Tensor] = []
        self.register_buffer("running", torch.zeros(4, 1, 1))
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x: Tensor) -> Tensor:
        x = self.between(self, F.relu(self.near(x)))
        self.calls += 1
        return self.far(x)


class Awake(nn.Module):
    """A module that stays in training mode."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def train(self, mode: bool = True) -> Awake:
        """Ignore the mode."""
        return super().train(True)

    def forward(self, x: Tensor) -> Any:
        return self.module(x)


def _counting(network: Pair, x: Tensor) -> Tensor:
    return x + 0.1 * network.calls


def _in_turn(network: Pair, x: Tensor) -> Tensor:
    return -x if network.calls % 2 else x


def _tracking(network: Pair, x: Tensor) -> Tensor:
    network.running.mul_(0.9).add_(x.mean((0, 2, 3))[:, None, None], alpha=0.1)
    return x - network.running


def _remembering(network: Pair, x: Tensor) -> Tensor:
    network.kept.append(x.mean(0))
    return x - torch.stack(network.kept).mean(0)


def _recurring(network: Pair, x: Tensor) -> Tensor:
    network.kept = [x if not network.kept else x + 0.5 * network.kept[0]]
    return network.kept[0]


def _iterating() -> nn.Module:
    """A convolution that was changed after its power iteration had converged."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = spectral_norm(nn.Conv2d(4, 4, 1))
    state = module.state_dict()
    state["parametrizations.weight.original"] = torch.diag(torch.tensor([3.0, 2, 1, 1]))[
        ..., None, None
    ]
    module.load_state_dict(state)
    return module


def skipping() -> Pair:
    """A network that leaves a convolution out every now and then."""
    more = nn.Conv2d(4, 4, 1)
    nn.init.ones_(more.weight)
    return Pair(_skipping, more=more)


def _skipping(network: Pair, x: Tensor) -> Tensor:
    return x if torch.rand(()) < 0.4 else x + F.relu(network.get_submodule("more")(x))


RANDOM: dict[str, Callable[[], Pair]] = {
    "dropout, a function": lambda: Pair(lambda _, x: F.dropout(x)),
    "dropout, a module in training mode": lambda: Pair(
        lambda net, x: net.get_submodule("drop")(x), drop=Awake(nn.Dropout())
    ),
    "dropout of channels": lambda: Pair(lambda _, x: F.dropout2d(x)),
    "noise": lambda: Pair(lambda _, x: x + 0.01 * torch.randn_like(x)),
    "faint noise": lambda: Pair(lambda _, x: x + 1e-3 * torch.randn_like(x)),
    "noise of numpy": lambda: Pair(lambda _, x: x * float(np.random.rand())),
    "noise of Python": lambda: Pair(lambda _, x: x * random.random()),
    "crops": lambda: Pair(lambda _, x: x.roll(int(torch.randint(1, 8, ())), 3)),
    "shuffled channels": lambda: Pair(lambda _, x: x[:, torch.randperm(4)]),
    "stochastic depth": lambda: Pair(lambda _, x: x + stochastic_depth(x, 0.5, "row", True)),
    "gumbel": lambda: Pair(lambda _, x: x * F.gumbel_softmax(x, hard=True, dim=1)),
    "rrelu": lambda: Pair(lambda _, x: F.rrelu(x - 1, training=True)),
    "sampled": lambda: Pair(lambda _, x: torch.bernoulli(x.sigmoid())),
    "a counter": lambda: Pair(_counting),
    "every second time": lambda: Pair(_in_turn),
    "running statistics": lambda: Pair(_tracking),
    "a memory": lambda: Pair(_remembering),
    "a recurrent state": lambda: Pair(_recurring),
    "power iteration": lambda: Pair(
        lambda net, x: net.get_submodule("more")(x), more=Awake(_iterating())
    ),
}
"""Networks whose layer ``far``, but not ``near``, differs from run to run."""


def _grouped(_: Pair, x: Tensor) -> Tensor:
    groups = x.reshape(-1, min(2, len(x)), *x.shape[1:])
    return ((groups - groups.mean((1, 3, 4), keepdim=True)) / groups.std()).reshape(x.shape)


def _attending(_: Pair, x: Tensor) -> Tensor:
    flat = x.flatten(1)
    return ((flat @ flat.T).softmax(1) @ flat).reshape(x.shape)


def _shifting(_: Pair, x: Tensor) -> Tensor:
    return torch.cat([x[:, :1].roll(1, 0), x[:, 1:]], 1)


def _halving(_: Pair, x: Tensor) -> Tensor:
    while x.abs().max() > 0.5:
        x = x / 2
    return x


def _in_halves(_: Pair, x: Tensor) -> Tensor:
    if len(x) == 1:
        return x
    one, other = x.chunk(2)
    return torch.cat([one + other, one - other])


TOGETHER: dict[str, Callable[[], Pair]] = {
    "the spread of the batch": lambda: Pair(lambda _, x: x + x.std(0, unbiased=False).mean()),
    "the mean of the batch": lambda: Pair(lambda _, x: x - 0.5 * x.mean(0)),
    "a norm over the batch": lambda: Pair(lambda _, x: F.normalize(x, dim=0)),
    "softmax over the batch": lambda: Pair(lambda _, x: x.softmax(0)),
    "attention over the batch": lambda: Pair(_attending),
    "norms of groups": lambda: Pair(_grouped),
    "one norm of everything": lambda: Pair(lambda _, x: F.layer_norm(x, x.shape)),
    "temporal shift": lambda: Pair(_shifting),
    "mixed with the reverse": lambda: Pair(lambda _, x: 0.6 * x + 0.4 * x.flip(0)),
    "mixed in halves": lambda: Pair(_in_halves),
    "the first is special": lambda: Pair(lambda _, x: x - 0.5 * x[:1]),
    "the last is special": lambda: Pair(lambda _, x: x - 0.5 * x[-1:]),
    "an index": lambda: Pair(lambda _, x: x + torch.arange(len(x)).view(-1, 1, 1, 1)),
    "the size of the batch": lambda: Pair(lambda _, x: x / len(x)),
    "a range of values": lambda: Pair(lambda _, x: (x / x.max() * 15).round() / 15 * x.max()),
    "a loop by value": lambda: Pair(_halving),
    "a branch by value": lambda: Pair(lambda _, x: x if x.max() < 0.5 else -x),
}
"""Networks whose layer ``far``, but not ``near``, differs beside other pictures."""


STEADY: dict[str, Callable[[], Pair]] = {
    "nothing": lambda: Pair(lambda _, x: x),
    "dropout in eval mode": lambda: Pair(
        lambda net, x: net.get_submodule("drop")(x), drop=nn.Dropout()
    ),
    "batch norm": lambda: Pair(lambda net, x: net.get_submodule("n")(x), n=nn.BatchNorm2d(4)),
    "batch norm in training mode": lambda: Pair(
        lambda net, x: net.get_submodule("n")(x), n=Awake(nn.BatchNorm2d(4))
    ),
    "batch norm without statistics": lambda: Pair(
        lambda net, x: net.get_submodule("n")(x), n=nn.BatchNorm2d(4, track_running_stats=False)
    ),
    "instance norm": lambda: Pair(lambda _, x: F.instance_norm(x + 100)),
    "group norm": lambda: Pair(lambda _, x: F.group_norm(x, 2)),
    "a picture's own deviation": lambda: Pair(lambda _, x: x / x.std((1, 2, 3), keepdim=True)),
    "a picture's own softmax": lambda: Pair(lambda _, x: x.flatten(2).softmax(2).view(x.shape)),
    "rounding that the size of the batch decides": lambda: Pair(
        lambda _, x: x + 1e5 * len(x) - 1e5 * len(x)
    ),
    "random numbers of its own": lambda: Pair(
        lambda _, x: x + torch.rand(x.shape[1:], generator=torch.Generator().manual_seed(0))
    ),
}
"""Networks whose responses are a function of the picture."""


def _only_one(_: Pair, x: Tensor) -> Tensor:
    assert len(x) == 1, "one picture at a time"
    return x


def _exiting(_: Pair, x: Tensor) -> Tensor:
    if len(x) > 1:
        raise SystemExit(3)
    return x


ALONE: dict[str, Callable[[], Pair]] = {
    "refuses batches": lambda: Pair(_only_one),
    "ends the process": lambda: Pair(_exiting),
    "reshapes to one": lambda: Pair(lambda _, x: x.view(1, 4, *x.shape[2:])),
    "goes on with the first": lambda: Pair(lambda _, x: x[:1]),
    "one by one": lambda: Pair(
        lambda net, x: torch.cat([net.get_submodule("more")(one[None]) for one in x]),
        more=nn.Conv2d(4, 4, 1),
    ),
}
"""Networks that answer one picture always alike, but do not take batches."""
