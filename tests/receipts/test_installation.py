"""What is installed, told from what another installation would leave."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import convatlas
from convatlas.receipts import installation
from convatlas.receipts.installation import Installation


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages, with one installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "torch-2.9.dist-info").mkdir()
    (tmp_path / "torch-2.9.dist-info" / "entry_points.txt").write_text("[a]")
    return tmp_path


def test_nothing_new_is_the_same(packages: Path) -> None:
    first = Installation.now()
    assert Installation.now().digest == first.digest
    (packages / "torch.py").write_text("nothing that says what is installed")
    assert Installation.now().digest == first.digest


def test_another_version_and_other_lenses_are_seen(packages: Path) -> None:
    found = {Installation.now().digest}
    (packages / "torch-2.9.dist-info" / "entry_points.txt").write_text("[b]")
    found.add(Installation.now().digest)
    (packages / "torch-2.9.dist-info").rename(packages / "torch-2.10.dist-info")
    found.add(Installation.now().digest)
    (packages / "lenses-1.egg-info").write_text("")
    found.add(Installation.now().digest)
    assert len(found) == 4


def test_our_own_code_and_version_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "generator" / "convatlas"
    for folder in (package / "site", tmp_path / "templates", tmp_path / "static"):
        folder.mkdir(parents=True)
    code = package / "site" / "code.py"
    code.write_text("1")
    monkeypatch.setattr(convatlas, "__file__", str(package / "__init__.py"))
    found = {Installation.now().digest}
    (package / "site" / "__pycache__").mkdir()
    (package / "site" / "__pycache__" / "code.pyc").write_text("")
    assert Installation.now().digest in found
    time = code.stat().st_mtime_ns
    code.write_text("2")
    os.utime(code, ns=(time, time))
    found.add(Installation.now().digest)
    (tmp_path / "templates" / "new.html").write_text("")
    found.add(Installation.now().digest)
    monkeypatch.setattr(installation, "__version__", "other")
    found.add(Installation.now().digest)
    monkeypatch.setattr(sys, "version", "other")
    found.add(Installation.now().digest)
    assert len(found) == 5
