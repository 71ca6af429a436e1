"""A site is made again whenever anything that pages are made from has changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import convatlas
from convatlas.site.templating import fingerprint as module
from convatlas.site.templating.fingerprint import code_folders, fingerprint

PACKAGE = Path(convatlas.__file__).parent

CODE = """
import json, sys
from pathlib import Path
from convatlas.site.publish import publish
from support.synthetic import synthetic_manifest
made = synthetic_manifest(layers=2, filters=3, images=4, probes=1, hypotheses=1)
publish(*made, Path(sys.argv[1]))
ours = [m.__file__ for name, m in sys.modules.items() if name.partition(".")[0] == "convatlas"]
print(json.dumps(ours))
"""


def test_all_code_that_runs_while_a_site_is_published_counts(tmp_path: Path) -> None:
    paths = f"{PACKAGE.parent}:{Path(__file__).parents[2]}"
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "site")],
        env={"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        check=True,
    )
    files = [Path(file).resolve() for file in json.loads(done.stdout)]
    assert PACKAGE / "model" / "crops.py" in files
    folders = code_folders()
    assert [f for f in files if not any(f.is_relative_to(folder) for folder in folders)] == []


@pytest.mark.parametrize("changed", ["model/crops.py", "model/scores.py", "ui/text.py"])
def test_another_line_anywhere_is_another_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    copy = Path(shutil.copytree(PACKAGE, tmp_path / "convatlas"))
    monkeypatch.setattr(module, "code_folders", lambda: [copy])
    before = fingerprint(None)
    assert fingerprint(None) == before
    with (copy / changed).open("a") as file:
        file.write("# another line\n")
    assert fingerprint(None) != before


def test_a_theme_counts_and_compiled_code_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(PACKAGE, tmp_path / "convatlas"))
    monkeypatch.setattr(module, "code_folders", lambda: [copy])
    before = fingerprint(None)
    (copy / "__pycache__").mkdir(exist_ok=True)
    (copy / "__pycache__" / "other.cpython-311.pyc").write_bytes(b"compiled")
    assert fingerprint(None) == before
    (tmp_path / "theme" / "static").mkdir(parents=True)
    (tmp_path / "theme" / "static" / "theme.css").write_text("a { color: red }")
    assert fingerprint(tmp_path / "theme") != before
