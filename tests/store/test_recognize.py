"""Only a store of ours is opened for writing; any other file stays as it is."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from convatlas.errors import ForeignStore, StoreError
from convatlas.store.recognize import Kind, recognize
from convatlas.store.store import Store
from support.command import run
from support.foreign_files import FOREIGN, standing
from support.store_records import record, request


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_that_is_not_ours_is_refused_and_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine"
    FOREIGN[kind](path)
    before = standing(tmp_path)
    for _ in range(2):
        with pytest.raises(ForeignStore, match=r"mine: .*nothing was changed.*--store"):
            Store(path)
        assert standing(tmp_path) == before


@pytest.mark.parametrize(
    "command", [["cache", "ls"], ["cache", "verify"], ["cache", "gc"], ["plan"], ["build"]]
)
def test_every_command_refuses_it_by_name(tmp_path: Path, command: list[str]) -> None:
    atlas = tmp_path / "atlas.yaml"
    atlas.write_text("store: atlas.yaml\nmodels: [{name: a, source: torchvision/alexnet}]\n")
    before = standing(tmp_path)
    result = run(
        *command, "-c", atlas, *(["-o", tmp_path / "site"] if command == ["build"] else [])
    )
    assert result.exit_code == 1  # main() turns the error into its exit code
    assert isinstance(result.exception, ForeignStore)
    assert result.exception.exit_code == 2
    assert "atlas.yaml: this is another kind of file" in str(result.exception)
    assert standing(tmp_path) == before


def test_a_file_that_may_not_be_read_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")  # unreadable even for an administrator
    with pytest.raises(StoreError, match="choose another with --store"):
        Store(tmp_path / "loop")


@pytest.mark.parametrize("kind", ["nothing", "empty", "a link to nothing"])
def test_a_new_store_is_made_of_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store"
    if kind == "empty":
        path.touch()
    elif kind != "nothing":
        path.symlink_to("elsewhere")
    assert recognize(path) is Kind.NEW
    with Store(path) as store:
        assert recognize(path) is Kind.SOUND  # at once, while all rows are in the log
        store.put("a", 1)
    with Store(path) as store:
        assert store.get("a") == 1


def test_a_link_to_a_store_is_that_store(tmp_path: Path) -> None:
    with Store(tmp_path / "big") as store:
        store.put("a", 1)
    (tmp_path / "store").symlink_to("big")
    with Store(tmp_path / "store") as store:
        assert store.get("a") == 1
    assert (tmp_path / "store").is_symlink()


def unmarked(path: Path) -> None:
    """Make a store as it was before stores were marked."""
    with Store(path) as store:
        store.add([("net", request(1), record(1))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma application_id = 0")
        connection.execute("pragma user_version = 0")


def test_an_older_store_is_taken_and_marked(tmp_path: Path) -> None:
    unmarked(tmp_path / "store")
    with Store(tmp_path / "store") as store:
        assert store.find([request(1).key])
    assert (tmp_path / "store").read_bytes()[68:72] == b"cvat"


def test_an_older_store_whose_rows_are_all_in_its_log_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "live"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        unmarked(tmp_path / "other")
        with closing(sqlite3.connect(tmp_path / "other")) as other:
            connection.executescript("\n".join(other.iterdump()))
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", tmp_path / f"store{suffix}")
    with Store(tmp_path / "store") as store:
        assert store.find([request(1).key])
