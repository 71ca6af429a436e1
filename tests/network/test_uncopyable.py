"""Networks that hold what cannot be copied are copied all the same, and the originals are left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convatlas.errors import ConfigError, NetworkError
from convatlas.network.open import open_network
from convatlas.network.uncopyable import deep_copy, own_modules_only
from convatlas.opening.configuration import check_without_files, parse


class Holder:
    """An object of the user's own with a lock deep inside."""

    def __init__(self) -> None:
        self.inside = {"lock": threading.Lock(), "numbers": [1, 2]}


HELD: dict[str, Callable[[], Any]] = {
    "lock": threading.Lock,
    "locks": lambda: [threading.Lock(), threading.RLock()],
    "file": lambda: Path(__file__).open("rb"),  # noqa: SIM115
    "generator": lambda: (n for n in range(3)),
    "holder": Holder,
    "random": lambda: torch.Generator().manual_seed(3),
    "thread": lambda: threading.Thread(target=print),
}


@pytest.mark.parametrize("kind", HELD)
def test_what_cannot_be_copied_is_shared_and_all_else_is_copied(kind: str) -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())
    held = network[0].held = HELD[kind]()
    copied = deep_copy(network, {})
    assert copied[0].weight is not network[0].weight
    assert torch.equal(copied[0].weight, network[0].weight)
    if kind == "lock":
        assert copied[0].held is held
    if kind == "holder":
        assert copied[0].held is not held
        assert copied[0].held.inside["lock"] is held.inside["lock"]
        assert copied[0].held.inside["numbers"] is not held.inside["numbers"]
    if kind == "random":
        state = held.get_state()
        torch.rand(3, generator=copied[0].held)
        assert torch.equal(held.get_state(), state)
    if kind == "file":
        held.close()


def test_a_module_that_cannot_be_copied_is_never_shared() -> None:
    class Refusing(nn.Conv2d):
        def __deepcopy__(self, memo: Any) -> Any:
            raise ValueError("one of me is enough")

    with pytest.raises(ValueError, match="one of me"):
        deep_copy(nn.Sequential(Refusing(3, 2, 3)), {})


def net() -> Any:
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.Dropout(), nn.BatchNorm2d(2))


def test_a_copy_that_runs_the_original_is_refused() -> None:
    network = net()
    network.forward = lambda x: network[0](x)
    copied = deep_copy(network, {})
    with pytest.raises(NetworkError, match="its part '0' through"), own_modules_only(network):
        copied(torch.zeros(1, 3, 8, 8))
    copied = deep_copy(net(), {})
    with own_modules_only(network):
        copied(torch.zeros(1, 3, 8, 8))


def opened(network: nn.Module, folder: Path) -> Any:
    text = "models: [{name: net, source: 'memory:network', input: {size: 12}}]"
    configuration = parse(text, folder / "atlas.yaml", {}, check_without_files)
    return open_network(configuration.atlas.models[0], configuration, network)


def hooked_with_a_closure() -> nn.Module:
    network = net()
    network[0].register_forward_hook(lambda _m, _i, output: network[2](output))
    return network


def test_a_hook_that_holds_the_original_is_told_and_changes_nothing(tmp_path: Path) -> None:
    network = hooked_with_a_closure().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ConfigError, match="its part '2' through a function"):
        opened(network, tmp_path)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


class Caching(nn.Module):
    """Keeps what it computed, has a lock, and draws from a generator of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2)
        self.lock = threading.Lock()
        self.random = torch.Generator().manual_seed(1)
        self.seen = 0

    def forward(self, x: Tensor) -> Tensor:
        with self.lock:
            self.seen += 1
            self.last = self.norm(self.conv(x))
            return self.last


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_as_it_was(training: bool, tmp_path: Path) -> None:
    network = Caching().double().to(memory_format=torch.channels_last).train(training)
    network(torch.randn(2, 3, 12, 12).double()).sum().backward()
    network.conv.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    kept, gradient, state = network.last, network.norm.weight.grad, network.random.get_state()
    assert [layer.name for layer in opened(network, tmp_path).facts.layers] == ["conv"]
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert {value.dtype for value in after.values()} == {torch.float64, torch.int64}
    assert network.conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert (network.training, network.seen, network.last) == (training, 1, kept)
    assert network.norm.weight.grad is gradient
    assert not network.conv.weight.requires_grad
    assert torch.equal(network.random.get_state(), state)
