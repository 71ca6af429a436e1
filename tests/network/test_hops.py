"""Edges between filters against real ablation, with all convolutions held by hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.model.facts import Layer
from convatlas.network.contributions import Places, constants, contributions, group_of, kernels
from convatlas.network.hops import Ablation, Edge, hop, norms
from convatlas.network.trace.layers import record_layers

SIZE = 24
GATE = "excite.conv", "up.conv"
"""A gate is held, and is no source of what it scales."""
N = 2


class Act(nn.Module):
    """What a network goes on with after a convolution, where an oracle can change it."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Unit(nn.Module):
    """A convolution with its norm and nonlinearity."""

    def __init__(
        self, convolution: nn.Module, function: Callable[[Tensor], Tensor], *, norm: bool = True
    ) -> None:
        super().__init__()
        filters = int(getattr(convolution, "out_channels", 0))
        self.conv, self.act = convolution, Act(function)
        self.norm: nn.Module = nn.BatchNorm2d(filters) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.act(self.norm(self.conv(x)))
        return result


class Everything(nn.Module):
    """All operations that a channel may meet between two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Unit(nn.Conv2d(3, 6, 3, padding=1, stride=2), F.relu)
        self.left = Unit(nn.Conv2d(6, 4, 3, padding="same", dilation=2), F.silu)
        self.right = Unit(nn.Conv2d(6, 4, 3, groups=2, padding_mode="reflect", padding=1), F.gelu)
        self.first = Unit(nn.Conv2d(14, 8, 1), nn.Identity())
        self.second = Unit(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Identity())
        self.squeeze = Unit(nn.Conv2d(8, 2, 1), F.relu, norm=False)
        self.excite = Unit(nn.Conv2d(2, 8, 1), torch.sigmoid, norm=False)
        self.third = Unit(nn.Conv2d(8, 8, 3, padding=1), nn.Identity())
        self.up = Unit(nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, groups=2), F.relu)
        self.layer_norm = nn.LayerNorm(4)
        self.last = Unit(nn.Conv2d(4, 5, 2), F.relu)
        self.final = Unit(nn.Conv2d(5, 3, 1), F.relu)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.stem(x), 3, 2, 1)
        x = torch.cat([x, self.left(x), F.avg_pool2d(self.right(x), 3, 1, 1)], 1)
        x = self.first(x)
        x = F.relu(x + self.second(F.hardtanh(x)), inplace=True)
        y = self.third(x)
        y = y * self.excite(self.squeeze(F.adaptive_avg_pool2d(y, 1)))
        x = F.interpolate(F.relu(x + y), scale_factor=2, mode="bilinear")
        x = self.up(x)
        x = self.layer_norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = self.last(x * 2 - 1)
        return self.final(x.mean((2, 3), keepdim=True) + torch.sum(x, (2, 3), keepdim=True))


def seeded(network: nn.Module) -> nn.Module:
    """Give norms statistics of their own, so that folding them is worth testing."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return network.double().eval()


class Held:
    """Hooks under which convolutions pass no change on, and norms keep their statistics."""

    def __init__(self, network: nn.Module, inputs: Tensor) -> None:
        self.network, self.inputs = network, inputs
        self.plain: dict[nn.Module, Tensor] = {}
        self.scales: dict[nn.Module, tuple[Tensor, Tensor]] = {}
        self.changed: dict[nn.Module, Tensor] = {}
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                module.register_forward_hook(self._convolved)
            elif isinstance(module, nn.LayerNorm):
                module.register_forward_hook(self._normed)
        network(inputs)

    def change(self, source: str, index: int, value: float) -> dict[str, Tensor]:
        """Return by how much the result of each convolution falls if a filter is ablated."""

        def ablate(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
            changed = output.clone()
            changed[:, index] = value
            return changed

        act = self.network.get_submodule(f"{source}.act")
        handle = act.register_forward_hook(ablate)
        self.network(self.inputs)
        handle.remove()
        names = {module: name for name, module in self.network.named_modules()}
        return {names[each]: self.plain[each] - after for each, after in self.changed.items()}

    def _convolved(self, module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if module not in self.plain:
            self.plain[module] = output.clone()
        self.changed[module] = output.clone()
        return self.plain[module].clone()

    def _normed(self, module: nn.LayerNorm, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        (x,) = given
        if module not in self.scales:
            variance, mean = torch.var_mean(x, -1, unbiased=False, keepdim=True)
            self.scales[module] = mean, (variance + module.eps).rsqrt()
        mean, scale = self.scales[module]
        return (x - mean) * scale * module.weight + module.bias


@pytest.fixture(scope="module")
def prepared() -> tuple[nn.Module, list[Layer], Tensor]:
    torch.manual_seed(0)
    network = seeded(Everything())
    layers = list(record_layers(network, (3, SIZE, SIZE))[0])
    return network, layers, torch.randn(N, 3, SIZE, SIZE, dtype=torch.float64)


def edges_of(
    network: nn.Module, layers: list[Layer], inputs: Tensor, ablated: dict[str, Tensor]
) -> dict[str, Edge]:
    """Return the edges into each layer, with all filters of some layers ablated in group 0."""
    found: dict[str, Edge] = {}
    ablations = {
        name: [Ablation(0, torch.arange(len(values)), values)] for name, values in ablated.items()
    }

    def keep(layer: Layer, edge: Edge) -> None:
        ablated = {group: each.clone() for group, each in edge.ablated.items()}
        copies = {"given": edge.given.clone(), "response": edge.response.clone()}
        found[layer.name] = replace(edge, ablated=ablated, **copies)

    with torch.no_grad():
        known = norms(network, layers, inputs[:1])
        missed = hop(network, layers, inputs, known, ablations, keep)
    assert not missed
    return found


def everywhere(edge: Edge) -> Places:
    """Return the places of all responses."""
    n, filters, rows, columns = edge.response.shape
    grid = torch.meshgrid(*map(torch.arange, (n, filters, rows, columns)), indexing="ij")
    return Places(*(each.flatten() for each in grid))


def test_a_response_is_the_sum_of_all_contributions_and_a_constant(
    prepared: tuple[nn.Module, list[Layer], Tensor],
) -> None:
    edges = edges_of(*prepared, {})
    assert set(edges) == {layer.name for layer in prepared[1]}
    for edge in edges.values():
        places = everywhere(edge)
        found = contributions(edge, edge.given, places).sum(1) + constants(edge, places.filter)
        torch.testing.assert_close(found, edge.response.flatten(), rtol=1e-9, atol=1e-9)


def test_all_filters_at_once_show_what_each_alone_would_do(
    prepared: tuple[nn.Module, list[Layer], Tensor],
) -> None:
    network, layers, inputs = prepared
    tested = set()
    held = None
    for source in layers:
        values = torch.linspace(-0.5, 0.5, source.filters, dtype=torch.float64)
        edges = edges_of(network, layers, inputs, {source.name: values})
        held = held or Held(seeded_copy(network), inputs)
        for index in range(source.filters):
            true = held.change(source.name.removesuffix(".conv"), index, float(values[index]))
            for layer in layers:
                if (source.name, layer.name) == GATE:
                    continue
                edge = edges[layer.name]
                predicted = drop_of(layer, edge, source.name, index)
                expected = true[layer.name] * edge.scale[:, None, None]
                torch.testing.assert_close(predicted, expected, rtol=1e-8, atol=1e-9)
                if expected.abs().max() > 1e-3:
                    tested.add((source.name, layer.name))
    assert len(tested) >= 15


def seeded_copy(network: nn.Module) -> nn.Module:
    """Return a network with the same weights, for hooks of its own."""
    copy = Everything().double().eval()
    copy.load_state_dict(network.state_dict())
    return copy


def drop_of(layer: Layer, edge: Edge, source: str, index: int) -> Tensor:
    """Return by how much each response falls without one filter [n, filters, rows, columns]."""
    places = everywhere(edge)
    lost = contributions(edge, edge.given - edge.without(0), places)
    first = group_of(edge.geometry, places.filter)
    total = torch.zeros(len(places), dtype=lost.dtype)
    for each in layer.sources:
        if each.layer == source and 0 <= index - each.filter < each.filters:
            at = each.channel + index - each.filter - first
            inside = (at >= 0) & (at < lost.shape[1])
            total += torch.where(
                inside, lost.gather(1, at.clamp(0, lost.shape[1] - 1)[:, None])[:, 0], 0
            )
    return total.view(edge.response.shape)


def test_a_kernel_slice_set_to_zero_takes_away_its_contribution() -> None:
    torch.manual_seed(1)
    network = seeded(Everything())
    layers = list(record_layers(network, (3, SIZE, SIZE))[0])
    inputs = torch.randn(N, 3, SIZE, SIZE, dtype=torch.float64)
    before = edges_of(network, layers, inputs, {})["last.conv"]
    places = everywhere(before)
    lost = contributions(before, before.given, places)[:, 2].view(before.response.shape)
    with torch.no_grad():
        network.get_submodule("last.conv").weight[:, 2] = 0
    after = edges_of(network, layers, inputs, {})["last.conv"]
    torch.testing.assert_close(before.response - after.response, lost, rtol=1e-9, atol=1e-9)


def test_kernels_hold_the_norm(prepared: tuple[nn.Module, list[Layer], Tensor]) -> None:
    edge = edges_of(*prepared, {})["stem.conv"]
    unit = prepared[0].get_submodule("stem")
    scale = unit.norm.weight / (unit.norm.running_var + unit.norm.eps).sqrt()
    expected = unit.conv.weight * scale[:, None, None, None]
    torch.testing.assert_close(kernels(edge), expected)


@pytest.mark.parametrize("name", ["densenet121", "efficientnet_b0", "convnext_tiny"])
def test_responses_of_known_networks_are_sums_of_contributions(name: str) -> None:
    torch.manual_seed(0)
    network = getattr(torchvision.models, name)().double().eval()
    layers = list(record_layers(network, (3, 64, 64))[0])
    edges = edges_of(network, layers, torch.randn(1, 3, 64, 64, dtype=torch.float64), {})
    assert set(edges) == {layer.name for layer in layers}
    for edge in edges.values():
        filters = torch.arange(0, edge.geometry.filters, 7)
        middle = [torch.full_like(filters, side // 2) for side in edge.response.shape[2:]]
        places = Places(torch.zeros_like(filters), filters, *middle)
        parts = contributions(edge, edge.given, places)
        found = parts.sum(1) + constants(edge, filters)
        true = edge.response[places.tensors]
        assert ((found - true).abs() <= 1e-6 * (parts.abs().sum(1) + true.abs())).all()
