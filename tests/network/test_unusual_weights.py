"""Networks whose weights are of an unusual kind, type or place, opened and told about."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm, weight_norm

from convatlas.errors import ConfigError
from convatlas.network.checkpoints import load_weights
from convatlas.network.open import OpenNetwork, open_network
from convatlas.network.responses import respond
from convatlas.network.weights_files import WeightsError
from convatlas.opening.configuration import parse

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, about what is deprecated or in beta


def opened(module: nn.Module | None, folder: Path = Path(), **model: object) -> OpenNetwork:
    data = {"models": [{"name": "n", "source": "net.py:net", "input": {"size": 16}, **model}]}
    configuration = parse(json.dumps(data), folder / "atlas.yaml", {}, lambda *_: [])
    return open_network(configuration.atlas.models[0], configuration, module)


def responses(network: OpenNetwork, at: int, x: Tensor) -> Tensor:
    with torch.inference_mode():
        return respond(network.module, network.facts.layers[at], x)


def fields(network: OpenNetwork) -> dict[str, tuple[int, int] | None]:
    return {each.name: each.field.size for each in network.facts.layers if each.field}


class Spectral(nn.Module):
    """A complex convolution of a spectrum, between two ordinary ones."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.c = nn.Conv2d(4, 4, 1, dtype=torch.complex64)
        self.turn = nn.Parameter(torch.randn(4, 1, 1, dtype=torch.complex64))
        self.b = nn.Conv2d(4, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        spectrum = self.c(torch.fft.fft2(F.relu(self.a(x))))
        return self.b(torch.fft.ifft2(spectrum * self.turn).imag)


def test_a_complex_convolution_is_named_and_the_others_are_shown() -> None:
    network = Spectral().eval()
    found = opened(network)
    assert [layer.name for layer in found.facts.layers] == ["a", "b"]
    ((name, reason),) = found.facts.skipped
    assert name == "c" and "complex" in reason
    x = torch.randn(2, 3, 16, 16)
    torch.testing.assert_close(responses(found, 1, x), network(x))
    other = Spectral()
    other.load_state_dict(network.state_dict())
    with torch.no_grad():
        other.turn.imag.add_(1)
    before, after = (each.facts.layers[1].upstream_digest for each in (found, opened(other)))
    assert before != after  # the imaginary part counts


def test_complex_numbers_are_not_loaded_as_real_ones(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    state = {"0.weight": torch.randn(4, 3, 3, 3, dtype=torch.complex64), "0.bias": torch.ones(4)}
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"1 of complex numbers where .* real ones \(0.weight\)"):
        load_weights(network, tmp_path / "w.pth", strict=True)
    before = network[0].weight.clone()
    load_weights(network, tmp_path / "w.pth", strict=False)
    assert torch.equal(network[0].weight, before)
    assert (network[0].bias == 1).all()


@pytest.mark.parametrize("kind", ["to_sparse", "to_sparse_csr"])
def test_sparse_matrices_are_followed(kind: str) -> None:
    class Mixing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)
            self.head = nn.Parameter(getattr(torch.eye(2), kind)())
            self.register_buffer("kept", getattr(torch.eye(3), kind)())

        def forward(self, x: Tensor) -> Tensor:
            return torch.sparse.mm(self.head, self.b(self.a(x)).mean((2, 3)).t())

    network = Mixing()
    found = opened(network)
    assert fields(found) == {"a": (3, 3), "b": (5, 5)}
    with torch.no_grad():
        network.kept = network.kept * 2
    assert opened(network).facts.fingerprint != found.facts.fingerprint


def test_a_sparse_kernel_is_shown_where_its_convolution_is() -> None:
    class Pruned(nn.Conv2d):
        def forward(self, x: Tensor) -> Tensor:
            return F.conv2d(x, self.weight.to_dense(), self.bias)

    network = nn.Sequential(Pruned(3, 4, 3))
    network[0].weight = nn.Parameter(network[0].weight.detach().to_sparse())
    assert fields(opened(network)) == {"0": (3, 3)}


def test_quantised_and_nested_buffers_are_no_obstacle(caplog: pytest.LogCaptureFixture) -> None:
    class Kept(nn.Module):
        def __init__(self, kept: Tensor) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.register_buffer("kept", kept)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x)

    quantised = torch.quantize_per_tensor(torch.randn(4), 0.1, 0, torch.qint8)
    assert fields(opened(Kept(quantised))) == {"conv": (3, 3)}
    nested = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    with caplog.at_level(logging.WARNING):
        assert fields(opened(Kept(nested))) == {"conv": None}
    assert "cannot be followed" in caplog.text


META = """
import torch
from torch import nn

def net():
    with torch.device("meta"):
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
"""


def test_weights_on_the_meta_device_are_told_or_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(META)
    with pytest.raises(ConfigError, match=r"0.weight and \d more are on the meta device"):
        opened(None, tmp_path)
    trained = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    save_file(trained.state_dict(), tmp_path / "w.safetensors")
    found = opened(None, tmp_path, weights="w.safetensors")
    x = torch.randn(1, 3, 16, 16)
    assert torch.equal(responses(found, 0, x), trained(x))


class Casting(nn.Module):
    """A network that converts its input to a type, whatever its own is."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv, self.dtype = nn.Conv2d(3, 4, 3, padding=1), dtype
        self.after = nn.Conv2d(4, 2, 3)
        self.to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        return self.after(F.relu(self.conv(x.to(self.dtype))))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_network_that_needs_its_own_type_runs_in_it(dtype: torch.dtype) -> None:
    network = Casting(dtype)
    found = opened(network)
    assert fields(found) == {"conv": (3, 3), "after": (5, 5)}
    x = torch.randn(2, 3, 16, 16)
    response = responses(found, 1, x)
    assert response.dtype == torch.float32
    assert torch.equal(response, network(x).float())
    x.requires_grad_()
    respond(found.module, found.facts.layers[1], x).sum().backward()
    assert x.grad is not None and x.grad.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_network_that_runs_in_float32_runs_in_it(dtype: torch.dtype) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3)).to(dtype)
    found = opened(network)
    assert found.module[0].weight.dtype == torch.float32
    assert network[0].weight.dtype == dtype
    assert torch.equal(found.module[0].weight, network[0].weight.float())


def test_what_runs_in_no_type_is_told_as_it_fails_in_float32() -> None:
    with pytest.raises(ConfigError, match="does not run on an input of 3 channels and 16 x 16"):
        opened(nn.Sequential(nn.Conv2d(3, 4, 30)).double())


def test_responses_under_autocast_are_in_float32() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return self.conv(x)

    assert responses(opened(Mixed()), 0, torch.randn(2, 3, 16, 16)).dtype == torch.float32


@pytest.mark.parametrize("wrapper", [torch.compile, nn.DataParallel])
def test_layers_of_wrapped_networks_have_their_own_names(wrapper: type[nn.Module]) -> None:
    inner = nn.Sequential(wrapper(nn.Sequential(nn.Conv2d(3, 4, 3))), nn.Conv2d(4, 2, 3))
    assert fields(opened(wrapper(inner))) == {"0.0": (3, 3), "1": (5, 5)}


def test_shared_and_expanded_weights_are_read_as_they_are() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    network[0].weight = nn.Parameter(torch.randn(1, 3, 1, 1).expand(4, 3, 3, 3))
    found = opened(network)
    x = torch.randn(1, 3, 16, 16)
    torch.testing.assert_close(responses(found, 0, x), network(x))


@pytest.mark.parametrize("hooked", [weight_norm, spectral_norm])
def test_weights_behind_hooks_are_current(
    hooked: Callable[[nn.Module], nn.Module],
) -> None:
    class Aside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.aside = hooked(nn.Conv2d(3, 4, 3)), hooked(nn.Conv2d(3, 4, 3))

        def forward(self, x: Tensor) -> Tensor:
            return self.used(x)

    trained = Aside().eval()
    first = opened(Aside())
    for name in ("used", "aside"):
        first.module.get_submodule(name).load_state_dict(trained.get_submodule(name).state_dict())
    second = opened(first.module)
    trained.aside(torch.zeros(1, 3, 9, 9))
    torch.testing.assert_close(second.module.aside.weight, trained.aside.weight)


def test_what_cannot_be_copied_is_told() -> None:
    class Locked(nn.Module):
        def __deepcopy__(self, memo: object) -> nn.Module:
            raise TypeError("cannot copy a handle")

    with pytest.raises(ConfigError, match=r"copying the network raised TypeError .cannot copy"):
        opened(nn.Sequential(nn.Conv2d(3, 4, 3), Locked()))
