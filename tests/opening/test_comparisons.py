"""Networks that are compared have to see images in the same way; that shows once they are open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convatlas.errors import ConfigError
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace, remembered
from convatlas.store.store import Store
from support.photos import save

NETS = """
from torch import nn

def grey():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())

def colour():
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())
"""
ATLAS = """models:
  - {{name: a, source: "inputs.py:colour", input: {{size: 24}}}}
  - {{name: b, source: "inputs.py:colour", input: {{size: 24}}}}
  - {{name: grey, source: "inputs.py:grey", input: {{size: 24}}}}
  - {{name: usual, source: "inputs.py:colour"}}
images: [{{name: photos, source: "folder:photos"}}]
compare: [{}]
"""


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Callable[[str, bool], list[str]]]:
    """Opens the networks of an atlas, or what the store knows of them; returns what is wrong."""
    (tmp_path / "inputs.py").write_text(NETS)
    save(tmp_path / "photos" / "a.png")
    file = tmp_path / "atlas.yaml"

    def opened(entry: str, again: bool) -> list[str]:
        configuration = parse(ATLAS.format(entry), file, {})
        with Store(tmp_path / "store") as store:
            catalog = OpenCatalog(store)
            try:
                if again:
                    remembered(configuration, catalog)
                else:
                    Workspace(configuration, catalog).plan_contexts()
            except ConfigError as error:
                return [line.removeprefix(f"{file}:") for line in error.lines]
        return []

    yield opened
    sys.modules.pop("inputs", None)


@pytest.mark.parametrize("again", [False, True])
def test_networks_that_see_images_differently_are_not_compared(
    told: Callable[[str, bool], list[str]], again: bool
) -> None:
    assert told("{before: a, after: b}", False) == []
    same = "see images differently, and what they answer to the same input is compared; give both"
    assert told("{before: a, after: grey}", again) == [
        f"7:11: compare[0]: 'grey' and 'a' {same} the same `input: channels`"
    ]
    assert told("{networks: [a, usual, b]}", again) == [
        f"7:11: compare[0]: 'b' and 'usual' {same} the same `input: size`"
    ]
