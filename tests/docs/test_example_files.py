"""The files under ``examples/``: valid atlases; the one-channel one and the epochs are built."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from convatlas.cli import cli
from convatlas.opening.configuration import check_without_files, read
from support.site_files import layer_file

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ANYWHERE = {"IMAGENET_SAMPLE": "x", "RESNET20_WEIGHTS": "x.pth", "CIFAR10_TEST": "x"}


@pytest.mark.parametrize(
    "name", sorted(p.name for p in EXAMPLES.glob("*.yaml")), ids=lambda name: name
)
def test_every_example_is_a_valid_atlas(name: str) -> None:
    atlas = read(EXAMPLES / name, ANYWHERE, check_without_files).atlas
    assert atlas.models


def test_a_one_channel_network_is_trained_and_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import digits

    weights = tmp_path / "digits.pth"
    assert digits.train(weights, count=1000, epochs=3) > 0.9
    monkeypatch.delitem(sys.modules, "digits")
    runner = CliRunner(env={"DIGITS_WEIGHTS": str(weights)})
    arguments = ["-c", str(EXAMPLES / "digits.yaml"), "--store", str(tmp_path / "store")]
    result = runner.invoke(cli, ["build", *arguments, "-o", str(tmp_path / "site")])
    assert result.exit_code == 0, result.output
    facts = layer_file(tmp_path / "site" / "digits" / "0" / "layer.json")
    assert facts["channels"] == 1
    assert {f["kernels"]["mode"] for f in facts["filters"]} == {"grey"}
    live = [f for f in facts["filters"] if not f["dead"]]
    assert len(live) >= 6
    assert all(f["maximize"]["positive"]["picture"]["width"] == 5 for f in facts["filters"])


def test_the_demo_comes_closer_to_what_it_is_in_the_end(tmp_path: Path) -> None:
    """The timeline of its epochs, with a few filters of two layers."""
    shutil.copytree(EXAMPLES / "epochs", tmp_path / "epochs")
    atlas = yaml.safe_load((EXAMPLES / "epochs.yaml").read_text(encoding="utf-8"))
    for model in atlas["models"]:
        model |= {"layers": ["conv4", "conv7"], "filters": "0-7"}
    atlas["images"][0]["arguments"]["count"] = 72
    atlas["lenses"] = {
        "maximize": {"preset": "draft", "steps": 2, "attempts": 1},
        "circuits": False,
    }
    (tmp_path / "epochs.yaml").write_text(yaml.safe_dump({**atlas, "store": "store"}), "utf-8")
    arguments = ["-c", str(tmp_path / "epochs.yaml"), "-o", str(tmp_path / "site"), "--json"]
    result = CliRunner().invoke(cli, ["build", *arguments])
    assert result.exit_code == 0, result.output
    first, third = json.loads(result.stdout)["compare"]
    assert [first["before"], third["before"]] == ["epoch-1", "epoch-3"]
    for early, late in zip(first["layers"], third["layers"], strict=True):
        assert early["correlation"] < late["correlation"]
    assert first["accuracy"][0] < third["accuracy"][0] <= third["accuracy"][1]
