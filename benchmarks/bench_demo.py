"""The demo atlas as ``make atlas`` builds it, cold and then with nothing changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time

from machine import ROOT, WORK, write


def run() -> tuple[float, dict]:
    """One build; seconds and its summary."""
    command = [sys.executable, "-m", "convatlas", "build", "--json", "-c", "atlas.yaml"]
    command += ["-o", str(WORK / "demo" / "site"), "--store", str(WORK / "demo" / "store")]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return time.monotonic() - started, json.loads(done.stdout)


def main() -> None:
    """Cold, then three times warm."""
    shutil.rmtree(WORK / "demo", ignore_errors=True)
    (WORK / "demo").mkdir(parents=True)
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
    main()
