"""What a network raises only while it is rendered fails its layers, and the rest is built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import build

NET = """
import sys
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 2, 3), nn.Conv2d(2, 2, 3)
    def forward(self, x):
        x = self.a(x)
        if x.requires_grad:  # only where pictures are optimised
            {0}
        return self.b(x)
"""
ATLAS = """
models: [{name: small, source: "net.py:Net", filters: "0", input: {size: 32}}]
lenses: {maximize: {preset: draft, steps: 2, attempts: 1, negative: false}}
"""


@pytest.mark.parametrize(
    ("statement", "raised"),
    [
        ("sys.exit(3)", "SystemExit"),
        ("next(iter(()))", "StopIteration"),
        ("raise BaseException('so')", "BaseException (so)"),
        ("raise Exception('other')", "Exception: other"),
        ("undefined", "NameError"),
    ],
)
def test_the_layers_fail_by_name_and_the_rest_is_built(
    tmp_path: Path, statement: str, raised: str
) -> None:
    (tmp_path / "net.py").write_text(NET.format(statement))
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    result = build(tmp_path, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert {failure["layer"] for failure in told["failed"]} == {"b"}
    for failure in told["failed"]:
        assert raised in failure["reason"] and " in net.py, line 13" in failure["reason"]
    assert (tmp_path / "site" / "small" / "b" / "0.html").is_file()


def test_an_interruption_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.format("raise KeyboardInterrupt"))
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    result = build(tmp_path)
    assert result.exit_code != 0
    assert not (tmp_path / "site").exists()
