"""Responses against plain forward hooks and batch norms by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import FrozenBatchNorm2d

from convatlas.errors import NetworkError
from convatlas.model.facts import Layer, Preprocessing
from convatlas.network.responses import normalise, respond, tap
from convatlas.network.trace.layers import record_layers
from support.conv_like_networks import Dynamic, mixed, own


class Tangled(nn.Module):
    """In-place activations, a module used twice, functional calls, three kinds of batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.again = nn.Conv2d(4, 4, 3, padding=1)
        self.frozen = FrozenBatchNorm2d(4)
        self.down = nn.Conv2d(4, 6, 2, stride=2)
        self.batch = nn.BatchNorm2d(6, track_running_stats=False)
        self.up = nn.ConvTranspose2d(6, 2, 2, stride=2)
        self.broken = nn.Conv2d(2, 2, 1)
        self.after = 0

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = functional.relu(self.norm(self.stem(x)), inplace=True)
        x = self.again(x).mul_(-1).relu_()
        x = self.frozen(self.again(x)).relu_()
        x = torch.sigmoid_(self.batch(self.down(x)))
        x = self.up(x)
        x[:, :1] = 0
        self.after += 1
        return {"out": self.broken(x)}


def tangled() -> Tangled:
    torch.manual_seed(0)
    network = Tangled().eval()
    with torch.no_grad():
        for module in (network.norm, network.frozen, network.batch):
            for tensor in (*module.parameters(), *module.buffers()):
                if tensor.is_floating_point():
                    tensor.copy_(torch.rand_like(tensor) + 0.5)
    return network


def layers_of(network: nn.Module, shape: tuple[int, int, int] = (3, 8, 10)) -> dict[str, Layer]:
    return {layer.name: layer for layer in record_layers(network, shape)[0]}


def captured(network: nn.Module, inputs: Tensor) -> dict[str, list[Tensor]]:
    """All outputs of all modules, copied by plain hooks before anything is done to them."""
    seen: dict[str, list[Tensor]] = {}

    def keep(name: str) -> Callable[[nn.Module, Any, Any], None]:
        return lambda module, args, output: seen.setdefault(name, []).append(output.clone())

    handles = [m.register_forward_hook(keep(n)) for n, m in network.named_modules() if n]
    with torch.no_grad():
        network(inputs)
    for handle in handles:
        handle.remove()
    return seen


EXPECTED: dict[str, Callable[[dict[str, list[Tensor]]], Tensor]] = {
    "stem": lambda seen: seen["norm"][0],
    "again": lambda seen: seen["again"][0],
    "again@2": lambda seen: seen["frozen"][0],
    "down": lambda seen: seen["batch"][0],
    "up": lambda seen: seen["up"][0],
    "broken": lambda seen: seen["broken"][0],
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("size", [(8, 10), (12, 6)])
def test_responses_are_what_hooks_see(name: str, size: tuple[int, int]) -> None:
    network = tangled()
    layers = layers_of(network)
    assert list(layers) == list(EXPECTED)
    pictures = torch.randn(3, 3, *size)
    for i in range(3):  # one by one: the norm without running statistics is a picture's own
        expected = EXPECTED[name](captured(network, pictures[i : i + 1]))
        with torch.no_grad():
            got = respond(network, layers[name], pictures)[i : i + 1]
        torch.testing.assert_close(got, expected)


def test_batch_norm_by_hand() -> None:
    network = tangled()
    pictures = torch.randn(2, 3, 8, 10)
    with torch.no_grad():
        got = respond(network, layers_of(network)["stem"], pictures)
        plain = functional.conv2d(pictures, network.stem.weight, network.stem.bias, padding=1)
    norm = network.norm
    assert norm.running_mean is not None and norm.running_var is not None
    mean, var, scale, shift = (
        t.view(-1, 1, 1) for t in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    torch.testing.assert_close(got, (plain - mean) / (var + norm.eps).sqrt() * scale + shift)


def test_all_layers_in_one_pass_and_nothing_changes() -> None:
    network = tangled()
    layers = layers_of(network)
    pictures = torch.randn(2, 3, 8, 10)
    got: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[Tensor], None]:
        return lambda response: got.update({name: response.clone()})

    state = {name: value.clone() for name, value in network.state_dict().items()}
    taps = {layer.tap: keep(name) for name, layer in layers.items() if layer.tap is not None}
    with torch.no_grad():
        tap(network, pictures, taps, stop=False)
        for name, layer in layers.items():
            assert torch.equal(got[name], respond(network, layer, pictures))
    assert all(torch.equal(state[name], value) for name, value in network.state_dict().items())


def test_the_pass_is_cut_once_all_taps_are_served() -> None:
    network = tangled()
    layers = layers_of(network)
    before = network.after
    respond(network, layers["down"], torch.randn(1, 3, 8, 8))
    assert network.after == before
    respond(network, layers["broken"], torch.randn(1, 3, 8, 8))
    assert network.after == before + 1
    taps = {layers["stem"].tap: lambda response: None}
    tap(network, torch.randn(1, 3, 8, 8), taps, stop=False)  # type: ignore[arg-type]
    assert network.after == before + 2


def test_a_network_that_swallows_exceptions_does_not_swallow_the_cut() -> None:
    class Cautious(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            try:
                return self.conv(x)  # type: ignore[no-any-return]
            except Exception:
                raise AssertionError("the cut was taken for a failure") from None

    network = Cautious()
    layer = layers_of(network)["conv"]
    assert respond(network, layer, torch.zeros(2, 3, 8, 8)).shape == (2, 2, 6, 6)


@pytest.mark.parametrize("name", ["stem", "again@2", "down"])
def test_gradients_flow_through_and_are_a_picture_s_own(name: str) -> None:
    network = tangled().requires_grad_(False)
    layer = layers_of(network)[name]

    def gradient(pictures: Tensor) -> Tensor:
        inputs = pictures.clone().requires_grad_()
        respond(network, layer, inputs)[:, 0, 1, 1].sum().backward()
        assert inputs.grad is not None
        return inputs.grad

    pictures = torch.randn(3, 3, 8, 10)
    together, alone = gradient(pictures), gradient(pictures[1:2])
    assert together.abs().sum() > 0
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-6)


def test_bfloat16_and_channels_last() -> None:
    network = tangled()
    layer = layers_of(network)["down"]
    pictures = torch.randn(2, 3, 8, 10)
    with torch.no_grad():
        exact = respond(network, layer, pictures)
        network.to(torch.bfloat16, memory_format=torch.channels_last)
        inputs = pictures.to(torch.bfloat16, memory_format=torch.channels_last)
        rough = respond(network, layer, inputs)
    assert rough.dtype is torch.bfloat16
    assert (rough.float() - exact).abs().mean() < 0.02 * exact.abs().mean()


def test_a_tap_that_is_not_reached_is_an_error() -> None:
    class Choosy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return x if x.abs().max() > 100 else self.conv(x)

    network = Choosy()
    layer = layers_of(network)["conv"]
    respond(network, layer, torch.zeros(1, 3, 8, 8))
    with pytest.raises(NetworkError, match="conv is not reached: on this picture of 8 x 8"):
        respond(network, layer, torch.full((1, 3, 8, 8), 200.0))


def test_a_layer_that_is_never_reached_is_an_error() -> None:
    network = nn.ModuleDict({"conv": nn.Conv2d(3, 2, 3)})
    network.forward = lambda x: x  # type: ignore[method-assign]
    layer = layers_of(network)["conv"]
    assert not layer.reached
    with pytest.raises(NetworkError, match="conv"):
        respond(network, layer, torch.zeros(1, 3, 8, 8))


def test_torch_s_own_batch_norm_function_is_a_picture_s_own_too() -> None:
    class Raw(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return torch.batch_norm(
                self.conv(x), None, None, None, None, True, 0.1, 1e-5, torch.backends.cudnn.enabled
            )

    network = Raw()
    layer = layers_of(network)["conv"]
    pictures = torch.randn(4, 3, 8, 8) * torch.arange(1, 5).view(4, 1, 1, 1)
    with torch.no_grad():
        got = respond(network, layer, pictures)
        alone = torch.cat([network(picture[None]) for picture in pictures])
    torch.testing.assert_close(got, alone)


def test_normalise() -> None:
    preprocessing = Preprocessing((2, 2), (2,), 2, (0.5, 0.25), (0.5, 0.1), "bilinear")
    pictures = torch.tensor([[[[0.0, 1.0]], [[0.25, 0.35]]]])
    expected = torch.tensor([[[[-1.0, 1.0]], [[0.0, 1.0]]]])
    torch.testing.assert_close(normalise(pictures, preprocessing), expected)


def test_linear_layers_and_own_convolutions_answer_with_the_maps_of_their_twins() -> None:
    for ours, theirs in (mixed(), own()):
        pictures = torch.randn(3, 3, 14, 18)
        mine, others = (layers_of(network, (3, 18, 22)) for network in (ours, theirs))
        for name, layer in mine.items():
            with torch.no_grad():
                got = respond(ours, layer, pictures)
                expected = respond(theirs, others[name], pictures)
            assert got.shape[:2] == (3, layer.filters)
            torch.testing.assert_close(got, expected)


def test_kernels_of_each_picture_s_own_answer_with_one_map_for_each_picture() -> None:
    network = Dynamic().eval()
    layers, pictures = layers_of(network), torch.randn(4, 3, 10, 9)
    with torch.no_grad():
        together = respond(network, layers["modulated"], pictures)
        alone = [respond(network, layers["modulated"], picture[None]) for picture in pictures]
        expected = network.modulated(functional.relu(network.stem(pictures)))
    torch.testing.assert_close(together, torch.cat(alone))
    torch.testing.assert_close(together, expected)
