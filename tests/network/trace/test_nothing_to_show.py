from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from convatlas.network.trace.layers import record_layers
from convatlas.network.trace.nothing_to_show import nothing_to_show

SHAPE = (3, 8, 8)


class Own(nn.Module):
    """A convolution of its own making."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("fc,nchw->nfhw", self.weight, x)


OwnConv2d = type("OwnConv2d", (Own,), {})


def told(network: nn.Module) -> str:
    layers, skipped = record_layers(network.eval(), SHAPE)
    assert not layers
    return nothing_to_show(network, skipped)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")
def test_compiled_convolutions() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU()).eval()
    frozen = torch.jit.freeze(torch.jit.script(network))
    traced = torch.jit.trace(network, torch.zeros(1, *SHAPE))
    for compiled in (torch.jit.script(network), frozen, traced, nn.Sequential(traced)):
        text = told(compiled)
        assert "are compiled by TorchScript" in text
        assert text.endswith("build it from its class, and load its weights as a state dict")


@pytest.mark.filterwarnings("ignore")
def test_quantised_convolutions() -> None:
    quantisation = torch.ao.quantization
    network = nn.Sequential(
        quantisation.QuantStub(), nn.Conv2d(3, 2, 3), quantisation.DeQuantStub()
    ).eval()
    network.qconfig = quantisation.default_qconfig  # type: ignore[assignment]
    prepared = quantisation.prepare(network)
    prepared(torch.zeros(1, *SHAPE))
    text = told(quantisation.convert(prepared))
    assert "are quantised (1); show the network as it was before it was converted" in text


def test_convolutions_of_other_dimensions() -> None:
    text = told(nn.Sequential(nn.Flatten(2), nn.Conv1d(3, 2, 3), nn.Conv1d(2, 2, 3)))
    assert "do not work on two-dimensional maps (1, 2); convatlas shows" in text


def test_convolutions_of_other_kinds() -> None:
    text = told(nn.Sequential(OwnConv2d()))
    assert "(0: OwnConv2d is neither a Conv2d" in text
    assert text.endswith("what can be shown are Conv2d, ConvTranspose2d and their subclasses")


def test_no_convolution_at_all() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.ReLU(), nn.Linear(8, 2))
    assert "it has no convolution (only Linear, Flatten, ReLU)" in told(network)
