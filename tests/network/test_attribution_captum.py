"""Tracing back against Captum, where that works; responses against plain hooks, in large networks.

Captum knows rectifiers by their class, nn.ReLU, and hooks a layer's output, which what follows in
place would write to: it is given a copy of the network where nothing does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from captum.attr import NeuronDeconvolution, NeuronGradient, NeuronGuidedBackprop
from PIL import Image
from torch import Tensor, nn
from torchvision.models import vgg

from convatlas.config.schema import Method
from convatlas.model.facts import Layer
from convatlas.network.attribution import Trace
from convatlas.network.preprocess import IMAGENET
from convatlas.network.trace.layers import record_layers
from support.numpy_backward import METHODS, layers_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:Setting (forward, )?backward hooks"),
    pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients"),
]
ORACLES: dict[Method, Any] = {
    "deconvnet": NeuronDeconvolution,
    "guided": NeuronGuidedBackprop,
    "gradient": NeuronGradient,
}
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "alexnet": lambda: torchvision.models.alexnet().features,
    "vgg11": lambda: vgg.make_layers(vgg.cfgs["A"]),
    "squeezenet1_1": torchvision.models.squeezenet1_1,
}
Weights = Callable[[Tensor], Tensor]
"""How much of each response [n, filters, rows, columns] is traced back, given the responses."""


def peak(responses: Tensor) -> Tensor:
    """Each map's own strongest position."""
    flat = responses.flatten(2)
    return (flat == flat.amax(2, keepdim=True)).to(responses).view_as(responses)


SEEDS: dict[str, Weights] = {
    "peak": peak,
    "map": torch.ones_like,
    "weighted map": lambda responses: responses.clamp(min=0),
}


class Compared:
    """A network in float64 with its inputs, traced once, and what Captum says of it."""

    def __init__(self, network: nn.Module, inputs: Tensor) -> None:
        self.layers = layers_of(network, *inputs.shape[2:])
        self.inputs = inputs.double()
        self.trace = Trace(network, self.layers, self.inputs)
        self.copy = copy.deepcopy(network)
        for module in self.copy.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False

    def check(self, layer: Layer, method: Method, weights: Weights) -> None:
        """Two filters in one batch, and for all inputs at once."""
        responses = self.trace.responses[layer.name].detach()
        seeds = torch.zeros(2, *responses.shape, dtype=torch.float64)
        strongest = responses.mean((0, 2, 3)).topk(2).indices
        for seed, index in zip(seeds, strongest, strict=True):
            seed[:, index] = weights(responses)[:, index]
        found = self.trace.back(layer.name, seeds, method)
        for values, seed in zip(found, seeds, strict=True):
            expected = self.oracle(layer, method, seed)
            assert expected.any()
            near = 1e-5 * expected.abs().amax((1, 2, 3), keepdim=True)
            assert ((values - expected).abs() <= near).all()

    def oracle(self, layer: Layer, method: Method, seed: Tensor) -> Tensor:
        module = self.copy.get_submodule(layer.module)
        found: Tensor = ORACLES[method](self.copy, module).attribute(
            self.inputs, lambda output: (output * seed).sum((1, 2, 3))
        )
        return found.detach()


@cache
def compared(name: str) -> Compared:
    torch.manual_seed(4)
    network = NETWORKS[name]()
    for parameter in network.parameters():
        if parameter.dim() == 1:
            nn.init.normal_(parameter, std=0.05)  # which some initialise with zero
    height, width = (32, 40) if name == "vgg11" else (64, 72)
    return Compared(network, torch.randn(2, 3, height, width))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", SEEDS)
@pytest.mark.parametrize("name", NETWORKS)
def test_methods_are_captum_s(name: str, kind: str, method: Method) -> None:
    each = compared(name)
    for layer in (*each.layers[:: 6 if len(each.layers) > 8 else 3], each.layers[-1]):
        each.check(layer, method, SEEDS[kind])


def test_single_positions_by_captum_s_own_selector() -> None:
    each = compared("alexnet")
    layer = each.layers[3]
    seeds = torch.zeros(2, *each.trace.responses[layer.name].shape, dtype=torch.float64)
    seeds[0, :, 7, 1, 2] = seeds[1, :, 8, 0, 0] = 1
    for method in METHODS:
        found = each.trace.back(layer.name, seeds, method)
        for values, selector in zip(found, [(7, 1, 2), (8, 0, 0)], strict=True):
            oracle = ORACLES[method](each.copy, each.copy.get_submodule(layer.module))
            expected = oracle.attribute(each.inputs, selector).detach()
            torch.testing.assert_close(values, expected, rtol=1e-5, atol=1e-12)


def squeezenet(real_data: Path) -> nn.Module:
    module: nn.Module = torchvision.models.squeezenet1_1()
    module.load_state_dict(torch.load(real_data / "weights" / "squeezenet1_1.pth"))
    return module.eval()


def photographs(real_data: Path, count: int, side: int) -> Tensor:
    files = sorted((real_data / "images" / "imagenet-1k-sample").glob("*.JPEG"))[:count]
    pictures = [Image.open(file).convert("RGB").resize((side, side)) for file in files]
    return torch.stack([to_tensor(picture) for picture in pictures])


def to_tensor(picture: Image.Image) -> Tensor:
    found: Tensor = torchvision.transforms.functional.to_tensor(picture)
    return torchvision.transforms.functional.normalize(found, IMAGENET.mean, IMAGENET.std)


def test_real_weights_and_photographs(real_data: Path) -> None:
    each = Compared(squeezenet(real_data), photographs(real_data, 2, 64))
    assert len(each.layers) == 26
    for number, layer in enumerate(each.layers):
        for method in METHODS:
            each.check(layer, method, list(SEEDS.values())[number % 3])


def hooked(network: nn.Module, layers: tuple[Layer, ...], inputs: Tensor) -> dict[str, Tensor]:
    """What plain hooks see: of batch norms, where there is one right after the convolution."""
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        return lambda module, args, output: seen.update({name: output.clone()})

    handles = [
        network.get_submodule(layer.norm or layer.module).register_forward_hook(keep(layer.name))
        for layer in layers
    ]
    with torch.no_grad():
        network(inputs)
    for handle in handles:
        handle.remove()
    return seen


def check_responses(network: nn.Module, inputs: Tensor, count: int, normed: bool) -> None:
    layers = record_layers(network, (3, *inputs.shape[2:]))[0]  # type: ignore[arg-type]
    assert len(layers) == count
    assert all((layer.norm is not None) == normed for layer in layers)
    trace = Trace(network, layers, inputs)
    expected = hooked(network, layers, inputs)
    assert list(trace.responses) == list(expected)
    for name, response in trace.responses.items():
        torch.testing.assert_close(response.detach(), expected[name], rtol=1e-5, atol=1e-6)
        means, plain = response.detach().mean((2, 3)), expected[name].mean((2, 3))
        torch.testing.assert_close(means, plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "options", "count"),
    [("resnet50", {}, 53), ("googlenet", {"init_weights": False, "aux_logits": False}, 57)],
)
def test_responses_are_what_hooks_see(name: str, options: dict[str, Any], count: int) -> None:
    torch.manual_seed(5)
    network = torchvision.models.get_model(name, **options).eval()
    for buffer_name, buffer in network.named_buffers():
        if "running" in buffer_name:
            buffer.uniform_(0.5, 1.5)
    check_responses(network, torch.randn(2, 3, 96, 96), count, normed=True)


def test_responses_of_real_weights_are_what_hooks_see(real_data: Path) -> None:
    check_responses(squeezenet(real_data), photographs(real_data, 2, 128), 26, normed=False)
