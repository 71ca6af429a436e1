"""Record a forward pass: every call of a convolution, and the graph of all operations."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convatlas.network.fingerprints import dense
from convatlas.network.foreign_exceptions import foreign_exceptions
from convatlas.network.plain import as_written
from convatlas.network.trace.dispatch import Follower
from convatlas.network.trace.graph import Graph
from convatlas.network.trace.modules import Convolution, Watcher
from convatlas.network.trace.owners import Parameters

SEED = 0


@dataclass(frozen=True)
class Recording:
    """All convolutions of one forward pass, in the order of their calls, and who owns weights."""

    convolutions: Sequence[Convolution]
    parameters: Parameters


def record(network: nn.Module, shape: tuple[int, int, int]) -> Recording:
    """Return all convolutions of one forward pass, with their graph.

    ``shape`` is that of the input: channels, height, width. Errors of the network are passed on.
    """
    graph = Graph()
    watcher = Watcher(network, graph)
    with as_found(network), torch.no_grad():
        known = [*network.parameters(), *network.buffers()]
        inputs = noise(network, shape)
        follower = Follower(graph, [t for t in known if not is_lazy(t)], watcher.where)
        follower.enter_input(inputs)
        parameters = Parameters(network, graph)
        with foreign_exceptions(), as_written(), follower, watcher.observing():
            network(inputs)
    return Recording(watcher.convolutions, parameters)


def count(network: nn.Module, shape: tuple[int, int, int]) -> Recording:
    """Return the same without a graph, for networks whose operations cannot be traced."""
    watcher = Watcher(network, None)
    with as_found(network), torch.no_grad():
        inputs = noise(network, shape)
        with foreign_exceptions(), as_written(), watcher.observing():
            network(inputs)
    return Recording(watcher.convolutions, Parameters(network, None))


def noise(network: nn.Module, shape: tuple[int, int, int]) -> Tensor:
    """Return a picture of fixed faint noise [1, channels, height, width], of the network's dtype.

    It is on the network's device.
    """
    generator = torch.Generator().manual_seed(SEED)
    picture = torch.randn(1, *shape, generator=generator) * 0.1
    weights = (p for p in network.parameters() if p.is_floating_point())
    model = next(weights, picture)
    return picture.to(model.device, model.dtype)


@contextmanager
def as_found(network: nn.Module) -> Iterator[None]:
    """Put the network into eval mode, and afterwards restore modes, buffers and random state."""
    modes = [(module, module.training) for module in network.modules()]
    buffers = [
        (module, name, buffer, buffer.clone())
        for module in network.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None and not is_lazy(buffer)
    ]
    others = random.getstate(), np.random.get_state()
    devices = sorted({b.device.index or 0 for b in network.parameters() if b.is_cuda})
    with torch.random.fork_rng(devices):
        torch.manual_seed(SEED)
        random.seed(SEED)
        np.random.seed(SEED)
        try:
            network.eval()
            yield
        finally:
            random.setstate(others[0])
            np.random.set_state(others[1])
            for module, training in modes:
                module.training = training
            for module, name, buffer, before in buffers:
                module._buffers[name] = buffer
                with torch.no_grad():
                    if not torch.equal(dense(buffer), dense(before)):
                        buffer.copy_(before)
