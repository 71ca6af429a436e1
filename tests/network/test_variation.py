"""What is told of networks that are no functions of the picture."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import get_model

from convatlas.model.facts import Variation
from convatlas.network.trace.layers import record_layers
from convatlas.network.variation import varying
from support.company import Deviation, OneByOne
from support.varying import ALONE, RANDOM, STEADY, TOGETHER, Pair, skipping

SHAPE = (3, 16, 20)


def told(network: nn.Module) -> tuple[dict[str, Variation | None], bool]:
    layers, single = varying(network, SHAPE, record_layers(network, SHAPE)[0])
    return {layer.name: layer.varies for layer in layers}, single


@pytest.mark.parametrize("name", RANDOM)
def test_what_differs_from_run_to_run(name: str) -> None:
    found, single = told(RANDOM[name]())
    assert found["near"] is None
    assert found["far"] is not None
    assert found["far"].runs is not None
    assert 0 < found["far"].runs <= 1
    assert single


@pytest.mark.parametrize("name", TOGETHER)
def test_what_differs_beside_other_pictures(name: str) -> None:
    found, single = told(TOGETHER[name]())
    assert found["near"] is None
    assert found["far"] is not None
    assert found["far"].runs is None
    assert found["far"].batch is not None
    assert 0 < found["far"].batch <= 1
    assert single


@pytest.mark.parametrize("name", STEADY)
def test_nothing_is_told_of_a_function_of_the_picture(name: str) -> None:
    found, single = told(STEADY[name]())
    assert set(found.values()) == {None}
    assert not single


@pytest.mark.parametrize("name", ALONE)
def test_networks_that_take_no_batches_are_shown_one_picture_at_a_time(name: str) -> None:
    found, single = told(ALONE[name]())
    assert set(found.values()) == {None}
    assert single


def test_a_layer_that_is_not_always_reached_varies_by_all_of_its_range() -> None:
    found, _ = told(skipping())
    assert found["more"] == Variation(1.0, None)
    assert found["far"] is not None
    assert found["far"].runs


def test_case_networks() -> None:
    """The networks of other tests: one mixes its batch, the other looks at its pictures in turn."""
    found, single = told(Deviation())
    assert found["near"] is None
    assert found["far"] is not None
    assert found["far"].batch
    assert single
    assert told(OneByOne()) == ({"near": None, "far": None}, True)


@pytest.mark.parametrize("name", [*RANDOM, *TOGETHER])
def test_the_network_is_left_as_it_was(name: str) -> None:
    network = {**RANDOM, **TOGETHER}[name]()
    layers, _ = record_layers(network, SHAPE)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    calls, kept, random = network.calls, len(network.kept), torch.get_rng_state()
    varying(network, SHAPE, layers)
    assert (network.calls, len(network.kept)) == (calls, kept)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())


def test_the_numbers_are_the_same_each_time() -> None:
    for name in RANDOM:
        assert told(RANDOM[name]()) == told(RANDOM[name]())


def test_the_share_is_that_of_the_range_of_the_responses() -> None:
    """From -5 to 5 in the first run, and higher by 6 in the seventh, the last of this picture."""

    class Rising(nn.Module):
        calls = 0

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 1, 1, bias=False)
            nn.init.constant_(self.conv.weight, 1 / 3)

        def forward(self, x: Tensor) -> Tensor:
            ramp = torch.linspace(-5, 5, x.shape[3]).expand(x.shape)
            self.calls += 1
            found: Tensor = self.conv(ramp + self.calls)
            return found

    assert told(Rising())[0] == {"conv": Variation(float(f"{6 / 16:.2g}"), None)}


def test_values_that_are_not_finite_are_equal_to_themselves_only() -> None:
    def with_nan(_: Pair, x: Tensor) -> Tensor:
        return torch.cat([x[..., :1] / 0, x[..., 1:2] * torch.nan, x[..., 2:]], 3)

    assert told(Pair(with_nan)) == ({"near": None, "far": None}, False)
    found, _ = told(Pair(lambda _, x: x if len(x) == 1 else with_nan(_, x)))
    assert found == {"near": None, "far": Variation(None, 1.0)}


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v3_small", "shufflenet_v2_x0_5"])
def test_rounding_is_no_variation(name: str) -> None:
    torch.manual_seed(0)
    network = get_model(name, weights=None).eval()
    layers, _ = record_layers(network, (3, 96, 96))
    assert varying(network, (3, 96, 96), layers) == (layers, False)
