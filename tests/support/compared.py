"""Two networks in memory, compared on the same random pictures."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models.squeezenet import Fire, SqueezeNet

from convatlas.config.read import Configuration
from convatlas.deriving.comparison.comparison import comparisons
from convatlas.deriving.derive import derive
from convatlas.model.derived import ComparisonData, read_comparison
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import check_without_files, parse
from convatlas.opening.workspace import Workspace
from convatlas.pipeline import Result, complete
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Rendering, Work

OFF = ("kernels", "maximize", "attribution", "effects", "circuits")
"""Lenses that comparisons do without."""

FEW_CROPS: Mapping[str, object] = {"examples": {"top": 1, "lowest": 1}}
"""As little to cut out of images as there can be, for networks of many filters."""

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


Masks = dict[str, set[int]]
"""By layer, the filters that are masked."""


def write_noise(folder: Path, count: int, size: int) -> None:
    """Write pictures of coloured noise with some structure, each other than the rest."""
    generator = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        coarse = Image.fromarray(generator.integers(0, 256, (4, 4, 3), np.uint8))
        fine = generator.integers(-40, 41, (size, size, 3))
        pixels = np.asarray(coarse.resize((size, size)), int) + fine
        picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        picture.save(folder / f"{number}.png")


@dataclass
class Compared:
    """The plans of both networks, with all records, and what was found out."""

    configuration: Configuration
    before: Plan
    after: Plan
    data: ComparisonData
    rendered: tuple[int, int]  # how many records of each


def compared(
    folder: Path,
    before: nn.Module,
    after: nn.Module,
    *,
    match: str = "index",
    size: int = 32,
    count: int = 60,
    lenses: Mapping[str, object] | None = None,
    images: Path | None = None,
) -> Compared:
    """Compare two networks on a folder of images, or on noise.

    ``lenses`` are the options of those that are on besides.
    """
    if images is None:
        images = folder / "noise"
        write_noise(images, count, size)
    shown = {"source": "memory:network", "input": {"size": size, "resize": size}}
    atlas = {
        "models": [{"name": name, **shown} for name in ("before", "after")],
        "images": [{"name": "noise", "source": f"folder:{images}"}],
        "lenses": {**dict.fromkeys(OFF, False), **(lenses or {})},
        "compare": [{"before": "before", "after": "after", "match": match}],
    }
    configuration = parse(json.dumps(atlas), folder / "atlas.yaml", {}, check_without_files)
    networks = {"before": before.eval(), "after": after.eval()}
    with Store(folder / "store") as store:
        workspace, result = Workspace(configuration, OpenCatalog(store), networks), Result()
        rendering = Rendering(Work("cpu", networks=networks), workspace, ExitStack())
        plans, rendered = [], []
        for context in workspace.plan_contexts():
            sofar = result.rendered
            plans.append(complete(context, rendering, store, silence, result))
            rendered.append(result.rendered - sofar)
        assert not result.failures
        assert not derive(plans, store, silence, (comparisons,))
    data = read_comparison(plans[0].records, "after")
    assert data is not None
    return Compared(configuration, plans[0], plans[1], data, (rendered[0], rendered[1]))


def resnet20(seed: int = 0) -> nn.Module:
    """Return a ResNet-20 with random weights, and norms that are no identities."""
    spec = importlib.util.spec_from_file_location("resnet20", EXAMPLES / "resnet20.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(seed)
    network: nn.Module = module.resnet20()
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, std=0.2)
    return network


def masked(network: nn.Module, share: float = 0.1, seed: int = 2) -> tuple[nn.Module, Masks]:
    """Return a copy of a ResNet-20 of whose blocks' inner filters a share is masked, and which."""
    generator = torch.Generator().manual_seed(seed)
    other, masks = deepcopy(network), {}
    for name, block in other.named_modules():
        if isinstance(inner := getattr(block, "conv1", None), nn.Conv2d) and "." in name:
            count = inner.out_channels
            gone = torch.randperm(count, generator=generator)[: max(1, int(share * count))]
            with torch.no_grad():
                block.bn1.weight[gone] = 0
                block.bn1.bias[gone] = 0
            masks[f"{name}.conv1"] = set(gone.tolist())
    return other, masks


def permuted_squeezenet(network: SqueezeNet, seed: int = 1) -> tuple[SqueezeNet, Permutations]:
    """Return a copy whose channels are in another order everywhere, and that order.

    What a fire module gives are the filters of two layers, one behind the other.
    """
    torch.manual_seed(seed)
    other, orders = deepcopy(network), {}
    given = torch.arange(3)

    def turned(name: str, given: Tensor) -> Tensor:
        convolution = other.get_submodule(name)
        assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
        order = torch.randperm(convolution.out_channels)
        convolution.weight.data = convolution.weight.data[order][:, given]
        convolution.bias.data = convolution.bias.data[order]
        orders[name] = order
        return order

    for number, module in enumerate(other.features):
        if isinstance(module, nn.Conv2d):
            given = turned(f"features.{number}", given)
        elif isinstance(module, Fire):
            inner = turned(f"features.{number}.squeeze", given)
            parts = [turned(f"features.{number}.expand{size}", inner) for size in ("1x1", "3x3")]
            given = torch.cat([parts[0], len(parts[0]) + parts[1]])
    turned("classifier.1", given)
    return other, orders


Permutations = dict[str, Tensor]
"""By layer, the filter before that each filter after is."""


def permuted_resnet20(network: nn.Module, seed: int = 1) -> tuple[nn.Module, Permutations]:
    """Return a copy whose channels are in another order everywhere, and that order.

    A shortcut ties the streams of stages: the middle half of one is all of the one before.
    """
    torch.manual_seed(seed)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    orders: Permutations = {}

    def turn(convolution: str, norm: str, given: Tensor | None, order: Tensor) -> None:
        weight = state[f"{convolution}.weight"][order]
        state[f"{convolution}.weight"] = weight if given is None else weight[:, given]
        for name in ("weight", "bias", "running_mean", "running_var"):
            state[f"{norm}.{name}"] = state[f"{norm}.{name}"][order]
        orders[convolution] = order

    stream = torch.randperm(16)
    turn("conv1", "bn1", None, stream)
    for stage, width in enumerate((16, 32, 64), 1):
        quarter, after = width // 4, stream
        if stage > 1:
            outer = torch.randperm(quarter), 3 * quarter + torch.randperm(quarter)
            after = torch.cat([outer[0], quarter + stream, outer[1]])
        for block in range(3):
            place, inner = f"layer{stage}.{block}", torch.randperm(width)
            turn(f"{place}.conv1", f"{place}.bn1", stream, inner)
            turn(f"{place}.conv2", f"{place}.bn2", inner, after)
            stream = after
    state["linear.weight"] = state["linear.weight"][:, stream]
    other = resnet20()
    other.load_state_dict(state)
    return other, orders
