"""What tests share."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from support.browsing import browser  # noqa: F401  # a fixture
from support.gate_site import GateSite, published

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real weights and images; tests that need it are skipped without it."""
    named = os.environ.get("CONVATLAS_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (folder / "weights").is_dir():
        pytest.skip(f"no real data in {folder}; set CONVATLAS_REAL_DATA")
    return folder


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Small networks are slower on several threads, above all where other programs run."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> GateSite:
    """The site with every kind of page; to be read only."""
    return published(tmp_path_factory.mktemp("gate") / "site")


@pytest.fixture(scope="session")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> GateSite:
    """The same where a page holds many filters."""
    return published(tmp_path_factory.mktemp("gathered") / "site", gathered=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Where CI runs, nothing may be missing: a browser test that was skipped there has failed."""
    report = yield
    ours = item.get_closest_marker("browser") is not None
    if report.skipped and ours and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI forbids: {report.longrepr[2]}"
    return report
