"""Copies of networks that ``copy.deepcopy`` refuses, and conversions that ``Module.to`` spoils."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm

from convatlas.network.copying import channels_last, copied, in_precision

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, about what is deprecated or in beta


def conv() -> nn.Conv2d:
    return nn.Conv2d(3, 4, 3)


class Weighted(nn.Module):
    """A convolution, with some other tensor beside it."""

    def __init__(self, extra: Tensor) -> None:
        super().__init__()
        self.conv = conv()
        self.extra = extra
        self.kept = {"list": [extra, (extra, "text")]}

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class Own(Tensor):
    """A subclass without methods of its own."""


def trained(network: nn.Module) -> nn.Module:
    """A network after a training step, when its hooks have left tensors with a gradient."""
    network.train()(torch.randn(2, 3, 8, 8)).sum().backward()
    return network.eval()


def of_inference() -> nn.Module:
    with torch.inference_mode():
        return nn.Sequential(conv())


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "weight norm": lambda: nn.Sequential(weight_norm(conv())),
    "spectral norm": lambda: trained(nn.Sequential(spectral_norm(conv()))),
    "pruning": lambda: trained(nn.Sequential(prune.l1_unstructured(conv(), "weight", 0.5))),
    "parametrised": lambda: trained(nn.Sequential(parametrizations.weight_norm(conv()))),
    "computed": lambda: Weighted(nn.Parameter(torch.randn(3)) * 2),
    "sparse": lambda: Weighted(nn.Parameter(torch.eye(3).to_sparse())),
    "sparse rows": lambda: Weighted(torch.eye(3).to_sparse_csr()),
    "nested": lambda: Weighted(torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])),
    "subclass": lambda: Weighted(nn.Parameter(torch.zeros(3).as_subclass(Own))),
    "scripted": lambda: nn.Sequential(torch.jit.script(conv())),
    "of inference": of_inference,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_copy_responds_the_same_and_shares_nothing(name: str) -> None:
    network = NETWORKS[name]()
    made = copied(copied(network))
    x = torch.randn(1, 3, 8, 8)
    with torch.no_grad():
        before = network(x)
        assert torch.equal(made(x), before)
        for parameter in made.parameters():
            if parameter.layout is torch.strided:
                parameter.add_(1)
        assert torch.equal(network(x), before)
        assert not torch.equal(made(x), before)
    assert type(made) is type(network)
    made.requires_grad_(False)  # no parameter is computed from another one


@pytest.mark.parametrize(
    "wrapper", [torch.compile, nn.DataParallel], ids=["compiled", "for several devices"]
)
def test_wrappers_are_taken_off_wherever_they_are(
    wrapper: Callable[[nn.Module], nn.Module],
) -> None:
    inner = nn.Sequential(wrapper(conv()), nn.ReLU())
    network = nn.ModuleDict({"body": wrapper(inner), "other": wrapper(conv())})
    names = {"body.0.weight", "body.0.bias", "other.weight", "other.bias"}
    assert copied(network).state_dict().keys() == names
    assert network.state_dict().keys() != names
    assert isinstance(copied(wrapper(conv())), nn.Conv2d)


def test_what_a_wrapper_shares_is_shared_in_the_copy() -> None:
    network = nn.Module()
    network.body = nn.Sequential(conv())
    network.fast = torch.compile(network.body)
    made = copied(network)
    assert made.body is made.fast


def test_an_ordinary_network_is_copied_as_by_deepcopy() -> None:
    network = nn.Sequential(conv(), nn.BatchNorm2d(4), nn.ReLU()).requires_grad_(False)
    network[0].weight.requires_grad_()
    ours, theirs = copied(network), copy.deepcopy(network)
    assert all(
        torch.equal(one, other) and one.requires_grad == other.requires_grad
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True)
    )


def test_channels_come_last_where_there_are_maps() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv3d(3, 4, 3), nn.Linear(4, 4))
    network.register_buffer("sparse", torch.ones(2, 2, 2, 2).to_sparse())
    before = [parameter.clone() for parameter in network.parameters()]
    made = channels_last(network)
    after = list(made.parameters())
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert after[0].stride() == (27, 1, 9, 3)
    assert after[2].is_contiguous()


def test_imaginary_parts_survive_other_precisions() -> None:
    network = nn.Sequential(conv())
    network.turn = nn.Parameter(torch.tensor([1 + 2j]))
    made = in_precision(network, torch.bfloat16)
    assert made[0].weight.dtype == torch.bfloat16
    assert made.turn.imag.item() == 2
