"""Networks that are sound, and in which something is unusual: every layer gets its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.cases import case, convatlas_in
from support.site_files import layer_file

LAYERS = {
    "07-conv3d-rank5": ["a", "b"],
    "07b-rank5-parameter": ["2"],
    "08-branch-canvas-too-small": ["wide", "middle", "narrow"],
    "09-multiple-of-eight": ["a", "b", "c", "d"],
    "09b-smp-linknet": ["encoder.conv1", "encoder.layer1.0.conv1", "decoder.blocks.4.block.2.0"],
    "09e-patch-embedding": ["proj"],
    "10-weight-norm": ["0", "2", "4"],
    "11-torch-compile": ["0", "3"],
    "12-scripted-part": ["head"],
    "14-no-grad": ["a", "b", "head"],
    "14c-checkpoint-reentrant": ["a", "b", "c"],
    "17-dtype": ["a"],
    "17c-default-dtype": ["0", "2"],
    "21-cat-of-empties": ["a", "b"],
}
SIZES = {
    "08-branch-canvas-too-small": [7, 7, 7],
    "09-multiple-of-eight": [64, 64, 64, 64],
    "09e-patch-embedding": [32],
}
"""The canvases of networks that refuse smaller ones."""


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gets_its_pictures(tmp_path: Path, name: str) -> None:
    folder = case(name, tmp_path)
    if name == "09b-smp-linknet":
        pytest.importorskip("segmentation_models_pytorch")
    built = convatlas_in(folder, "build")
    assert built.returncode == 0, built.stderr
    assert "Traceback" not in built.stderr
    found = {layer: layer_json(folder, layer) for layer in LAYERS[name]}
    sizes = []
    for layer, data in found.items():
        for one in data["filters"]:
            made = one["maximize"]["positive"]
            assert made["response"] is not None, layer
            assert one["examples"]["top"], layer
        sizes.append(made["size"][0])
    assert sizes == SIZES.get(name, sizes)
    assert "cannot be followed" not in built.stderr


def layer_json(folder: Path, layer: str) -> Any:
    return layer_file(folder / "site" / "m" / layer / "layer.json")
