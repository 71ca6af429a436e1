"""The effects on single images that the audit ranks tied filters by: kept, not published."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from convatlas.cli import cli
from convatlas.lenses.effects import Effects
from convatlas.store.store import Store, stored
from support import nets

NETWORK = """
import torch
from torch import nn

class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.stem, self.branch = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x)
        return self.head((x + self.branch(x).relu()).relu().amax((2, 3)))
"""
ATLAS = """
models: [{name: net, source: "net.py:Tied", input: {size: 24, resize: 24}}]
images: [{name: shown, source: "folder:shown"}]
lenses: {kernels: false, maximize: false, effects: {prune: [0.5]}}
"""


def build(folder: Path) -> Any:
    options = ["-c", str(folder / "atlas.yaml"), "-o", str(folder / "site"), "--json"]
    result = CliRunner().invoke(cli, ["build", *options])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_older_records_are_rendered_anew_and_the_losses_stay_in_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nets.write_pictures(tmp_path / "shown")
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    with monkeypatch.context() as older:
        older.setattr(Effects, "version", 3)
        build(tmp_path)
    found = build(tmp_path)
    filters, layers = 8, 2
    assert found["rendered"] == filters + layers + 1 + 1  # the network's, and the audit
    assert found["prune"]["net"]["alone"][0]["layers"] == ["stem", "branch"]
    assert build(tmp_path)["rendered"] == 0
    published = {path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}
    blobs = losses(tmp_path / ".convatlas")
    assert [len(blob) for blob in blobs] == [2 * 12 * 4] * 2
    assert not any(blob in data for blob in blobs for data in published)


def losses(path: Path) -> list[bytes]:
    """The blobs that the records of an atlas have for the audit."""
    with closing(sqlite3.connect(path)) as rows:
        bodies = [body for (body,) in rows.execute("select body from records")]
    digests = dict.fromkeys(
        digest for body in bodies for name, digest in stored(body).blobs.items() if name == "losses"
    )
    with Store(path) as store:
        return [store.picture(digest) for digest in digests]
