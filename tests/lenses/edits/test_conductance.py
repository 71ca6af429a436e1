"""Conductances against Captum's, and against networks through which all of a change passes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from captum.attr import LayerConductance
from torch import Tensor

from convatlas.lenses.edits.conductance import Conductance, along
from convatlas.lenses.edits.targets import EditTarget
from convatlas.network.memory import Capacity
from support.contexts import CPU, network_of
from support.edited import SIZE, Two

TARGET = EditTarget([1], [2])


def pair(seed: int = 0) -> tuple[Tensor, Tensor]:
    plain = torch.randn(3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
    edited = plain.clone()
    edited[:, 3:12, 5:15] = 2
    return plain, edited


def conductance(
    net: Two, pairs: Sequence[tuple[Tensor, Tensor]], steps: int, together: int = 64
) -> Conductance:
    layers = network_of(net, SIZE).layers
    found = Conductance(net, layers, TARGET.scored, steps, Capacity(together, CPU))
    for plain, edited in pairs:
        found.add(plain, edited)
    return found


@pytest.mark.parametrize("layer", ["near", "far"])
def test_captum_finds_the_same(layer: str) -> None:
    net, (plain, edited) = Two().eval(), pair()
    names = {"near": net.near, "far": net.far}

    def target(inputs: Tensor) -> Tensor:
        return TARGET.value(net(inputs))

    maps = LayerConductance(target, names[layer]).attribute(
        edited[None], plain[None], n_steps=400, method="riemann_trapezoid", internal_batch_size=64
    )
    expected = maps[0].sum((1, 2)).detach().double()
    near = 0.01 * float(expected.abs().max())
    found = conductance(net, [(plain, edited)], 400).sums[layer]
    assert found.tolist() == pytest.approx(expected.tolist(), abs=near)


def test_all_of_the_change_passes_through_each_layer() -> None:
    net = Two().eval()
    pairs = [pair(seed) for seed in range(3)]
    found = conductance(net, pairs, 8)
    with torch.no_grad():
        change = sum(float(TARGET.value(net(torch.stack(each))).diff()) for each in pairs)
    assert found.change == pytest.approx(change, rel=1e-4)
    for sums in found.sums.values():
        assert float(sums.sum()) == pytest.approx(change, rel=0.05)


def test_the_gradient_of_a_step_is_the_mean_of_its_ends() -> None:
    values, gradients = torch.randn(2, 5, 3, 4, 2, generator=torch.Generator().manual_seed(1))
    steps = zip(values, values[1:], gradients, gradients[1:], strict=False)
    expected = sum(((a + b) / 2 * (after - before)).sum((1, 2)) for before, after, a, b in steps)
    assert along(values, gradients).tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_the_points_of_a_line_may_be_shown_one_by_one() -> None:
    net = Two().eval()
    whole, one_by_one = (conductance(net, [pair()], 4, together) for together in (64, 1))
    for name, sums in whole.sums.items():
        assert one_by_one.sums[name].tolist() == pytest.approx(sums.tolist(), abs=1e-5)


class Aside(Two):
    """The second convolution is computed, and its output thrown away."""

    def forward(self, x: Tensor) -> Tensor:
        near = torch.relu(self.near(x))
        self.far(near)
        return near.mean((2, 3))[:, :4] * 8


def test_a_layer_that_the_scores_do_not_depend_on_carries_nothing() -> None:
    assert set(conductance(Aside().eval(), [pair()], 4).sums) == {"near"}
