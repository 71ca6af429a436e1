"""Two files of weights of one network, compared without an edit of its atlas file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import save_file

from convatlas.cli import cli
from support.nets import Small
from support.probing import noise

CODE = """
import sys
sys.path.insert(0, {tests!r})
from support.nets import Known, Small

def network():
    return Small()

def known():
    return Known()
"""
ATLAS = """
models:
  - {name: net, source: "net.py:network", weights: own.pth, input: {size: 24, resize: 24}}
images:
  - {name: noise, source: "folder:set"}
lenses: {maximize: false, effects: false, circuits: false}
notes: {net/conv2/1: leaves}
"""
LAYERS = "maximize: {preset: draft, steps: 2, attempts: 1, layers: {first: {steps: 1}}}"
"""``first`` is a layer of the other network."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An atlas of a small network, and weights of it of which one filter of conv2 is pruned."""
    folder = tmp_path_factory.mktemp("compare")
    code = CODE.format(tests=str(Path(__file__).parents[1]))
    (folder / "net.py").write_text(code, encoding="utf-8")
    (folder / "atlas.yaml").write_text(ATLAS, encoding="utf-8")
    (folder / "set").mkdir()
    for seed in range(12):
        noise(100 + seed).save(folder / "set" / f"{seed:02}.png")
    weights = Small().state_dict()
    torch.save(weights, folder / "own.pth")
    weights["conv2.weight"][3], weights["conv2.bias"][3] = 0, -1
    (folder / "runs").mkdir()
    save_file(weights, folder / "runs" / "pruned.safetensors")
    (folder / "page.pth").write_text("<!DOCTYPE html><html></html>")
    return folder


@pytest.fixture
def compare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command beside the folder with the atlas, as somebody would who is elsewhere."""
    monkeypatch.chdir(folder / "runs")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["compare", "-c", "../atlas.yaml", *arguments])

    return run


def test_two_files_are_a_site_of_their_own_from_the_store_of_the_atlas(
    folder: Path, compare: Any
) -> None:
    built = CliRunner().invoke(
        cli, ["build", "-c", str(folder / "atlas.yaml"), "-o", str(folder / "site"), "--json"]
    )
    assert built.exit_code == 0, built.output
    known = json.loads(built.stdout)["rendered"]
    result = compare("../own.pth", "pruned.safetensors", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["kept"] >= known  # what the atlas knows of its own weights
    assert [each["network"] for each in summary["health"]] == ["own", "pruned"]
    atlas = json.loads((folder / "runs" / "comparison" / "atlas.json").read_text("utf-8"))
    assert [network["name"] for network in atlas["networks"]] == ["own", "pruned"]
    again = json.loads(compare("../own.pth", "pruned.safetensors", "--json").stdout)
    assert (again["rendered"], again["published"]["written"]) == (0, 0)
    assert (folder / "atlas.yaml").read_text(encoding="utf-8") == ATLAS


def test_what_died_is_told(compare: Any) -> None:
    result = compare("../own.pth", "pruned.safetensors", "-o", "told")
    assert result.exit_code == 0, result.output
    assert "  conv2: of 5 filters, 1 died\n" in result.output
    same = compare("../own.pth", "../own.pth", "-o", "same")
    assert "before and after: no layer changed\n" in same.output


def test_of_two_equal_files_the_second_is_not_rendered(folder: Path, compare: Any) -> None:
    """Pictures of networks that differ are judged by each other; equal ones have nobody to ask."""
    text = ATLAS.replace("maximize: false", LAYERS.replace(", layers: {first: {steps: 1}}", ""))
    (folder / "pictures.yaml").write_text(text, encoding="utf-8")

    def rendered(*arguments: str) -> int:
        result = compare("-c", "../pictures.yaml", *arguments, "--json")
        assert result.exit_code == 0, result.output
        return int(json.loads(result.stdout)["rendered"])

    built = CliRunner().invoke(
        cli, ["build", "-c", str(folder / "pictures.yaml"), "-o", str(folder / "pictures")]
    )
    assert built.exit_code == 0, built.output
    assert rendered("../own.pth", "../own.pth", "-o", "equal") == 0
    assert rendered("../own.pth", "pruned.safetensors", "-o", "other") > 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["gone.pth", "../own.pth"], "'BEFORE': File 'gone.pth' does not exist"),
        (["../own.pth", "."], "'AFTER': File '.' is a directory"),
        (["../own.pth", "../page.pth"], "page.pth is a web page; download the file itself"),
        (["../own.pth", "../atlas.yaml"], "atlas.yaml"),
        (["../own.pth"], "Missing argument 'AFTER'"),
        (["../own.pth", "../own.pth", "--network", "nett"], "did you mean 'net'?"),
        (["../own.pth", "../own.pth", "--workers", "2"], "say where with --on ray"),
        (["../own.pth", "../own.pth", "-o", ".."], "the atlas file lies in the output folder"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    compare: Any, arguments: list[str], expected: str
) -> None:
    result = compare(*arguments)
    assert result.exit_code == 2 or not isinstance(result.exception, SystemExit)
    told = result.output + str(result.exception or "")
    assert expected in told
    assert getattr(result.exception, "exit_code", 2) == 2


def test_of_a_file_with_several_networks_one_is_compared(folder: Path, compare: Any) -> None:
    """The settings for layers of the other network are left out with it."""
    other = '{name: known, source: "net.py:known", input: {size: 24, resize: 24}}'
    text = ATLAS.replace("models:\n", f"models:\n  - {other}\n").replace("maximize: false", LAYERS)
    (folder / "two.yaml").write_text(text, encoding="utf-8")
    files = ("-c", "../two.yaml", "../own.pth", "../own.pth", "-o", "two")
    assert "say which with --network; known here: 'known', 'net'" in str(compare(*files).exception)
    result = compare(*files, "--network", "net")
    assert result.exit_code == 0, result.output
    assert "before and after: no layer changed\n" in result.output
