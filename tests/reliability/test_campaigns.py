"""A sample of the campaigns in benchmarks/reliability: whatever they try, all of it holds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGNS = Path(__file__).resolve().parents[2] / "benchmarks" / "reliability"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the campaigns try each input in a fork")
@pytest.mark.parametrize(
    ("script", "times"),
    [("atlas_files", 40), ("weight_files", 40), ("odd_images", 40), ("server_requests", 60)],
)
def test_a_sample_holds(script: str, times: int) -> None:
    command = [sys.executable, str(CAMPAIGNS / f"{script}.py"), str(times)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stderr[-3000:]
    rows = re.findall(r"^\| (.*) \| (\d+) \| (\d+) \|.*\|$", ended.stdout, re.MULTILINE)
    assert rows, ended.stdout
    for what, tried, held in rows:
        assert tried == held, f"{what}: {ended.stderr[-3000:]}"
