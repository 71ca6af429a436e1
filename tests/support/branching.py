"""Networks whose path depends on the picture, and what plain hooks hear on it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune

from convatlas.model.facts import Layer

KINDS = ("plain", "normed", "frozen", "spectral", "weight norm", "pruned", "shared", "tied")
GATES = ("always", "dark", "bright", "rough", "small", "large")

BRIGHT = 0.0
"""Mean of a normalised picture from which on it is bright."""
ROUGH = 0.6
"""Standard deviation of a normalised picture from which on it is rough."""
LARGE = 20
"""Side of a picture from which on it is large."""


@dataclass(frozen=True)
class Block:
    """One convolution, what stands around it, and for which pictures it is used."""

    kind: str
    gate: str


class Branching(nn.Module):
    """Blocks of one width, each used only for some pictures."""

    def __init__(self, blocks: Sequence[Block], seed: int, channels: int = 4) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.stem = nn.Conv2d(3, channels, 3, padding=1)
            self.common = nn.Conv2d(channels, channels, 3, padding=1)
            self.norm = _norm(channels)
            self.blocks = nn.ModuleList(self._block(block, channels) for block in blocks)
        self.gates = [block.gate for block in blocks]
        self.kinds = [block.kind for block in blocks]
        self.eval()

    def _block(self, block: Block, channels: int) -> nn.Module:
        convolution = nn.Conv2d(channels, channels, 3, padding=1)
        if block.kind == "spectral":
            parametrizations.spectral_norm(convolution)
        if block.kind == "weight norm":
            parametrizations.weight_norm(convolution)
        if block.kind == "pruned":
            prune.l1_unstructured(convolution, "weight", 0.5)  # type: ignore[no-untyped-call]
            convolution.weight = convolution.weight.detach()  # so that it can be copied
        if block.kind == "tied":
            convolution.weight = self.common.weight
        norm = _norm(channels) if block.kind == "frozen" else nn.Identity()
        return nn.ModuleDict({"conv": convolution, "norm": norm})

    def forward(self, picture: Tensor) -> Tensor:
        x = F.relu(self.stem(picture))
        for kind, gate, block in zip(self.kinds, self.gates, self.blocks, strict=True):
            if not _open(gate, picture):
                continue
            if kind == "shared":
                x = x + self.common(x)
            elif kind == "normed":  # by a norm that all such blocks share
                x = x + F.relu(self.norm(block["conv"](x)))
            else:
                x = x + F.relu_(block["norm"](block["conv"](x)))
        return x.mean((2, 3))


def _norm(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


def _open(gate: str, picture: Tensor) -> bool:
    if gate in ("dark", "bright"):
        return bool(picture.mean() > BRIGHT) == (gate == "bright")
    if gate == "rough":
        return picture.std().item() > ROUGH
    if gate in ("small", "large"):
        return (picture.shape[-1] >= LARGE) == (gate == "large")
    return True


class Ear:
    """Hears responses in float64 by plain hooks.

    A norm's output is a layer's where the norm is given the convolution's output.
    """

    def __init__(self, module: nn.Module, layers: Sequence[Layer]) -> None:
        self.module = copy.deepcopy(module).double()
        self.normed = {layer.name: layer.norm for layer in layers}
        self.outputs: list[tuple[str, Tensor]] = []
        self.found: dict[str, Tensor] = {}
        for path, child in self.module.named_modules():
            self._listen(path, child)

    def _listen(self, path: str, child: nn.Module) -> None:
        if isinstance(child, nn.Conv2d):
            child.register_forward_hook(lambda _m, _given, out: self._convolution(path, out))
        if isinstance(child, nn.BatchNorm2d):
            child.register_forward_hook(lambda _m, given, out: self._norm(path, given[0], out))

    def _convolution(self, path: str, output: Tensor) -> None:
        nth = 1 + sum(name.partition("@")[0] == path for name, _ in self.outputs)
        name = path if nth == 1 else f"{path}@{nth}"
        self.outputs.append((name, output))
        if self.normed.get(name, "") is None:
            self._keep(name, output)

    def _norm(self, path: str, given: Tensor, output: Tensor) -> None:
        for name, before in self.outputs:
            if before is given and self.normed.get(name) == path:
                self._keep(name, output)

    def _keep(self, name: str, output: Tensor) -> None:
        self.found[name] = output[0].clone()

    def heard(self, picture: Tensor) -> dict[str, Tensor]:
        """Return the responses [filters, h, w] of the layers that one normalised picture reaches.

        They have gradients if the picture has.
        """
        self.outputs, self.found = [], {}
        with torch.set_grad_enabled(picture.requires_grad):
            self.module(picture[None].double())
        return self.found


def all_heard(
    module: nn.Module, layers: Sequence[Layer], pictures: Mapping[str, Tensor]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """By layer, the responses to each picture that reaches it, by the picture's name."""
    ear = Ear(module, layers)
    found: dict[str, dict[str, NDArray[np.float64]]] = {layer.name: {} for layer in layers}
    for identity, picture in pictures.items():
        for name, response in ear.heard(picture).items():
            if name in found:
                found[name][identity] = response.numpy()
    return found
