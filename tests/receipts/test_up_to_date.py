"""Where nothing has changed a build says so; where anything has, it never does."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import convatlas
from convatlas.config.opened_files import data_files, files_opened
from convatlas.config.schema import Atlas
from convatlas.lenses.base import Lens
from convatlas.lenses.registry import lenses
from convatlas.opening import witnesses
from convatlas.receipts import before, up_to_date
from convatlas.receipts.command import DEFAULT_STORE, Command
from convatlas.receipts.receipt import RenderingReceipt
from convatlas.receipts.up_to_date import known_build, known_plan
from convatlas.site.templating.own_folders import own_folder
from convatlas.store.store import Store
from support import naming_atlas
from support.command import build, run, said
from support.probing import noise

GENERATOR = str(Path(convatlas.__file__).parent.parent)
OURS = [GENERATOR, str(own_folder("templates")), str(own_folder("static"))]
TICK = 0.02
"""Seconds in which the clock of a file system goes on."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an atlas; each test leaves it as something that can be built."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (witnesses, before):
            patch.setattr(module, "SETTLED", 0)
        patch.delenv("OWNER", raising=False)
        place = tmp_path_factory.mktemp("atlas")
        naming_atlas.write(place)
        built(place)
        yield place


def built(folder: Path) -> dict[str, Any]:
    """The summary of a build that is given time to see what has changed before."""
    time.sleep(TICK)
    result = build(folder, "--json")
    assert result.exit_code == 0, said(result)
    return json.loads(result.stdout)


def command(folder: Path) -> Command:
    return Command.of(folder / "atlas.yaml", None, os.environ)


def is_known(folder: Path) -> bool:
    out = folder / "site"
    return known_build(command(folder), out, str(out)) is not None


@pytest.fixture
def ready(folder: Path) -> Path:
    """The folder, after a build that is complete and known to be."""
    if not is_known(folder):
        built(folder)
    assert is_known(folder)
    return folder


def test_twice_the_same_is_said_of_nothing_done(ready: Path) -> None:
    first, second = built(ready), json.loads(build(ready, "--json").stdout)
    assert first == second
    assert second["rendered"] == second["published"]["written"] == 0
    assert second["kept"] > 0
    assert second["published"]["unchanged"] == second["published"]["files"] > 0
    lines = build(ready).stdout
    assert f"0 records rendered, {second['kept']} from the store" in lines


def test_a_slow_build_says_the_same(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [build(ready).stdout, build(ready, "--json").stdout]
    plans = [run("plan", "-c", ready / "atlas.yaml", *more).stdout for more in ([], ["--json"])]
    monkeypatch.setattr(up_to_date, "_known", lambda *_: None)
    assert [build(ready).stdout, build(ready, "--json").stdout] == quick
    assert [
        run("plan", "-c", ready / "atlas.yaml", *more).stdout for more in ([], ["--json"])
    ] == plans


HEAVY = ("torch", "numpy", "pydantic", "jinja2", "PIL", "markdown_it", "tqdm")

LISTENING = f"""
import json, os, sys
from click.testing import CliRunner
from convatlas.cli import cli
from convatlas.config.opened_files import files_opened
with files_opened() as opened:
    result = CliRunner().invoke(cli, sys.argv[1:])
print(json.dumps({{
    "code": result.exit_code,
    "modules": [name for name in {HEAVY} if name in sys.modules],
    "files": sorted(path for path in opened if os.path.isfile(path)),
}}))
"""


@pytest.mark.parametrize(
    ("task", "read"),
    [
        (["build", "-o", "site"], [".convatlas", "atlas.yaml", "site/.convatlas-site"]),
        (["plan"], [".convatlas", "atlas.yaml"]),
    ],
)
def test_hardly_anything_is_imported_or_read(ready: Path, task: list[str], read: list[str]) -> None:
    """What the data set's code reads cannot be spared."""
    environment = {"PYTHONPATH": GENERATOR, "PATH": os.environ["PATH"]}
    # In a process like the one that listens: this one may have loaded what brings other packages.
    building = [sys.executable, "-m", "convatlas", "-q", "build", "-o", "site", "-c", "atlas.yaml"]
    subprocess.run(building, cwd=ready, env=environment, check=True, capture_output=True)
    command = [sys.executable, "-c", LISTENING, *task, "-c", "atlas.yaml"]
    done = subprocess.run(command, cwd=ready, env=environment, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert (found["code"], found["modules"]) == (0, [])
    assert found["files"] == sorted(str(ready / name) for name in (*read, "version.txt"))


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of a text in a file, which keeps its time."""

    def change(folder: Path) -> None:
        file = folder / name
        time_before, text = file.stat().st_mtime_ns, file.read_text()
        changed = text.replace(old, new) if old in text else text.replace(new, old)
        assert changed != text
        file.write_text(changed)
        os.utime(file, ns=(time_before, time_before))

    return change


def drawn(name: str, seed: int = 50) -> Callable[[Path], None]:
    """A picture, which is added or changed."""

    def change(folder: Path) -> None:
        old = (folder / name).read_bytes() if (folder / name).exists() else b""
        for number in (seed, seed + 1):
            noise(number).save(folder / name)
            if (folder / name).read_bytes() != old:
                return

    return change


def removed(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return change


def in_store(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        connection = sqlite3.connect(folder / ".convatlas")
        with connection:
            assert connection.execute(statement).rowcount > 0
        connection.close()

    return change


def swapped_weights(folder: Path) -> None:
    """Other weights in a file of the same size and time."""
    before = (folder / "w.pth").stat()
    naming_atlas.save_weights(folder, value=time.time() % 1)
    assert (folder / "w.pth").stat().st_size == before.st_size
    os.utime(folder / "w.pth", ns=(before.st_mtime_ns, before.st_mtime_ns))


RENDERED, WRITTEN, REMOVED = "rendered", "written", "removed"
LOOKED_AT = ""
"""What has changed may matter to the site, but does not."""

HOME = '{% extends "!default/home.html" %}'

CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a title": (edited("atlas.yaml", "An atlas", "Atlas"), WRITTEN),
    "an option": (edited("atlas.yaml", "top: 3", "top: 2"), RENDERED),
    "code of a network": (edited("net.py", "manual_seed(0)", "manual_seed(9)"), RENDERED),
    "what that imports": (edited("sibling.py", "FILTERS = 3", "FILTERS = 1 + 2"), RENDERED),
    "a function": (edited("loss.py", "return GAIN", "return 2 * GAIN"), RENDERED),
    "what a function imports": (edited("measure.py", "GAIN = 3", "GAIN = 1 + 2"), RENDERED),
    "an edit": (edited("edit.py", "20 *", "21 *"), RENDERED),
    "a picture laid over images": (
        lambda f: Image.new("RGBA", (16, 16), (0, 0, 255, 90)).save(f / "mark.png"),
        RENDERED,
    ),
    "weights": (swapped_weights, RENDERED),
    "classes": (edited("classes.txt", "cat", "cow"), RENDERED),
    "an image more": (drawn("photos/new.png"), RENDERED),
    "an image": (drawn("photos/3.png"), RENDERED),
    "an image less": (removed("photos/new.png"), WRITTEN),
    "labels": (edited("photos/labels.json", "odd", "add"), RENDERED),
    "a probe": (drawn("probe.png", 60), RENDERED),
    "a claim's picture": (drawn("cases/new.png", 70), RENDERED),
    "a data set": (edited("version.txt", "1", "2"), LOOKED_AT),
    "a page": (edited("pages/tour.md", "there", "over there"), WRITTEN),
    "a page's picture": (lambda f: noise(3).save(f / "pages" / "shown.png"), WRITTEN),
    "a logo": (lambda f: noise(4).save(f / "logo.png"), WRITTEN),
    "a theme": (edited("theme/static/own.css", "p {}", "a {}"), WRITTEN),
    "a theme's template": (
        lambda f: (f / "theme" / "templates" / "home.html").write_text(HOME),
        LOOKED_AT,
    ),
    "a published page": (edited("site/index.html", "atlas", "atlbs"), WRITTEN),
    "a published page less": (removed("site/net/0/0.html"), WRITTEN),
    "a strange file": (lambda f: (f / "site" / "strange.html").write_text("no"), REMOVED),
    "the whole site": (removed("site"), WRITTEN),
    "the marker": (lambda f: (f / "site" / ".convatlas-site").write_bytes(b""), LOOKED_AT),
    "a damaged record": (in_store("update records set body = body || ' '"), RENDERED),
    "a record less": (in_store("delete from records where lens = 'kernels'"), RENDERED),
    "a derived record less": (in_store("delete from records where lens = 'sprites'"), LOOKED_AT),
    "a damaged receipt": (in_store("update memo set value = value || ' '"), LOOKED_AT),
    "a picture less": (in_store("delete from pictures"), RENDERED),
    "the store": (removed(".convatlas"), RENDERED),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_after_a_change_what_has_to_be_is_done(ready: Path, changed: str) -> None:
    change, expected = CHANGES[changed]
    time.sleep(TICK)
    change(ready)
    assert not is_known(ready)
    summary = built(ready)
    counts = {"rendered": summary["rendered"], **summary["published"]}
    assert bool(counts["rendered"]) == (expected == RENDERED)
    if expected:
        assert counts[expected]
    assert is_known(ready)


def test_a_comment_and_what_is_not_named_do_not_matter(ready: Path) -> None:
    atlas = ready / "atlas.yaml"
    atlas.write_text("# a comment\n" + atlas.read_text())
    for name in ("beside.txt", "photos/notes.txt", "photos/.hidden.png", "site/mine.txt"):
        (ready / name).write_text("nothing")
    assert is_known(ready)


def test_a_variable_in_the_atlas_file_matters(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER", "somebody")
    assert is_known(ready)
    monkeypatch.setenv("OWNER", "somebody")
    assert not is_known(ready)
    assert built(ready)["published"]["written"] > 0
    assert is_known(ready)
    monkeypatch.delenv("OWNER")
    assert not is_known(ready)


def test_a_killed_build_is_finished(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has written is not what the last complete build has left."""
    text = (ready / "atlas.yaml").read_text()

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("convatlas.site.publish.Marker.write", kill)
        (ready / "atlas.yaml").write_text(text.replace("title: ", "title: Not "))
        assert build(ready).exit_code != 0
    (ready / "atlas.yaml").write_text(text)
    assert not is_known(ready)
    assert built(ready)["published"]["written"] > 0


def test_another_atlas_in_the_same_folder_is_replaced(ready: Path) -> None:
    text = (ready / "atlas.yaml").read_text().replace("title: ", "title: Another ")
    (ready / "another.yaml").write_text(text)
    result = run("build", "-c", ready / "another.yaml", "-o", ready / "site")
    assert result.exit_code == 0, said(result)
    assert not is_known(ready)
    assert built(ready)["published"]["written"] > 0
    assert is_known(ready)


def test_each_folder_and_each_store_is_looked_at(ready: Path, tmp_path: Path) -> None:
    given = command(ready)
    assert known_build(given, tmp_path / "other", "other") is None
    elsewhere = Command.of(ready / "atlas.yaml", tmp_path / "store", os.environ)
    assert known_plan(elsewhere) is None
    assert not (tmp_path / "store").exists()


def test_a_store_that_the_atlas_names_is_known_to_change(ready: Path) -> None:
    atlas = ready / "atlas.yaml"
    before = atlas.read_text()
    atlas.write_text(f"{before}\nstore: .convatlas\n")
    built(ready)
    assert is_known(ready)
    atlas.write_text(before)


def test_part_of_the_records_is_not_all(ready: Path) -> None:
    atlas = ready / "atlas.yaml"
    atlas.write_text(atlas.read_text().replace("steps: 2", "steps: 3"))
    assert build(ready, "--only", "net/0/0").exit_code == 0
    assert not is_known(ready)
    assert known_plan(command(ready)) is None
    assert built(ready)["rendered"] > 0
    assert known_plan(command(ready)) is not None


def test_what_is_left_out_and_warned_of_is_told_each_time(
    ready: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (ready / "photos" / "broken.png").write_bytes(b"no picture")
    built(ready)
    assert is_known(ready)
    for _ in range(2):
        caplog.clear()
        result = build(ready, "--strict")
        assert result.exit_code == 1
        assert "broken.png left out" in result.stdout
        assert "1 image left out" in result.stdout
        assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == [
            "photos: 2 of 7 images have no label"
        ]
    (ready / "photos" / "broken.png").unlink()
    built(ready)
    assert build(ready, "--strict").exit_code == 0


def test_a_data_set_without_fingerprint_is_read_each_time(ready: Path) -> None:
    code = (ready / "drawn.py").read_text()
    (ready / "drawn.py").write_text(code.replace("fingerprint", "mark"))
    built(ready)
    assert not is_known(ready)
    (ready / "drawn.py").write_text(code)
    built(ready)
    assert is_known(ready)


def test_a_lens_of_another_package_may_read_anything(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = type("Foreign", (Lens,), {"name": "foreign", "version": 1, "__module__": "foreign"})
    monkeypatch.setattr("convatlas.receipts.issue.lenses", lambda: (*lenses(), foreign()))
    (ready / "photos" / "0.png").touch()
    built(ready)
    assert not is_known(ready)


def test_a_file_that_may_change_unseen_is_looked_at_again(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is so near that another change may have the same."""
    (ready / "photos" / "0.png").touch()
    with monkeypatch.context() as patch:
        patch.setattr(before, "SETTLED", 10**12)
        built(ready)
    assert not is_known(ready)
    built(ready)
    assert is_known(ready)


def test_all_that_a_build_reads_is_in_the_receipt(folder: Path) -> None:
    """What a build opens in Python, when it has to open and make everything.

    What a data set reads is apart: it tells of changes by its fingerprint.
    """
    for name in ("site", ".convatlas"):
        removed(name)(folder)
    with files_opened() as opened:
        built(folder)
    with Store(folder / ".convatlas") as store:
        receipt = RenderingReceipt.read(store, command(folder))
    assert receipt is not None
    states = receipt.inputs.states
    roots = [*states["trees"], *states["pictures"], str(folder / "site"), *OURS]
    known = {*states["files"], str(folder / "atlas.yaml"), str(folder / ".convatlas")}
    read = {str(path) for path in data_files(opened) if path.is_file()}
    assert len(read & known) > 8
    assert {path for path in read - known if not path.startswith(tuple(roots))} == {
        str(folder / "version.txt")
    }


def test_the_default_store_is_that_of_the_schema() -> None:
    assert Atlas.model_fields["store"].default == DEFAULT_STORE
