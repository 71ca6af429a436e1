"""The demo atlas as ``make atlas`` builds it, cold and then with nothing changed.

``--parts`` builds it once, cold, in this process, and tells the seconds of each lens and of what is
derived from records; the rest is planning and pages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from convatlas.opening.configuration import read
from convatlas.pipeline import build
from convatlas.store.store import Store
from convatlas.work import Work
from machine import ROOT, WORK, write


def run() -> tuple[float, dict]:
    """One build; seconds and its summary."""
    command = [sys.executable, "-m", "convatlas", "build", "--json", "-c", "atlas.yaml"]
    command += ["-o", str(WORK / "demo" / "site"), "--store", str(WORK / "demo" / "store")]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return time.monotonic() - started, json.loads(done.stdout)


def emptied() -> None:
    """Make an empty folder for the store and the site."""
    shutil.rmtree(WORK / "demo", ignore_errors=True)
    (WORK / "demo").mkdir(parents=True)


def parts() -> None:
    """One cold build; the seconds of what shows progress, and of all."""
    emptied()
    spent: Counter[str] = Counter()

    @contextmanager
    def progress(what: str, total: int) -> Iterator[Callable[[int], object]]:
        started = time.monotonic()
        yield lambda more: None
        spent[what] += time.monotonic() - started  # type: ignore[assignment]

    started = time.monotonic()
    configuration = read(ROOT / "atlas.yaml", os.environ)
    with Store(WORK / "demo" / "store") as store:
        build(configuration, store, WORK / "demo" / "site", Work(), progress)
    spent["all"] = time.monotonic() - started  # type: ignore[assignment]
    write("demo_parts", {what: round(seconds, 1) for what, seconds in spent.most_common()})


def main() -> None:
    """Cold, then three times warm."""
    emptied()
    cold, summary = run()
    warm = [run() for _ in range(3)]
    write(
        "demo",
        {
            "cold_seconds": round(cold, 1),
            "warm_seconds": sorted(round(seconds, 2) for seconds, _ in warm),
            "rendered": summary["rendered"],
            "failed": len(summary["failed"]),
            "warm_rendered": warm[-1][1]["rendered"],
            "warm_written": warm[-1][1]["published"]["written"],
            "published": summary["published"],
        },
    )


if __name__ == "__main__":
    parts() if "--parts" in sys.argv else main()
