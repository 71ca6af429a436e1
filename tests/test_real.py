"""Real weights and real pictures: what was computed is what an ordinary forward pass gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from click.testing import CliRunner
from PIL import Image
from torch import nn

from convatlas.cli import cli
from convatlas.lenses.examples.survey import survey
from studies import studio_of

ROOT = Path(__file__).resolve().parent.parent


def naive(module: nn.Module, names: list[str], inputs: torch.Tensor) -> dict[str, np.ndarray]:
    """Each filter's highest response to each picture, one at a time, by plain hooks."""
    kept: dict[str, list[np.ndarray]] = {name: [] for name in names}
    handles = [
        module.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, out, name=name: kept[name].append(
                out.double().flatten(2).amax(2)[0].numpy().copy()
            )
        )
        for name in names
    ]
    with torch.no_grad():
        for picture in inputs:
            module(picture[None])
    for handle in handles:
        handle.remove()
    return {name: np.stack(values) for name, values in kept.items()}


def test_top_images_equal_brute_force_on_every_layer_of_squeezenet(real_data: Path) -> None:
    module = torchvision.models.squeezenet1_1()
    module.load_state_dict(torch.load(real_data / "weights" / "squeezenet1_1.pth"))
    files = sorted((real_data / "images" / "imagenet-1k-sample").glob("*.JPEG"))[:40]
    pictures = [Image.open(file).convert("RGB").resize((128, 128)) for file in files]
    studio = studio_of(module.eval(), pictures, size=128)
    layers = [layer for layer, _ in studio.study.layers()]
    assert sum(layer.filters for layer in layers) == 3944
    kept = survey(studio, layers, top=9)
    pixels = torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2)
    expected = naive(module, [layer.name for layer in layers], (pixels / 255 - 0.5) / 0.25)
    ids = [str(number) for number in range(len(pictures))]
    for layer in layers:
        values = expected[layer.name]
        scale = np.abs(values).max()
        order = np.argsort(-values, axis=0, kind="stable")[:9]
        for index in range(layer.filters):
            top = kept[layer.name].record(index, ids).data["top"]
            for example, image in zip(top, order[:, index], strict=True):
                assert abs(example["response"] - values[image, index]) < 1e-5 * scale
                chosen = values[int(example["image"]), index]
                assert abs(chosen - values[image, index]) < 1e-5 * scale


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
    facts = json.loads((tmp_path / "site" / "resnet20" / "conv1" / "layer.json").read_text())
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
