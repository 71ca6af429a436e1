"""The browser, the site that a module of tests looks at, and visits to it.

Each fixture builds on the one before: ``made`` (a manifest and its pictures) is published as
``out``, which is opened from disk and served at ``roots``, where ``browse`` goes. A module defines
the first of them that it needs: ``made``, or ``out`` where its site is another.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from convatlas.site.publish import publish
from support.browsing import Browse, Visit, both, chromium
from support.gate_site import GateSite, published
from support.synthetic import Manifest, Read, set_receptive_fields, synthetic_manifest
from support.synthetic_traces import traced


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One for all tests of a module; each test opens contexts of its own in it.

    Not one for the whole session: tests of other folders count this process's children.
    """
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def out(made: tuple[Manifest, Read], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published site; to be read only."""
    folder = tmp_path_factory.mktemp("site")
    publish(*made, folder)
    return folder


@pytest.fixture(scope="module")
def roots(out: Path) -> Iterator[Mapping[str, str]]:
    """The site's addresses: ``file`` and ``http``."""
    with both(out) as addresses:
        yield addresses


@pytest.fixture
def browse(browser: Any, roots: Mapping[str, str]) -> Iterator[Browse]:
    """Begins visits to the site, which last until the test ends."""
    with ExitStack() as visits:
        yield lambda place="file", **options: visits.enter_context(
            Visit(browser, roots[place], **options)
        )


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> GateSite:
    """The site with every kind of page; to be read only."""
    return published(tmp_path_factory.mktemp("gate") / "site")


@pytest.fixture(scope="session")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> GateSite:
    """The same where a page holds many filters."""
    return published(tmp_path_factory.mktemp("gathered") / "site", gathered=True)


@pytest.fixture(scope="session")
def attributed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows attribution on crops of 40 pixels; to be read only."""
    manifest, read = traced(synthetic_manifest(layers=2, filters=4, images=40, size=(96, 96)))
    set_receptive_fields(manifest, 40)
    folder = tmp_path_factory.mktemp("attributed")
    publish(manifest, read, folder)
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Where CI runs, nothing may be missing: a browser test that was skipped there has failed."""
    report = yield
    ours = item.get_closest_marker("browser") is not None
    if report.skipped and ours and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI forbids: {report.longrepr[2]}"
    return report
