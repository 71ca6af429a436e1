"""The script that accepts a GPU: each part's result, and what counts as missed."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "accept.py"


@pytest.fixture
def accept(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", list(sys.path))  # which the script extends
    spec = importlib.util.spec_from_file_location("accept", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(out: Path, device: str = "cpu") -> argparse.Namespace:
    return argparse.Namespace(out=out, device=device, small=True, part=None)


def test_a_part_writes_its_result_and_is_a_line_of_the_table(
    accept: ModuleType, tmp_path: Path
) -> None:
    result = accept.run("encoding", asked(tmp_path))
    stored = json.loads((tmp_path / "encoding.json").read_text())
    assert stored["checks"] == result["checks"]
    assert min(stored["pictures_a_second"].values()) > 0
    (line,) = accept.lines({"encoding": result})
    assert line.startswith("encoding   pictures encoded in a second")
    assert line.endswith("not judged")


def test_a_part_that_takes_too_long_or_fails_is_missed(
    accept: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(accept.LIMITS, "encoding", 0.01)
    (late,) = accept.lines({"encoding": accept.run("encoding", asked(tmp_path))})
    assert "stopped after" in late
    assert late.endswith("MISSED")
    monkeypatch.setitem(accept.LIMITS, "encoding", 30)
    (failed,) = accept.lines({"machine": accept.run("machine", asked(tmp_path, "nowhere"))})
    assert "ended with 1; see machine.log" in failed
    assert failed.endswith("MISSED")
    assert "nowhere" in (tmp_path / "machine.log").read_text()


def test_it_says_how_it_is_called() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--device" in done.stdout
