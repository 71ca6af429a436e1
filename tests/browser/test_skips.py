"""A browser test without its browser is skipped; in CI, where all is installed, it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = Path(__file__).parent / "test_html.py"
NAME = "test_the_checker_finds_what_is_wrong"


@pytest.mark.parametrize(("ci", "code", "said"), [("", 0, "1 skipped"), ("true", 1, "CI forbids")])
def test_what_is_missing(tmp_path: Path, ci: str, code: int, said: str) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{TEST}::{NAME}"]
    environment = {**os.environ, "PATH": str(tmp_path), "CI": ci}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stdout
    assert said in done.stdout
    assert "java" in done.stdout or "vnu-jar" in done.stdout
