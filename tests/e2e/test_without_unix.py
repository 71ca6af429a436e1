"""A build where the system has neither ``fcntl`` nor ``os.fork``, as on Windows."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import convatlas
from support import nets, without_unix
from support.prepared import run_prepared
from support.site_files import contents

ROOTS = [Path(convatlas.__file__).parents[1], Path(__file__).parents[1]]
COMMAND = str(ROOTS[1] / "support" / "without_unix.py")


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, COMMAND, "build"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, ROOTS)),
            "OMP_NUM_THREADS": "1",
            "PYTHONIOENCODING": "cp1252:strict",
        },
        capture_output=True,
        encoding="cp1252",
        timeout=300,
        check=False,
    )


def test_the_site_is_the_same(tmp_path: Path) -> None:
    """Images beyond ``FEW`` would be decoded in forked processes."""
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
        nets.write_atlas(tmp_path / name)
        nets.write_pictures(tmp_path / name / "pictures", 70)
    first = run_prepared(tmp_path / "with", "build", seconds=300)
    assert first.returncode == 0, first.stderr
    second = build(tmp_path / "without")
    assert second.returncode == 0, second.stderr
    assert contents(tmp_path / "with" / "site") == contents(tmp_path / "without" / "site")
    again = build(tmp_path / "without")
    assert "0 written" in again.stdout, again.stderr


ASKING = {"fork_pool.py", "cores.py"}
"""The files that ask first whether the system has it."""
UNIX = {*without_unix.FUNCTIONS.split(), *without_unix.FLAGS.split(), "fchmod"}


def test_what_only_unix_has_is_used_where_it_was_asked_for() -> None:
    used = {
        (file.name, node.attr)
        for file in Path(convatlas.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr in UNIX) == ("os", True)
    }
    assert used
    assert {file for file, _ in used} <= ASKING, used


def test_what_only_unix_has_is_imported_nowhere() -> None:
    for file in Path(convatlas.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = {each.name for each in node.names}
                assert not names & set(without_unix.MODULES), file
