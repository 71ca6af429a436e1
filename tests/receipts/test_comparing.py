"""Where nothing has changed since two files were compared, that is said at once."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from convatlas.cli.building import said_again
from convatlas.cli.comparing import command_of
from convatlas.config.checkpoints import Checkpoints
from convatlas.opening import witnesses
from convatlas.receipts import before, up_to_date
from support.command import build, run, said
from support.nets import Small
from support.probing import noise

CODE = """
import sys
sys.path.insert(0, {tests!r})
from support.nets import Small

def network():
    return Small()
"""
ATLAS = """
models:
  - {name: net, source: "net.py:network", weights: own.pth, input: {size: 24, resize: 24}}
images:
  - {name: noise, source: "folder:set"}
lenses: {kernels: false, maximize: false, effects: false, circuits: false}
notes: {net/conv2/1: leaves}
"""
TICK = 0.02
"""Seconds in which the clock of a file system goes on."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an atlas file and two files of weights; each test puts back what it changes."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (witnesses, before):
            patch.setattr(module, "SETTLED", 0)
        place = tmp_path_factory.mktemp("compare")
        (place / "net.py").write_text(CODE.format(tests=str(Path(__file__).parents[1])))
        (place / "atlas.yaml").write_text(ATLAS)
        (place / "set").mkdir()
        for seed in range(12):
            noise(100 + seed).save(place / "set" / f"{seed:02}.png")
        write_weights(place / "early.pth", 1.0)
        write_weights(place / "late.pth", 1.5)
        yield place


def write_weights(file: Path, factor: float) -> None:
    weights = Small().state_dict()
    weights["conv2.weight"][3] *= factor
    torch.save(weights, file)


def files_of(folder: Path) -> Checkpoints:
    return Checkpoints(folder / "early.pth", folder / "late.pth")


def compare(folder: Path, files: Checkpoints) -> dict[str, Any]:
    """What the command says that is given time to see what has changed before."""
    time.sleep(TICK)
    paths = (files.before, files.after, "-c", folder / "atlas.yaml", "-o", folder / "site")
    result = run("compare", *paths, "--match", files.match, "--json")
    assert result.exit_code == 0, said(result)
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def is_known(folder: Path, files: Checkpoints) -> bool:
    command = command_of(folder / "atlas.yaml", None, files, None)
    return said_again(command, folder / "site") is not None


@pytest.fixture
def ready(folder: Path) -> Path:
    """The folder, after a comparison that is complete and known to be."""
    compare(folder, files_of(folder))
    assert is_known(folder, files_of(folder))
    return folder


def test_again_it_says_what_a_slow_command_says(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = compare(ready, files_of(ready))
    assert quick["rendered"] == quick["published"]["written"] == 0
    assert quick["kept"] > 0 and len(quick["compare"]) == 1
    monkeypatch.setattr(up_to_date, "_known", lambda *_: None)
    assert compare(ready, files_of(ready)) == quick


def test_the_same_file_twice_is_known_too(folder: Path) -> None:
    twice = Checkpoints(folder / "early.pth", folder / "early.pth")
    told = compare(folder, twice)
    assert all(layer["unchanged"] for layer in told["compare"][0]["layers"])
    assert is_known(folder, twice)


def test_another_command_is_not_taken_for_it(ready: Path) -> None:
    files = files_of(ready)
    assert not is_known(ready, replace(files, match="correlation"))
    assert not is_known(ready, Checkpoints(files.after, files.before))
    named = command_of(ready / "atlas.yaml", "net", files, None)
    assert said_again(named, ready / "site") is None
    assert build(ready).exit_code != 0  # there is no own.pth


def trained(folder: Path) -> None:
    write_weights(folder / "late.pth", 2.0)


def one_image_less(folder: Path) -> None:
    (folder / "set" / "03.png").unlink()


def another_note(folder: Path) -> None:
    (folder / "atlas.yaml").write_text(ATLAS.replace("leaves", "grass"))


def other_code(folder: Path) -> None:
    with (folder / "net.py").open("a") as file:
        file.write("\n# changed\n")


def a_page_less(folder: Path) -> None:
    (folder / "site" / "index.html").unlink()


@pytest.mark.parametrize("change", [trained, one_image_less, another_note, other_code, a_page_less])
def test_what_has_changed_is_seen(
    ready: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    kept = shutil.copytree(ready, tmp_path / "kept")
    change(ready)
    assert not is_known(ready, files_of(ready))
    shutil.copytree(kept, ready, dirs_exist_ok=True)
    os.utime(ready / "late.pth")
