"""One build at a time writes into a folder, on any system."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import convatlas
from convatlas.errors import SiteError
from convatlas.site.output.lock import LOCK, locked

GENERATOR = str(Path(convatlas.__file__).parent.parent)
HOLDER = """
import sys
from pathlib import Path
if sys.argv[2] == "without":
    sys.modules["fcntl"] = None
from convatlas.site.output.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path, fcntl: str) -> subprocess.Popen[str]:
    """A process that holds the lock until it is killed, or its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HOLDER, str(folder), fcntl],
        env={"PYTHONPATH": GENERATOR},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("end", ["closed", "killed"])
def test_another_process_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    caplog.set_level(logging.INFO)
    with holder(tmp_path, "with") as process:
        entered = threading.Event()

        def enter() -> None:
            with locked(tmp_path):
                entered.set()

        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.3)
        assert "another build writes" in caplog.text
        if end == "killed":
            process.kill()
        else:
            assert process.stdin is not None
            process.stdin.close()
        assert entered.wait(20)
        waiting.join()


def test_a_link_instead_of_the_file_is_refused_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"other")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / LOCK).symlink_to(other)
    with pytest.raises(SiteError, match=LOCK), locked(tmp_path / "site"):
        pass
    assert other.read_bytes() == b"other"


def test_a_file_that_is_also_elsewhere_keeps_its_bytes(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"other")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / LOCK).hardlink_to(other)
    with locked(tmp_path / "site"):
        pass
    assert other.read_bytes() == b"other"
