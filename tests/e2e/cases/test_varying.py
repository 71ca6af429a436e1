"""Networks whose responses the picture does not determine: told, and shown picture by picture."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms._presets import ImageClassification

from support.cases import case, convatlas_in
from support.markup import written
from support.site_files import layer_file


def layer_json(folder: Path, layer: str) -> Any:
    return layer_file(folder / "site" / "m" / layer / "layer.json")


def responses(folder: Path, layer: str) -> Tensor:
    """The layer's maps [images, filters, h, w], each by a plain hook on a picture by itself."""
    with torch.random.fork_rng(devices=[]):
        network: nn.Module = runpy.run_path(str(folder / "net.py"))["net"]()
    prepare, maps = ImageClassification(crop_size=32, resize_size=32, antialias=True), []
    network.eval().get_submodule(layer).register_forward_hook(
        lambda _module, _inputs, output: maps.append(output)
    )
    with torch.no_grad():
        for file in sorted((folder.parent / "small").rglob("*.*")):
            network(prepare(Image.open(file).convert("RGB"))[None])
    return torch.cat(maps)


def test_dropout_that_is_on_is_told(tmp_path: Path) -> None:
    folder = case("03-random-forward", tmp_path)
    built = convatlas_in(folder, "build", "--strict")
    assert built.returncode == 1
    (line,) = [line for line in built.stdout.splitlines() if "from run to run" in line]
    assert line.startswith("m: 1 layer differs from run to run (b by up to ")
    assert "dropout" in line
    assert "varies" not in layer_json(folder, "a")
    varies = layer_json(folder, "b")["varies"]
    assert varies["runs"] > 0.05
    assert varies["batch"] is None
    page = written((folder / "site" / "m" / "b" / "index.html").read_text("utf-8"))
    assert "of their range from run to run" in page
    assert convatlas_in(folder, "build", "--pages").returncode == 0


@pytest.mark.parametrize(
    ("name", "layer", "strict"),
    [("05-batch-dependent", "c", 1), ("18-pictures-one-by-one", "b", 0)],
)
def test_numbers_are_those_of_pictures_by_themselves(
    tmp_path: Path, name: str, layer: str, strict: int
) -> None:
    folder = case(name, tmp_path)
    built = convatlas_in(folder, "build", "--strict")
    assert built.returncode == strict, built.stderr
    assert "failed" not in built.stdout
    assert ("beside other pictures" in built.stdout) == bool(strict)
    maps = responses(folder, layer)
    found = layer_json(folder, layer)
    assert ("varies" in found) == bool(strict)
    for entry in found["filters"]:
        own, examples = maps[:, entry["index"]], entry["examples"]
        assert examples["bounds"]["highest"] == pytest.approx(own.max().item(), rel=1e-4)
        assert examples["bounds"]["lowest"] == pytest.approx(own.min().item(), rel=1e-4)
        assert examples["mean"] == pytest.approx(own.mean().item(), rel=1e-4, abs=1e-5)
