"""What tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from support.pretended_device import PretendedDevice

ROOT = Path(__file__).resolve().parent.parent

# Small networks are slower on several threads, above all where other programs run: here and in the
# processes that tests start, which also share what Python has compiled.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


# How long an example takes says more of the machine than of the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real weights and images; tests that need it are skipped without it."""
    named = os.environ.get("CONVATLAS_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (folder / "weights").is_dir():
        pytest.skip(f"no real data in {folder}; set CONVATLAS_REAL_DATA")
    return folder


@pytest.fixture
def pretended() -> Iterator[PretendedDevice]:
    """An accelerator that is none; tests are skipped where torch has no such devices."""
    from support import pretended_device

    if not pretended_device.available():
        pytest.skip(pretended_device.MISSING)
    with pretended_device.pretended() as device:
        yield device


@pytest.fixture(scope="session", autouse=True)
def interrupts_reach_children() -> None:
    """Shells ignore SIGINT in what they run in the background, and so would each command."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
