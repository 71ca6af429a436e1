"""The script that accepts a GPU: each part's result, and what counts as missed."""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "accept.py"


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


def test_what_a_part_has_started_ends_with_it(accept: ModuleType, tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    waiting = f"import pathlib, time; time.sleep(3); pathlib.Path({str(tmp_path / 'x')!r}).touch()"
    with (tmp_path / "log").open("w") as log, pytest.raises(subprocess.TimeoutExpired):
        accept._ended([sys.executable, "-c", script, waiting], log, 0.5)
    time.sleep(3)
    assert not (tmp_path / "x").exists()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What git has of the checkout, in another folder."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "copy" / name, follow_symlinks=False)
    return tmp_path / "copy"


def test_a_bare_copy_measures_itself_and_nothing_that_is_installed(
    copy: Path, tmp_path: Path
) -> None:
    (copy / "generator" / "convatlas" / "_version.py").write_text('__version__ = "0.copy"\n')
    script, small = copy / "benchmarks" / "accept.py", ["--device", "cpu", "--small"]
    command = [sys.executable, script, tmp_path / "out", *small, "--part", "machine"]
    subprocess.run(command, check=True, cwd=tmp_path)
    found = json.loads((tmp_path / "out" / "machine.json").read_text())
    assert found["machine"]["convatlas"] == "0.copy"


def test_without_a_gpu_it_says_so_at_once(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("torch finds no CUDA device here, so nothing was measured;")


def test_it_says_how_it_is_called() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--device" in done.stdout
