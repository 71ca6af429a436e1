"""One flipped bit in a store, or in a site, 100 times each: is it found, and mended?

``python benchmarks/reliability/bit_flips.py [TIMES]``. A flip in bytes that SQLite does not use has
no effect; such flips are counted apart.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from project import Project, row

from convatlas.errors import StoreError
from convatlas.site.check.check import check
from convatlas.store.maintenance import verify
from convatlas.store.store import Store

TABLES = ("records", "pictures", "memo")


def flip(file: Path, chosen: random.Random) -> str:
    """Flip one bit of a file; return which one."""
    data = bytearray(file.read_bytes())
    at, bit = chosen.randrange(len(data)), chosen.randrange(8)
    data[at] ^= 1 << bit
    file.write_bytes(data)
    return f"bit {bit} of byte {at}"


def rows(path: Path) -> set[tuple[object, ...]]:
    """Every row of a store."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            (table, *each)
            for table in TABLES
            for each in connection.execute(f"select * from {table}")
        }


def told(path: Path) -> bool:
    """Whether the store is said to be damaged, by its opening, its check or its rescue."""
    try:
        with Store(path) as store:
            return bool(verify(store))
    except StoreError:
        return True


def stores(project: Project, times: int, chosen: random.Random) -> None:
    """Flip bits of the store: every row is as it was or gone, and what is gone is told."""
    before = rows(project.store)
    place = project.folder / "flipped"
    held = unused = rescued = 0
    for _ in range(times):
        place.mkdir()
        path = Path(shutil.copy(project.store, place / "store"))
        what = flip(path, chosen)
        noticed = told(path) or any(place.glob("*.damaged"))
        with Store(path) as store:
            verify(store)
        after = rows(path)
        if after <= before and (noticed or after == before):
            held += 1
            unused += not noticed
            rescued += any(place.glob("*.damaged"))
        else:
            print(f"store: {what}: {len(after - before)} rows differ", file=sys.stderr)
        shutil.rmtree(place)
    row(
        "one bit of a store flipped",
        times,
        held,
        f"{unused} in bytes that SQLite does not use; {rescued} files rescued",
    )


def sites(project: Project, times: int, chosen: random.Random) -> None:
    """Flip bits of the site: `check` names the file, and a build mends it."""
    reference = project.contents()
    own = {"CNAME", "papers", ".convatlas-site", ".convatlas-site.lock", ".nojekyll"}
    files = [path for path in reference if path.partition("/")[0] not in own]
    files = [path for path in files if (project.site / path).stat().st_size]
    weights = [(project.site / path).stat().st_size for path in files]
    found = mended = 0
    for number in range(times):
        (path,) = chosen.choices(files, weights) if number % 2 else [chosen.choice(files)]
        what = flip(project.site / path, chosen)
        noticed = any(each.startswith(f"{path}: changed") for each in check(project.site).findings)
        found += noticed
        project.run("build", "--pages")
        faults = project.faults(reference)
        mended += not faults
        if not noticed or faults:
            print(f"site: {path}: {what}: {faults}", file=sys.stderr)
    row("one bit of a site flipped, found by `check`", times, found)
    row("the same, mended by the next build", times, mended)


def main(times: int = 100) -> None:
    """Both."""
    with tempfile.TemporaryDirectory(prefix="flips-") as folder:
        project = Project.make(Path(folder) / "atlas", filters=24)
        project.run("build")
        project.own_files()
        project.run("build")
        stores(project, times, random.Random(1))
        sites(project, times, random.Random(2))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
