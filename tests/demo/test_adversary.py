from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convatlas.demo.adversary import adversarial

RADIUS = 0.5


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 4)
    )


@pytest.fixture
def inputs() -> Tensor:
    return torch.rand(16, 3, 8, 8, generator=torch.Generator().manual_seed(1))


TARGETS = torch.arange(16) % 4


def changed(net: nn.Module, inputs: Tensor, radius: float = RADIUS) -> Tensor:
    return adversarial(net, inputs, TARGETS, radius, torch.Generator().manual_seed(2))


def test_no_input_is_changed_by_more_than_the_radius(net: nn.Module, inputs: Tensor) -> None:
    distances = (changed(net, inputs) - inputs).flatten(1).norm(dim=1)
    assert (distances <= RADIUS * 1.0001).all()
    assert (distances > RADIUS / 2).all()
    assert torch.equal(changed(net, inputs, radius=0.0), inputs)


def test_the_network_errs_more_than_after_any_of_many_random_changes(
    net: nn.Module, inputs: Tensor
) -> None:
    net.eval()
    found = changed(net, inputs)
    draws = torch.Generator().manual_seed(3)

    def losses(batch: Tensor) -> Tensor:
        return F.cross_entropy(net(batch), TARGETS, reduction="none")

    noise = torch.randn(200, *inputs.shape, generator=draws)
    noise *= RADIUS / noise.flatten(2).norm(dim=2)[..., None, None, None]
    with torch.no_grad():
        worst = torch.stack([losses(inputs + one) for one in noise]).amax(0)
        assert (losses(found) > worst).all()


def test_the_network_is_left_as_it_was(net: nn.Module, inputs: Tensor) -> None:
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for mode in (True, False):
        net.train(mode)
        assert not changed(net, inputs).requires_grad
        assert {module.training for module in net.modules()} == {mode}
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
