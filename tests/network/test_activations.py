"""Activations, their gradients and ablation against hooks, Captum and real changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision
from captum.attr import LayerActivation, LayerGradientXActivation
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg

from convatlas.model.facts import Layer
from convatlas.network.activations import Activations, ablated, consumed
from convatlas.network.trace.layers import record_layers


class Averaged(nn.Module):
    """A convolution whose rectified maps are averaged for a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.head = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.conv(x)).mean((2, 3)))


class Residual(nn.Module):
    """In-place rectifiers, batch norms, and an addition in place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(True))
        self.first = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Conv2d(6, 3, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = self.norm(self.first(x))
        y += x
        return self.head(self.relu(y)).mean((2, 3))


class Switched(Averaged):
    """Switches gradients off."""

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).detach()


class HeadSwitched(Averaged):
    """Switches gradients off for what follows its last convolution."""

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(x)).mean((2, 3))
        with torch.no_grad():
            return self.head(y)


class Swished(Averaged):
    """A nonlinearity written as a product: the response itself goes on."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return self.head((y * torch.sigmoid(y)).mean((2, 3)))


def made(kind: Callable[[], nn.Module], size: int = 12) -> tuple[nn.Module, dict[str, Layer]]:
    torch.manual_seed(0)
    network = kind().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.running_mean, module.running_var, module.weight, module.bias):
                assert isinstance(values, Tensor)
                nn.init.uniform_(values, 0.5, 1.5)
    layers, _ = record_layers(network, (3, size, size))
    return network, {layer.name: layer for layer in layers}


def lead(output: Tensor, index: int = 1) -> Tensor:
    return output[:, index] - output.mean(1)


def effects(passed: Activations, name: str, baseline: Tensor) -> Tensor:
    """[n, filters], by the definition."""
    gradient = passed.gradients(lead(passed.output).sum())[name]
    return (gradient * (passed.values[name] - baseline[:, None, None])).sum((2, 3))


@pytest.mark.parametrize("kind", [Averaged, Switched, HeadSwitched])
def test_before_an_average_and_a_linear_layer_an_effect_is_exact(
    kind: Callable[[], nn.Module],
) -> None:
    network, layers = made(kind)
    inputs = torch.randn(4, 3, 12, 12)
    passed = Activations(network, list(layers.values()), inputs)
    mean = passed.values["conv"].mean((0, 2, 3))
    found = effects(passed, "conv", mean)
    for index in range(5):
        change = {consumed(layers["conv"]): (torch.tensor([index]), mean[[index]])}
        true = lead(network(inputs)) - lead(ablated(network, inputs, change))
        torch.testing.assert_close(found[:, index], true, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Averaged, {"conv": "relu"}),
        (Residual, {"stem.0": "relu", "first": "batch_norm", "head": None}),
        (Swished, {"conv": None}),
    ],
)
def test_what_goes_on_is_the_response_after_the_nonlinearity_that_directly_follows(
    kind: Callable[[], nn.Module], names: dict[str, str | None]
) -> None:
    _, layers = made(kind)
    last = {
        name: tap.norm[-1][0] if (tap := consumed(layer)).norm else None
        for name, layer in layers.items()
    }
    assert last == names


def test_ablation_equals_a_hook_that_does_it_by_hand_whatever_is_written_in_place() -> None:
    network, layers = made(Residual)
    inputs = torch.randn(3, 3, 12, 12)
    modules = {"stem.0": network.stem[2], "first": network.norm, "head": network.head}
    before = network(inputs)
    for name, module in modules.items():

        def cut(_: nn.Module, __: Any, output: Tensor) -> None:
            with torch.no_grad():
                output[:, 2], output[:, 0] = 0.25, -1.0

        with torch.no_grad():
            hook = module.register_forward_hook(cut)
            expected = network(inputs)
            hook.remove()
        change = {consumed(layers[name]): (torch.tensor([2, 0]), torch.tensor([0.25, -1.0]))}
        assert torch.equal(ablated(network, inputs, change), expected), name
        assert not torch.equal(expected, before), name
    assert torch.equal(ablated(network, inputs, {}), before)


def test_gradients_are_those_of_what_was_there_before_it_was_written_over() -> None:
    """By central differences in float64, along a random direction."""
    network, layers = made(Residual)
    network, inputs = network.double(), torch.randn(2, 3, 12, 12, dtype=torch.float64)
    passed = Activations(network, list(layers.values()), inputs)
    found = passed.gradients(lead(passed.output).sum())
    modules = {"stem.0": network.stem[2], "first": network.norm, "head": network.head}
    assert found.keys() == modules.keys()
    for name, module in modules.items():
        direction = torch.randn_like(passed.values[name])
        results = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                change = step * direction
                hook = module.register_forward_hook(lambda _, __, out, c=change: out + c)
                results.append(lead(network(inputs)))
                hook.remove()
        expected = (results[0] - results[1]) / 2e-6
        along = (found[name] * direction).sum((1, 2, 3))
        torch.testing.assert_close(along, expected, atol=1e-7, rtol=1e-5)


def without_dense_layers() -> nn.Module:
    """VGG 11 without its dense layers, whose weights take seconds to draw."""
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
    return nn.Sequential(vgg.make_layers(vgg.cfgs["A"]), head)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "alexnet": torchvision.models.alexnet,
    "vgg11": without_dense_layers,
    "squeezenet1_1": torchvision.models.squeezenet1_1,
}


@pytest.mark.filterwarnings("ignore:Setting (forward, )?backward hooks")
@pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients")
@pytest.mark.parametrize("name", NETWORKS)
def test_captum_says_the_same_of_gradient_times_activation_minus_mean(name: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name]().eval().double()
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    layers, _ = record_layers(network, (3, 64, 64))
    inputs = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    passed = Activations(network, layers, inputs)
    calls = {consumed(layer).norm[-1][1]: layer.name for layer in layers if consumed(layer).norm}
    assert len(calls) == len(layers)
    for path, layer in list(calls.items())[:: max(1, len(calls) // 4)]:
        module = network.get_submodule(path)
        mean = LayerActivation(network, module).attribute(inputs).mean((0, 2, 3))
        whole, plain = (
            LayerGradientXActivation(lambda x: lead(network(x)), module, multiply_by_inputs=each)
            .attribute(inputs)
            .sum((2, 3))
            for each in (True, False)
        )
        torch.testing.assert_close(
            effects(passed, layer, mean), whole - mean * plain, atol=1e-12, rtol=1e-5
        )


def test_a_layer_that_the_output_does_not_depend_on_has_no_gradient() -> None:
    class Aside(Averaged):
        def __init__(self) -> None:
            super().__init__()
            self.aside = nn.Conv2d(3, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            self.aside(x)
            return super().forward(x)

    network, layers = made(Aside)
    passed = Activations(network, list(layers.values()), torch.randn(2, 3, 12, 12))
    assert list(passed.gradients(lead(passed.output).sum())) == ["conv"]
    assert list(passed.values) == ["aside", "conv"]


def test_values_are_numbers_alone_where_a_network_switches_gradients_off() -> None:
    network, layers = made(Switched)
    passed = Activations(network, list(layers.values()), torch.randn(2, 3, 12, 12))
    assert not any(value.requires_grad for value in passed.values.values())
