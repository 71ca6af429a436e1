"""Publishing that is killed: the next build ends in the same bytes.

A sample; ``benchmarks/reliability/kills.py`` does the same to whole builds, more often.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support import publish_process
from support.publish_process import ROOTS, contents, run

MANIFEST = "layers=3, filters=40, images=4"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, bytes]]:
    out = tmp_path_factory.mktemp("whole")
    run(out, MANIFEST, copies=0)
    return contents(out)


def start(out: Path, copies: int) -> subprocess.Popen[bytes]:
    options = repr({"manifest": MANIFEST, "copies": copies})
    return subprocess.Popen(
        [sys.executable, publish_process.__file__, str(out), options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, ROOTS))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("sign", "copies"),
    [(signal.SIGKILL, 0), (signal.SIGKILL, 1), (signal.SIGTERM, 1), (signal.SIGINT, 0)],
)
def test_after_a_kill_the_next_build_ends_in_the_same_bytes(
    tmp_path: Path, whole: dict[str, tuple[int, bytes]], sign: signal.Signals, copies: int
) -> None:
    if copies and sys.platform != "linux":
        pytest.skip("processes are copied on Linux only")
    out, moments = tmp_path / "site", random.Random(sign + copies)
    process = start(out, copies)
    while not any(out.glob("net0/*/*")) and process.poll() is None:
        time.sleep(0.005)
    time.sleep(moments.uniform(0, 0.5))
    process.send_signal(sign)
    process.wait(60)
    left = [path for path in out.rglob("*") if path.is_file() and path.name[0] != "."]
    pictures = [path for path in left if path.suffix == ".webp"]
    assert all(path.stat().st_size for path in pictures)
    run(out, MANIFEST, copies=0)
    assert contents(out) == whole
