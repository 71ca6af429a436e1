"""Commands on an atlas of which nothing has changed, by several versions in turn.

Each version has copies of the store and the site, since it makes the pages anew.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machine import ROOT

RUNS = 7
SETTLED = 3
"""Seconds until files are old enough for a build to rely on their times."""

COMMANDS = ("build", "plan", "--help")


def versions() -> dict[str, Path]:
    """The checkouts to compare: this one, and that of ``--before`` if it is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", type=Path, help="a checkout of another version")
    before = parser.parse_args().before
    return {"now": ROOT, **({"before": before.resolve()} if before else {})}


def again(config: str, store: Path, site: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Seconds of each command by version, of the wall and of the processor; and what builds did.

    Args:
        config: the atlas file, from the root of a checkout.
        store: what an earlier build has left.
        site: the folder of the same build.
        environment: variables in the atlas file.
    """
    found = {
        name: _Version(checkout, config, _copied(store, name), _copied(site, name), environment)
        for name, checkout in versions().items()
    }
    for version in found.values():
        version.run("build")
    time.sleep(SETTLED)
    for version in found.values():
        version.run("build")
    runs = {(name, command): [] for command in COMMANDS for name in found}
    for _ in range(RUNS):
        for (name, command), results in runs.items():
            results.append(found[name].run(command))
    return {
        name: {
            "atlas": version.summary(),
            **{command.lstrip("-"): _told(runs[name, command]) for command in COMMANDS},
        }
        for name, version in found.items()
    }


def _copied(path: Path, name: str) -> Path:
    place = path.with_name(f"{path.name}-{name}")
    if path.is_dir():
        shutil.rmtree(place, ignore_errors=True)
        return Path(shutil.copytree(path, place))
    return Path(shutil.copy2(path, place))


def _told(runs: list[tuple[float, float]]) -> dict[str, Any]:
    wall, cpu = zip(*runs, strict=True)
    return {
        "seconds_median": round(statistics.median(wall), 2),
        "seconds": sorted(round(each, 2) for each in wall),
        "cpu_seconds_median": round(statistics.median(cpu), 2),
    }


class _Version:
    """A checkout with its store and site."""

    def __init__(
        self, checkout: Path, config: str, store: Path, site: Path, environment: Mapping[str, str]
    ) -> None:
        self.checkout = checkout
        self.environment = {**os.environ, **environment, "PYTHONPATH": str(checkout / "generator")}
        atlas = ["-c", str(ROOT / config), "--store", str(store)]
        self.options = {"build": [*atlas, "-o", str(site)], "plan": atlas, "--help": []}
        self.said = b""

    def run(self, command: str) -> tuple[float, float]:
        """Seconds of the wall and of the processor that a command takes."""
        line = [sys.executable, "-m", "convatlas", command, *self.options[command]]
        line += ["--json"] if command == "build" else []
        started, used = time.perf_counter(), _cpu()
        done = subprocess.run(
            line, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, check=True
        )
        if command == "build":
            self.said = done.stdout
        return time.perf_counter() - started, _cpu() - used

    def summary(self) -> dict[str, Any]:
        """What the last build says that it did."""
        said = json.loads(self.said)
        return {
            "records": said["kept"],
            "files": said["published"]["files"],
            "rendered": said["rendered"],
            "written": said["published"]["written"],
        }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
