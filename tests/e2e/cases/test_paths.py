"""Networks that take another path for some pictures: what stands on a layer's page is its own."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms.functional import normalize, to_tensor

from support.cases import case, convatlas_in
from support.site_files import layer_file


def hooked(network: nn.Module, layer: str, picture: Path) -> Tensor:
    """The response [filters, h, w] of a layer to a published picture, by a plain hook."""
    heard: list[Tensor] = []
    hook = network.get_submodule(layer).register_forward_hook(lambda _m, _i, o: heard.append(o))
    pixels = to_tensor(np.array(Image.open(picture).convert("RGB")))
    with torch.no_grad():
        network(normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])[None])
    hook.remove()
    return heard[0][0]


def test_made_pictures_are_measured_on_their_own_layer(tmp_path: Path) -> None:
    folder = case("01-size-branch-wrong-layer", tmp_path)
    built = convatlas_in(folder, "build")
    assert built.returncode == 0, built.stderr
    network = runpy.run_path(str(folder / "net.py"))["net"]().eval()
    for name in ("shrink", "a"):
        place = folder / "site" / "m" / name
        for entry in layer_file(place / "layer.json")["filters"]:
            made = entry["maximize"]["positive"]
            assert made["size"] == [64, 64]  # on small canvases other convolutions run
            response = hooked(network, name, place / made["picture"]["file"])[entry["index"]]
            assert made["response"] == pytest.approx(response.max().item(), rel=1e-4)
