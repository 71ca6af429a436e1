"""Networks that switch gradients off have those of the same network that does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from convatlas.errors import NetworkError
from convatlas.network.attribution import Trace
from convatlas.network.gradients import NoGradient
from convatlas.network.responses import respond
from convatlas.network.trace.layers import record_layers

Forward = Callable[["Three", Tensor], Tensor]


class Three(nn.Module):
    """Two convolutions and their rectifiers, and a third convolution on what comes of them."""

    def __init__(self, run: Forward) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.a, self.b, self.c = (nn.Conv2d(n, 4, 3, padding=1) for n in (3, 4, 4))
        self.run = run

    def body(self, x: Tensor) -> Tensor:
        return F.relu(self.b(F.relu(self.a(x))))

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


def plain(net: Three, x: Tensor) -> Tensor:
    return net.c(net.body(x))


def in_part(net: Three, x: Tensor) -> Tensor:
    with torch.no_grad():
        y = net.body(x)
    return net.c(y)


def switched(net: Three, x: Tensor) -> Tensor:
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        return plain(net, x)
    finally:
        torch.set_grad_enabled(before)


def inference_in_part(net: Three, x: Tensor) -> Tensor:
    with torch.inference_mode():
        y = net.body(x)
    return net.c(y.clone())


def reentrant(net: Three, x: Tensor) -> Tensor:
    result: Tensor = net.c(checkpoint(net.body, x, use_reentrant=True))
    return result


SWITCHING: dict[str, Forward] = {
    "no_grad": torch.no_grad()(plain),
    "no_grad in part": in_part,
    "set_grad_enabled": switched,
    "inference_mode": torch.inference_mode()(plain),
    "inference_mode in part": inference_in_part,
    "detach": lambda net, x: net.c(net.body(x).detach()),
    "detach in place": lambda net, x: net.c(net.body(x).detach_()),
    "data": lambda net, x: net.c(net.body(x).data),
    "requires_grad_": lambda net, x: plain(net, x.clone().requires_grad_(False)),
    "reentrant checkpoint": reentrant,
    "checkpoint": lambda net, x: net.c(checkpoint(net.body, x, use_reentrant=False)),
}

ENDING: dict[str, tuple[str, Forward]] = {
    "argmax": ("argmax", lambda net, x: net.c(one_hot(net.body(x).argmax(1)))),
    "byte": ("byte", lambda net, x: net.c((net.body(x) * 9).byte().float())),
    "numpy": ("numpy", lambda net, x: net.c(torch.from_numpy(net.body(x).detach().numpy()))),
    "numpy without detach": ("numpy", lambda net, x: net.c(torch.from_numpy(net.body(x).numpy()))),
    "list": ("tolist", lambda net, x: net.c(torch.tensor(net.body(x).tolist()))),
}


def one_hot(index: Tensor) -> Tensor:
    return F.one_hot(index, 4).permute(0, 3, 1, 2).float()


def pictures() -> Tensor:
    return torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(1))


def gradients(run: Forward) -> list[Tensor]:
    """The gradient of each layer's summed response, as it is used to optimise pictures."""
    network = Three(run).eval()
    layers, _ = record_layers(network, (3, 9, 9))
    network.requires_grad_(False)
    found = []
    for layer in layers:
        inputs = pictures().requires_grad_()
        found += torch.autograd.grad(respond(network, layer, inputs * 1).sum(), inputs)
    return found


def traced(run: Forward) -> list[Tensor]:
    """What each layer's response is traced back to."""
    network = Three(run).eval()
    layers, _ = record_layers(network, (3, 9, 9))
    trace = Trace(network, layers, pictures())
    return [
        trace.back(layer.name, torch.ones(1, 2, 4, 9, 9), method)
        for layer in layers
        for method in ("gradient", "guided", "deconvnet")
    ]


@pytest.mark.parametrize("of", [gradients, traced])
@pytest.mark.parametrize("name", SWITCHING)
def test_gradients_are_switched_on(name: str, of: Callable[[Forward], list[Tensor]]) -> None:
    expected, found = of(plain), of(SWITCHING[name])
    assert len(found) == len(expected)
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other)
        assert one.abs().sum() > 0
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", ENDING)
def test_where_gradients_end_is_told_with_the_line(name: str) -> None:
    function, run = ENDING[name]
    network = Three(run).eval()
    *others, last = record_layers(network, (3, 9, 9))[0]
    network.requires_grad_(False)
    inputs = pictures().requires_grad_() * 1
    place = rf"it ends at {function} \(test_gradients.py, line \d+\)"
    assert all(respond(network, layer, inputs).requires_grad for layer in others)
    with pytest.raises(NoGradient, match=f"no gradient reaches the layer c: {place}"):
        respond(network, last, inputs)
    trace = Trace(network, [*others, last], pictures())
    trace.back("b", torch.ones(1, 2, 4, 9, 9), "gradient")
    with pytest.raises(NetworkError, match=f"no gradient of c reaches the picture: {place}"):
        trace.back("c", torch.ones(1, 2, 4, 9, 9), "gradient")


def test_a_gradient_that_the_network_shapes_itself_is_left_as_it_is() -> None:
    def straight_through(net: Three, x: Tensor) -> Tensor:
        y = net.body(x)
        return net.c(y + (y.round() - y).detach())

    expected, found = gradients(plain), gradients(straight_through)
    torch.testing.assert_close(found[2].abs().sum(), expected[2].abs().sum(), rtol=0.5, atol=0)
    assert found[2].abs().sum() > 0


def test_numbers_are_those_of_the_network_as_it_is() -> None:
    for run in SWITCHING.values():
        network = Three(run).eval()
        layers, _ = record_layers(network, (3, 9, 9))
        with torch.inference_mode():
            expected = respond(network, layers[2], pictures())
        found = respond(network, layers[2], pictures().requires_grad_())
        torch.testing.assert_close(found, expected)
