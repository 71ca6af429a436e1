"""The tensor that convolves, for whatever module: its impulse response is the oracle."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.lenses.kernels.lens import Kernels
from convatlas.model.record_index import RecordIndex
from convatlas.network.trace.layers import record_layers
from convatlas.network.weights import kernel_norms, layer_weights, own_weight, recorded_weights
from support.contexts import render_context_of
from support.conv_like_networks import Dynamic, OwnConvolution, mixed, own, standardised


class Standardised(nn.Conv2d):
    """A Conv2d that standardises its weight, as in BiT and NFNets."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, standardised(self.weight), self.bias, self.stride, self.padding)


@pytest.mark.parametrize(
    ("module", "stored"),
    [
        (nn.Conv2d(3, 4, 3), True),
        (nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), True),
        (OwnConvolution(3, 4, 3, lambda weight: weight), True),
        (OwnConvolution(3, 4, 3, standardised), False),
        (Standardised(3, 4, 3), False),
    ],
)
def test_kernels_are_those_that_answer_an_impulse(module: nn.Module, stored: bool) -> None:
    network = nn.Sequential(module).eval()
    layer = record_layers(network, (3, 9, 9))[0][0]
    weight = own_weight(network, layer)
    assert (weight is not None) == stored
    if weight is None:
        weight = recorded_weights(network, (3, 9, 9))[layer.name]
    impulses = torch.zeros(4, 3, 9, 9)
    impulses[range(3), range(3), 4, 4] = 1
    with torch.no_grad():
        answer = network(impulses)
    places = (4 + layer.padding[0], 4 + layer.padding[1])
    for (dy, dx), expected in zip(
        torch.cartesian_prod(*[torch.arange(3)] * 2).tolist(),
        layer_weights(weight, layer).reshape(4, 3, 9).transpose(2, 0, 1),
        strict=True,
    ):
        row, column = places[0] - dy, places[1] - dx
        if row % layer.stride[0] or column % layer.stride[1]:
            continue
        got = (answer[:3] - answer[3])[:, :, row // layer.stride[0], column // layer.stride[1]].T
        torch.testing.assert_close(got, torch.from_numpy(expected.copy()), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("pair", [mixed, own])
def test_kernel_records_are_the_twin_s(pair) -> None:
    ours, theirs = (kernels(network) for network in pair())
    assert ours == theirs


def kernels(network: nn.Module) -> dict[tuple[str, int], object]:
    context = render_context_of(network)
    requests = list(Kernels().requests(context.plan, RecordIndex()))
    found = {
        (request.layer, request.item): record
        for batch in Kernels().render(context, requests)
        for request, record in batch
    }
    assert len(found) == sum(layer.filters for layer in context.plan.network.layers)
    return found


def test_a_key_changes_with_the_parameters_and_with_how_they_are_used() -> None:
    def keys(module: nn.Module) -> list[str]:
        context = render_context_of(nn.Sequential(module))
        return [request.key for request in Kernels().requests(context.plan, RecordIndex())]

    with torch.random.fork_rng():
        torch.manual_seed(0)
        one, other = (OwnConvolution(3, 2, 3, standardised) for _ in range(2))
    before = keys(one)
    assert before == keys(one)
    assert not set(before) & set(keys(other))
    one.change = lambda weight: weight * 2
    assert not set(before) & set(keys(one))


def test_kernels_that_are_computed_from_the_picture_are_not_asked_for() -> None:
    context = render_context_of(Dynamic())
    requests = Kernels().requests(context.plan, RecordIndex())
    assert {request.layer for request in requests} == {"stem", "last"}


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(3, 4, 3),
        nn.Conv2d(6, 4, 3, groups=2),
        nn.ConvTranspose2d(3, 4, 3),
        nn.ConvTranspose2d(6, 4, 3, groups=2),
    ],
)
def test_a_norm_is_that_of_the_weights_that_a_filter_depends_on(module: nn.Conv2d) -> None:
    layer = record_layers(module.eval(), (module.in_channels, 9, 9))[0][0]
    found = kernel_norms(module.weight, layer)
    answer = module(torch.rand(1, module.in_channels, 9, 9))
    for index in range(4):
        (own,) = torch.autograd.grad(answer[:, index].sum(), module.weight, retain_graph=True)
        expected = module.weight[own != 0].abs().sum()
        torch.testing.assert_close(found[index].float(), expected.detach())


def test_a_linear_layer_has_a_row_of_weights_for_each_filter() -> None:
    layer = record_layers(nn.Conv2d(3, 2, 1), (3, 9, 9))[0][0]
    found = kernel_norms(torch.tensor([[1.0, -2, 3], [0, 0, -1]]), layer)
    assert found.tolist() == [6, 1]
