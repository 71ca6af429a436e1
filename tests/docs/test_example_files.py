"""The files under ``examples/``: valid atlases; the one-channel one is trained and built."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
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
