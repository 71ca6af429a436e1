from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from convatlas import demo
from convatlas.cli import cli
from convatlas.demo.draw import CLASSES, draw
from convatlas.demo.drawings import TRAINING, Drawings
from convatlas.opening.configuration import atlas_schema, lenses_schema

SOURCE = Path(demo.__file__).parents[2]
ATLAS = SOURCE.parent / "atlas.yaml"
DIGEST = """
import hashlib
from convatlas.demo.draw import CLASSES, draw
print(hashlib.sha256(b"".join(draw(label, 3).tobytes() for label in CLASSES)).hexdigest())
"""


def run(program: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SOURCE), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_picture_is_the_same_in_every_process_and_order() -> None:
    backwards = {label: draw(label, 3).tobytes() for label in reversed(CLASSES)}
    here = hashlib.sha256(b"".join(backwards[label] for label in CLASSES)).hexdigest()
    assert run(DIGEST, PYTHONHASHSEED="77") == here


@pytest.mark.parametrize("label", CLASSES)
def test_pictures_are_colourful_and_all_different(label: str) -> None:
    drawn = [draw(label, seed) for seed in range(4)]
    assert {(picture.mode, picture.size) for picture in drawn} == {("RGB", (96, 96))}
    assert len({picture.tobytes() for picture in drawn}) == 4
    for picture in drawn:
        assert np.asarray(picture).std(axis=(0, 1)).max() > 10


def test_an_unknown_class_cannot_be_drawn() -> None:
    with pytest.raises(KeyError, match="unicorn"):
        draw("unicorn", 0)


def test_the_data_set_is_balanced_and_labelled() -> None:
    pictures = demo.pictures(48)
    targets = [pictures[i][1] for i in range(len(pictures))]
    assert Counter(targets) == dict.fromkeys(range(len(CLASSES)), 2)
    assert pictures.classes == list(CLASSES)
    assert len(set(pictures.classes)) == len(pictures.classes)
    assert len(demo.pictures()) == 600
    picture, target = pictures[30]
    assert picture.tobytes() == draw(CLASSES[target], 1).tobytes()


@pytest.mark.parametrize("index", [-1, 5])
def test_the_data_set_ends_where_it_ends(index: int) -> None:
    with pytest.raises(IndexError):
        demo.pictures(5)[index]


def test_test_pictures_are_not_among_the_training_pictures() -> None:
    last_test_seed = (len(demo.pictures(100_000)) - 1) // len(CLASSES)
    assert last_test_seed < TRAINING
    seen, unseen = Drawings(24, TRAINING), demo.pictures(24)
    assert not {p.tobytes() for p, _ in seen} & {p.tobytes() for p, _ in unseen}


def test_pictures_are_drawn_without_torch() -> None:
    program = (
        "import sys; from convatlas import demo; demo.pictures(1)[0]; print('torch' in sys.modules)"
    )
    assert run(program) == "False"


def test_the_network_knows_pictures_it_has_not_seen() -> None:
    from convatlas.demo.fit import accuracy

    # Seeds other than those of the atlas and of the stated accuracy.
    assert accuracy(demo.network(), Drawings(192, 5_000)) > 0.95


def test_the_weights_are_small_and_every_filter_is_alive() -> None:
    import torch
    from torch import nn

    from convatlas.demo.fit import prepared, stacked

    assert demo.WEIGHTS.stat().st_size < 2_000_000
    values, highest = prepared(stacked(demo.pictures(96))[0]), []
    net = demo.network()
    with torch.inference_mode():
        for module in net.children():
            values = module(values)
            if isinstance(module, nn.BatchNorm2d) or module is net.scores:
                highest.append(values.amax((0, 2, 3)))
    assert sum(len(layer) for layer in highest) == 480
    assert all((layer > 0).all() for layer in highest)


def test_the_first_kernels_do_not_see_what_a_stride_of_two_leaves_in_gradients() -> None:
    import torch

    kernels = demo.network().get_parameter("conv1.weight").detach()
    signs = torch.tensor([1.0, -1.0] * 4)[:7]
    assert kernels.abs().amax((1, 2, 3)).min() > 0.01
    assert (kernels * signs).sum(3).abs().max() < 1e-5
    assert (kernels * signs[:, None]).sum(2).abs().max() < 1e-5


def test_sources_stay_callable_after_use() -> None:
    demo.network()
    assert callable(demo.network)
    assert callable(demo.pictures)


def test_the_default_atlas_is_the_demo() -> None:
    atlas = atlas_schema().model_validate(yaml.safe_load(ATLAS.read_text("utf-8")))
    assert [model.source for model in atlas.models] == ["convatlas.demo:network"]
    assert [images.source for images in atlas.images] == ["convatlas.demo:pictures"]
    assert atlas.models[0].images == atlas.images[0].name
    assert atlas.models[0].classes == list(CLASSES)
    assert "480 filters" in atlas.description
    assert f"{len(CLASSES)} kinds" in atlas.description
    names = {f"demo/scores/{index}": name for index, name in enumerate(CLASSES)}
    assert atlas.notes == names


def test_the_default_atlas_spells_out_the_defaults() -> None:
    spelled = yaml.safe_load(ATLAS.read_text("utf-8"))["lenses"]
    assert spelled["maximize"].pop("preset") == "standard"
    assert lenses_schema().model_validate(spelled) == lenses_schema()()


def test_the_claims_that_it_ships_are_confirmed(tmp_path: Path) -> None:
    """With all 600 drawings as the control, as ``--strict`` insists on."""
    atlas = yaml.safe_load(ATLAS.read_text("utf-8"))
    assert [claim["expect"] for claim in atlas["hypotheses"]] == ["confirmed"] * 2
    about = [claim["filter"].split("/") for claim in atlas["hypotheses"]]
    atlas["models"][0]["layers"] = [layer for _, layer, _ in about]
    atlas["models"][0]["filters"] = [int(index) for _, _, index in about]
    del atlas["lenses"], atlas["probes"]
    unasked = ("kernels", "maximize", "effects", "circuits")
    atlas["lenses"] = dict.fromkeys(unasked, False)
    (tmp_path / "atlas.yaml").write_text(yaml.safe_dump(atlas), encoding="utf-8")
    places = ["-c", str(tmp_path / "atlas.yaml"), "-o", str(tmp_path / "site")]
    result = CliRunner().invoke(cli, ["build", *places, "--strict"])
    assert result.exit_code == 0, result.output
    assert "hypotheses: 2 confirmed" in result.stdout
