"""The prune audit from the atlas file to the site, and on to ``torch.nn.utils.prune``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from torch.nn.utils import prune as pruning

from convatlas.cli import cli
from support import nets
from support.markup import written

ATLAS = """
models:
  - {name: net, source: "nets.py:small", classes: [even, odd, more, most],
     input: {size: 24, resize: 24}}
images: [{name: shown, source: "folder:shown"}]
lenses: {kernels: false, maximize: false, effects: {prune: SHARES}}
"""


def build(folder: Path, shares: str, *options: str) -> Result:
    (folder / "atlas.yaml").write_text(ATLAS.replace("SHARES", shares))
    return CliRunner().invoke(cli, ["build", "-c", str(folder / "atlas.yaml"), *options])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prune")
    nets.write_pictures(folder / "shown")
    assert nets.__file__
    (folder / "nets.py").write_text(Path(nets.__file__).read_text())
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> Any:
    """What ``build --json`` says where the audit is switched on later."""
    before = build(folder, "[]", "-o", str(folder / "site"))
    assert before.exit_code == 0, before.output
    assert not (folder / "site/net/prune.csv").exists()
    result = build(folder, "[0.5, 0.2]", "-o", str(folder / "site"), "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "site/net/prune.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_switched_on_it_renders_itself_alone_and_then_nothing(folder: Path, told: Any) -> None:
    assert told["rendered"] == 1
    again = build(folder, "[0.5, 0.2]", "-o", str(folder / "site"), "--json")
    assert json.loads(again.stdout)["rendered"] == 0


def test_programs_are_told_what_is_left(told: Any) -> None:
    audit = told["prune"]["net"]
    assert audit["shares"] == [0.2, 0.5]
    assert audit["measure"] == "accuracy"
    assert audit["together"]["images"] == 12
    assert audit["together"]["masked"] == [2, 5]  # of 6 and 5 filters, each rounded
    assert [trial["layers"] for trial in audit["alone"]] == [["conv1"], ["conv2"]]
    assert "filters" not in audit


@pytest.mark.usefixtures("told")
def test_the_file_has_a_row_for_each_filter(folder: Path) -> None:
    found = rows(folder)
    assert list(found[0]) == [
        *("layer", "index", "group", "importance", "rank", "l1_norm", "masked_at")
    ]
    assert [(row["layer"], row["index"]) for row in found] == [
        (name, str(n)) for name, count in (("conv1", 6), ("conv2", 5)) for n in range(count)
    ]
    norms = nets.small().conv2.weight.abs().sum((1, 2, 3)).tolist()
    assert [float(row["l1_norm"]) for row in found[6:]] == pytest.approx(norms, rel=1e-4)
    by_rank = sorted(found[6:], key=lambda row: int(row["rank"]))
    importance = [float(row["importance"]) for row in by_rank]
    assert importance == sorted(importance, reverse=True)
    assert [row["masked_at"] for row in by_rank] == ["", "", "", "0.5", "0.2"]
    atlas = json.loads((folder / "site/atlas.json").read_text())
    assert atlas["prune"] == {"net": "net/prune.csv"}


@pytest.mark.usefixtures("told")
def test_the_network_s_page_says_what_it_is_and_what_it_is_not(folder: Path) -> None:
    page = written((folder / "site/net/index.html").read_text("utf-8"))
    assert "masking, not slimming" in page
    assert 'href="prune.csv"' in page
    assert page.count("<details><summary>Each layer alone") == 1
    about = written((folder / "site/about/index.html").read_text("utf-8"))
    assert 'id="prune"' in about


@pytest.mark.usefixtures("told")
def test_the_example_masks_the_same_filters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "examples"))
    import prune

    network = nets.small()
    prune.apply(network, folder / "site/net/prune.csv", 0.5)
    assert pruning.is_pruned(network)
    for name in ("conv1", "conv2"):
        module = network.get_submodule(name)
        masked = [row["masked_at"] != "" for row in rows(folder) if row["layer"] == name]
        zero = (module.weight == 0).flatten(1).all(1)
        assert zero.tolist() == masked
        assert module.bias is None or bool((module.bias[torch.tensor(masked)] == 0).all())
