"""Real weights and real pictures: what was computed is what an ordinary forward pass gives."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from click.testing import CliRunner
from PIL import Image

from convatlas.cli import cli
from convatlas.lenses.base import RenderContext
from support.brute_force import Truth
from support.compared import FEW_CROPS
from support.compared import compared as side_by_side
from support.contexts import render_context_of
from support.example_records import labelled, prepared, records, responses
from support.site_files import layer_file

ROOT = Path(__file__).resolve().parents[2]


def compared(
    context: RenderContext, kinds: Sequence[tuple[str | None, int | None]], top: int
) -> None:
    """Each filter's record against a naive forward pass in float64, one picture at a time."""
    assert context.plan.images is not None
    assert context.picture is not None
    ids = [image.id for image in context.plan.images.images]
    layers = [layer for layer, _ in context.plan.layers()]
    inputs = prepared(context, [context.picture(number) for number in range(len(ids))])
    maps = responses(context.module, layers, inputs)
    found = records(context, top)
    for layer in layers:
        near = 1e-5 * float(np.abs(maps[layer.name]).max())
        truth = Truth(maps.pop(layer.name), ids, kinds, top, near)
        for index in range(layer.filters):
            truth.check(index, found[layer.name, index].data)


def test_what_images_say_equals_brute_force_on_every_layer_of_squeezenet(real_data: Path) -> None:
    module = torchvision.models.squeezenet1_1()
    module.load_state_dict(torch.load(real_data / "weights" / "squeezenet1_1.pth"))
    files = sorted((real_data / "images" / "imagenet-1k-sample").glob("*.JPEG"))[:40]
    pictures = [Image.open(file).convert("RGB").resize((128, 128)) for file in files]
    context = render_context_of(module.eval(), pictures, size=128)
    layers = [layer for layer, _ in context.plan.layers()]
    assert (len(layers), sum(layer.filters for layer in layers)) == (26, 3944)
    compared(context, [(None, None)] * 40, top=9)


def test_what_images_say_equals_brute_force_on_resnet20_with_classes(real_data: Path) -> None:
    spec = importlib.util.spec_from_file_location("resnet20", ROOT / "examples" / "resnet20.py")
    assert spec is not None
    assert spec.loader is not None
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    module = source.resnet20()
    state = torch.load(real_data / "weights" / "resnet20_cifar10.pth", map_location="cpu")
    plain = state.get("state_dict", state)
    module.load_state_dict({name.removeprefix("module."): value for name, value in plain.items()})
    folders = sorted(p for p in (real_data / "images" / "cifar10-test").iterdir() if p.is_dir())
    files = [(file, n) for n, f in enumerate(folders) for file in sorted(f.iterdir())[: 3 + n % 3]]
    pictures = [Image.open(file).convert("RGB") for file, _ in files]
    kinds = [(folders[number].name, number) for _, number in files]
    context = labelled(render_context_of(module.eval(), pictures, size=32), kinds)
    layers = [layer for layer, _ in context.plan.layers()]
    assert all(layer.norm for layer in layers)
    assert (len(layers), len(folders), len(files)) == (19, 10, 39)
    compared(context, kinds, top=7)


def test_resnet20_from_a_file_with_its_batch_norms(real_data: Path, tmp_path: Path) -> None:
    environment = {
        "RESNET20_WEIGHTS": str(real_data / "weights" / "resnet20_cifar10.pth"),
        "CIFAR10_TEST": str(real_data / "images" / "cifar10-test"),
    }
    runner = CliRunner(env=environment)
    arguments = ["-c", str(ROOT / "examples" / "resnet20.yaml"), "--store", str(tmp_path / "store")]
    rows = json.loads(runner.invoke(cli, ["layers", *arguments, "--json"]).stdout)
    assert len(rows) == 19
    assert all(row["norm"] for row in rows)
    result = runner.invoke(
        cli, ["build", *arguments, "-o", str(tmp_path / "site"), "--only", "resnet20/conv1/[0-3]"]
    )
    assert result.exit_code == 0, result.output
    facts = layer_file(tmp_path / "site" / "resnet20" / "conv1" / "layer.json")
    shown = [f for f in facts["filters"] if f["maximize"]]
    assert [f["index"] for f in shown] == [0, 1, 2, 3]
    assert all(f["maximize"]["positive"]["ratio"] > 1 for f in shown)
    labels = {example["label"] for f in shown for example in f["examples"]["top"]}
    assert labels <= {path.name for path in (real_data / "images" / "cifar10-test").iterdir()}


def test_missing_tensors_are_listed_and_can_be_allowed(real_data: Path, tmp_path: Path) -> None:
    atlas = tmp_path / "atlas.yaml"
    weights = real_data / "weights" / "resnet18_without_layer4_convs.pth"
    text = f"models: [{{name: net, source: torchvision/resnet18, weights: {weights}}}]\n"
    atlas.write_text(text)
    result = CliRunner().invoke(cli, ["layers", "-c", str(atlas)])
    assert "layer4.0.conv1.weight" in str(result.exception)
    assert "strict: false" in str(result.exception)
    atlas.write_text(text.replace("}]", ", strict: false}]"))
    result = CliRunner().invoke(cli, ["layers", "-c", str(atlas)])
    assert result.exit_code == 0, result.output
    assert "layer3.1.conv2" in result.stdout


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_the_container_of_the_weights_does_not_matter(
    real_data: Path, tmp_path: Path, suffix: str
) -> None:
    atlas = tmp_path / "atlas.yaml"
    weights = real_data / "weights" / f"squeezenet1_1{suffix}"
    atlas.write_text(
        f"models: [{{name: n, source: torchvision/squeezenet1_1, weights: {weights}}}]"
    )
    arguments = ["-c", str(atlas), "--store", str(tmp_path.parent / "shared-store"), "--json"]
    CliRunner().invoke(
        cli, ["build", *arguments, "-o", str(tmp_path / "s"), "--only", "n/features.0/1"]
    )
    rows = json.loads(CliRunner().invoke(cli, ["plan", *arguments]).stdout)
    stored = {row["lens"]: row["stored"] for row in rows if row["layer"] == "features.0"}
    assert stored["kernels"] == 1
    assert stored["maximize"] == 2


def test_squeezenet_1_0_and_1_1_are_compared_layer_by_layer(
    real_data: Path, tmp_path: Path
) -> None:
    networks = []
    for version in ("1_0", "1_1"):
        module = getattr(torchvision.models, f"squeezenet{version}")()
        module.load_state_dict(torch.load(real_data / "weights" / f"squeezenet{version}.pth"))
        networks.append(module)
    photographs = sorted((real_data / "images" / "imagenet-1k-sample").glob("*.JPEG"))[:40]
    folder = tmp_path / "photographs"
    folder.mkdir()
    for file in photographs:
        (folder / file.name).symlink_to(file)
    found = side_by_side(
        tmp_path, *networks, match="correlation", size=128, images=folder, lenses=FEW_CROPS
    )
    layers = {layer["before"]: layer for layer in found.data["layers"]}
    assert len(layers) == 26 and found.data["images"] == 40
    assert not any(layer["unchanged"] for layer in layers.values())
    alike = [layer["cka"] for layer in layers.values()]
    assert min(alike[:5]) > 0.8  # early layers see the same
    assert sum(alike[-5:]) / 5 < min(alike[:5])
    mutual = sum(sum(layer["mutual"]) for layer in layers.values())
    assert 0.1 < mutual / sum(len(layer["mutual"]) for layer in layers.values()) < 0.6
