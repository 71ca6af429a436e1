"""Files that are no store of ours, each under the name that a careless ``--store`` gives."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from convatlas.store import connection
from convatlas.store.recognize import FORMAT
from convatlas.store.store import Store
from support.store_records import record, request

Make = Callable[[Path], None]


def text(path: Path) -> None:
    path.write_text("models: [{name: mine}]\n")


def code(path: Path) -> None:
    shutil.copy(connection.__file__, path)  # has the definitions of our tables


def dump(path: Path) -> None:
    with Store(path.with_name("dumped")) as store:
        store.put("a", 1)
        path.write_text("\n".join(store.connection.iterdump()))
    path.with_name("dumped").unlink()


def binary(path: Path) -> None:
    path.write_bytes(os.urandom(10_000))


def zeros(path: Path) -> None:
    path.write_bytes(bytes(10_000))


def database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as mine:
        mine.execute("create table records (key text primary key, weight real)")
        mine.executemany("insert into records values (?, 1)", [(str(n),) for n in range(500)])
        mine.commit()


def database_of_a_program(path: Path) -> None:
    database(path)
    with closing(sqlite3.connect(path)) as mine:
        mine.execute("pragma application_id = 1196444487")  # GeoPackage's


def database_in_use(path: Path) -> None:
    """A database with a write-ahead log, as it stands while a program has it open."""
    live = path.with_name("live")
    with closing(sqlite3.connect(live)) as mine:
        mine.execute("pragma journal_mode = wal")
        mine.execute("create table notes (text)")
        mine.execute("insert into notes values ('kept')")
        mine.commit()
        for suffix in ("", "-wal", "-shm"):
            shutil.copy(f"{live}{suffix}", f"{path}{suffix}")
    for file in path.parent.glob("live*"):
        file.unlink()


def empty_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as mine:
        mine.execute("pragma user_version = 7")


def newer_store(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as mine:
        mine.execute(f"pragma user_version = {FORMAT + 1}")
        mine.execute("pragma journal_mode = delete")


def log_of_a_store(path: Path) -> None:
    with Store(path.with_name("other")) as store:
        store.add([("net", request(1), record(1))])
        shutil.copy(path.with_name("other-wal"), path)
    for file in path.parent.glob("other*"):
        file.unlink()


def folder(path: Path) -> None:
    path.mkdir()
    (path / "file").write_text("mine")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link(path: Path) -> None:
    database(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def names_beside(suffix: str, linked: bool) -> Make:
    """Nothing of that name, but something that SQLite would take for its own beside it."""

    def make(path: Path) -> None:
        beside = path.with_name(path.name + suffix)
        if linked:
            path.with_name("target").write_text("mine")
            beside.symlink_to("target")
        else:
            beside.write_text("mine")

    return make


FOREIGN: dict[str, Make] = {
    make.__name__: make
    for make in (
        text,
        code,
        dump,
        binary,
        zeros,
        database,
        database_of_a_program,
        database_in_use,
        empty_database,
        newer_store,
        log_of_a_store,
        folder,
        pipe,
        device,
        link,
    )
}
for _suffix in ("-wal", "-shm", "-journal"):
    FOREIGN[f"beside{_suffix}"] = names_beside(_suffix, linked=False)
    FOREIGN[f"beside{_suffix}, a link"] = names_beside(_suffix, linked=True)


def standing(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder: kind, mode, time, and bytes or what a link says."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content: object = None
        if path.is_symlink():
            content = path.readlink()
        elif path.is_file():
            content = path.read_bytes()
        time = None if path.is_dir() else facts.st_mtime_ns
        found[str(path.relative_to(folder))] = (facts.st_mode, time, content)
    return found
