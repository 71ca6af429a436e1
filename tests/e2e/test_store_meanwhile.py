"""What happens to the store while a build renders: nothing is lost, and the bytes are the same."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from convatlas.errors import StoreError
from convatlas.opening.configuration import read
from convatlas.pipeline import Result, build
from convatlas.rendering.progress import silence
from convatlas.rendering.render import Progress
from convatlas.store.maintenance import verify
from convatlas.store.store import Store
from convatlas.work import Work
from support import nets
from support.command import run
from support.site_files import contents

ATLAS = """
models: [{name: small, source: "nets.py:small", input: {size: 24, resize: 24}}]
images: [{name: pictures, source: "folder:pictures", credit: nobody}]
lenses: {maximize: {steps: 3, size: 12, attempts: 2}}
"""
OTHER = """
models: [{name: other, source: "nets.py:known", input: {size: 24, resize: 24}}]
lenses: {maximize: false}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return furnished(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build that nothing happened to."""
    folder = furnished(tmp_path_factory.mktemp("undisturbed"))
    built(folder, "store", "site")
    return folder


def furnished(folder: Path) -> Path:
    nets.write_pictures(folder / "pictures")
    shutil.copy(nets.__file__, folder / "nets.py")
    (folder / "atlas.yaml").write_text(ATLAS)
    (folder / "other.yaml").write_text(OTHER)
    return folder


def built(folder: Path, store: str, site: str, progress: Progress = silence) -> Result:
    with Store(folder / store) as records:
        return build(read(folder / "atlas.yaml", {}), records, folder / site, Work("cpu"), progress)


def at(moment: str, happens: Callable[[], object]) -> Progress:
    """A progress during which something happens, once, when a batch of that lens is stored."""
    happened: list[object] = []

    @contextmanager
    def progress(what: str, total: int) -> Iterator[Any]:
        def done(count: int) -> None:
            if what == f"small {moment}" and not happened:
                happened.append(happens())

        yield done

    return progress


def records(store: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    with closing(sqlite3.connect(store)) as rows:
        bodies = dict(rows.execute("select key, body from records"))
        return bodies, dict(rows.execute("select digest, data from pictures"))


def is_whole(folder: Path, undisturbed: Path) -> None:
    """Check that store and site are those of a build that nothing happened to."""
    with Store(folder / "store") as opened:
        assert verify(opened) == []
    assert records(folder / "store") == records(undisturbed / "store")
    assert contents(folder / "site") == contents(undisturbed / "site")


@pytest.mark.parametrize("moment", ["maximize", "photographs"])
def test_a_sweep_for_another_atlas_costs_nothing_but_time(
    folder: Path, undisturbed: Path, moment: str
) -> None:
    def sweep() -> None:
        swept = run("cache", "gc", "-c", folder / "other.yaml", "--store", folder / "store")
        assert swept.exit_code == 0, swept.output
        assert " 0 records dropped" not in swept.stdout

    assert built(folder, "store", "site", at(moment, sweep)).failures == []
    assert contents(folder / "site") == contents(undisturbed / "site")
    assert built(folder, "store", "site").failures == []  # of what no page needs, records alone
    is_whole(folder, undisturbed)


def test_a_sweep_for_the_same_atlas_costs_nothing(folder: Path, undisturbed: Path) -> None:
    def sweep() -> None:
        swept = run("cache", "gc", "-c", folder / "atlas.yaml", "--store", folder / "store")
        assert " 0 records dropped" in swept.stdout

    assert built(folder, "store", "site", at("maximize", sweep)).failures == []
    is_whole(folder, undisturbed)


def test_two_builds_that_render_the_same_at_once(folder: Path, undisturbed: Path) -> None:
    """The second begins and ends while the first is amid a lens, so that both render it."""
    second: list[Result] = []
    meanwhile = at("maximize", lambda: second.append(built(folder, "store", "second")))
    first = built(folder, "store", "site", meanwhile)
    assert first.failures == second[0].failures == []
    assert second[0].rendered > 0
    is_whole(folder, undisturbed)
    assert contents(folder / "second") == contents(folder / "site")


@pytest.mark.parametrize("moment", ["kernels", "maximize"])
def test_a_disk_that_is_full_while_rendering(folder: Path, undisturbed: Path, moment: str) -> None:
    with Store(folder / "store") as opened:

        def fill() -> None:
            (pages,) = opened.connection.execute("pragma page_count").fetchone()
            opened.connection.execute(f"pragma max_page_count = {pages}")

        with pytest.raises(StoreError, match=r"full; free some space and build again; nothing is"):
            build(
                read(folder / "atlas.yaml", {}),
                opened,
                folder / "site",
                Work("cpu"),
                at(moment, fill),
            )
        assert verify(opened) == []
    kept = records(folder / "store")[0]
    assert kept
    assert built(folder, "store", "site").failures == []
    assert kept.items() <= records(folder / "store")[0].items()
    is_whole(folder, undisturbed)
