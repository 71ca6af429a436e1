"""The rebuild of SqueezeNet's whole atlas with nothing changed, each time in a process of its own.

What a record holds does not matter here, so pictures get one step and one attempt; their number
is that of the real atlas: 3,944 filters, 1,000 photographs.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from machine import DATA, ROOT, WORK, write

FOLDER = WORK / "rebuild"
RUNS = 7


def run() -> tuple[float, dict]:
    """One build; seconds and its summary."""
    environment = {
        **os.environ,
        "SQUEEZENET_WEIGHTS": str(DATA / "weights" / "squeezenet1_1.pth"),
        "IMAGENET_SAMPLE": str(DATA / "images" / "imagenet-1k-sample"),
    }
    command = [sys.executable, "-m", "convatlas", "-q", "build", "--json"]
    command += ["-c", str(FOLDER / "atlas.yaml"), "-o", str(FOLDER / "site")]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return time.monotonic() - started, json.loads(done.stdout)


def main() -> None:
    """Once cold, then several times warm."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    text = (ROOT / "examples" / "squeezenet.yaml").read_text(encoding="utf-8")
    text = text.replace("store: ../.convatlas-squeezenet", "store: store")
    text += "\nlenses:\n  maximize: {steps: 1, attempts: 1}\n"
    (FOLDER / "atlas.yaml").write_text(text, encoding="utf-8")
    run()
    warm = [run() for _ in range(RUNS)]
    write(
        "rebuild",
        {
            "filters": 3944,
            "records": warm[0][1]["kept"],
            "files": warm[0][1]["published"]["files"],
            "seconds_median": round(statistics.median(seconds for seconds, _ in warm), 2),
            "seconds": sorted(round(seconds, 2) for seconds, _ in warm),
            "rendered": sum(summary["rendered"] for _, summary in warm),
            "written": sum(summary["published"]["written"] for _, summary in warm),
        },
    )
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
