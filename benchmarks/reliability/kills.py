"""Builds that are killed at random moments: does the next one end in the same bytes?

``python benchmarks/reliability/kills.py [SHARE]``: SIGKILL at 40 random moments of publishing and
20 of rendering, SIGINT and SIGTERM at 10 of each. SHARE makes all of these fewer: 0.1 for a tenth.

A trial of publishing kills a build of the site under another title, or one into an empty folder;
one of rendering starts with an empty store. The process and the copies that help it are counted as
ended when their pipe is closed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from project import Project, row

PUBLISHING = {signal.SIGKILL: 40, signal.SIGINT: 10, signal.SIGTERM: 10}
RENDERING = {signal.SIGKILL: 20, signal.SIGINT: 10, signal.SIGTERM: 10}
PAGES = ("build", "--pages")


def killed(
    project: Project, command: tuple[str, ...], begun: Callable[[], bool], wait: float, sign: int
) -> bool:
    """Start a command, wait until it has begun and some seconds more, and send it a signal.

    Ctrl-C goes to a whole group of processes, other signals to the one that was named. Return
    whether the process was still running.
    """
    process = project.start(*command)
    while not begun() and process.poll() is None:
        time.sleep(0.002)
    time.sleep(wait)
    running = process.poll() is None
    if running:
        (os.killpg if sign == signal.SIGINT else os.kill)(process.pid, sign)
    said = process.communicate(timeout=60)[0]
    if running and sign == signal.SIGINT and "Traceback" in said:
        raise RuntimeError(said)
    return running


def duration(project: Project, command: tuple[str, ...], begun: Callable[[], bool]) -> float:
    """The seconds from the moment when a command has begun to its end."""
    process = project.start(*command)
    while not begun():
        time.sleep(0.002)
    started = time.monotonic()
    process.communicate(timeout=600)
    return time.monotonic() - started


def publishing(folder: Path, share: float, chosen: random.Random) -> None:
    """Kill builds while they write the site."""
    project = Project.make(folder, filters=260)
    project.run("build")
    project.own_files()
    project.run("build")
    reference = project.contents()

    def prepare(state: str) -> None:
        """Bring the site and the atlas file into a state, and note the time."""
        if state == "an empty folder":
            shutil.rmtree(project.site)
        project.own_files()
        (project.site / ".convatlas-site").touch()  # else it is a foreign folder
        project.configure("Two")
        prepared[0] = time.time_ns()

    def begun() -> bool:
        pages = (project.site / name for name in ("about/index.html", "static", "small/0"))
        return any(page.exists() and page.stat().st_mtime_ns > prepared[0] for page in pages)

    prepared = [0]
    prepare("an empty folder")
    seconds = duration(project, PAGES, begun)
    for sign, wanted in PUBLISHING.items():
        tried = held = 0
        while tried < max(1, round(wanted * share)):
            state = chosen.choice(["another title", "an empty folder"])
            prepare(state)
            if not killed(project, PAGES, begun, chosen.uniform(0, seconds), sign):
                continue
            tried += 1
            project.configure("One")
            project.run(*PAGES)
            faults = project.faults(reference)
            held += not faults
            for fault in faults[:5]:
                print(f"{state}: {fault}", file=sys.stderr)
        row(f"{signal.Signals(sign).name} while publishing ({seconds:.1f} s)", tried, held)
    project.run("check")


def rendering(folder: Path, share: float, chosen: random.Random) -> None:
    """Kill builds while they render."""
    project = Project.make(folder, filters=8, maximize="{preset: draft}")
    project.run("build")
    reference = project.contents()
    begun = project.store.exists

    def prepare() -> None:
        for file in folder.glob(".convatlas*"):
            file.unlink()
        shutil.rmtree(project.site)

    prepare()
    seconds = duration(project, ("build",), begun)
    for sign, wanted in RENDERING.items():
        tried = held = 0
        while tried < max(1, round(wanted * share)):
            prepare()
            if not killed(project, ("build",), begun, chosen.uniform(0, seconds), sign):
                continue
            tried += 1
            project.run("build")
            faults = project.faults(reference)
            if "0 damaged" not in project.run("cache", "verify"):
                faults.append("the store is damaged")
            held += not faults
            for fault in faults[:5]:
                print(fault, file=sys.stderr)
        row(f"{signal.Signals(sign).name} while rendering ({seconds:.1f} s)", tried, held)


def main(share: float = 1.0) -> None:
    """Everything, with the same moments every time as far as processes keep time."""
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        publishing(Path(folder) / "publishing", share, random.Random(1))
        rendering(Path(folder) / "rendering", share, random.Random(2))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
