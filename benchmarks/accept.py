"""Whether convatlas can be trusted on this GPU: eight minutes, a table, and an exit code.

    python benchmarks/accept.py OUT

It runs from a checkout or a bare copy of one, in any Python that has what convatlas needs and
pytest, and downloads nothing; convatlas itself need not be installed. Real weights and photographs
are used if ``CONVATLAS_REAL_DATA`` names them, else random weights. Each part runs in a process and
a time of its own, and its result is in ``OUT/PART.json`` at once. The exit code is 1 if something
that is expected does not hold. ``--device cpu --small`` tries the script itself, and judges no
speed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "generator"), str(ROOT / "benchmarks")]

LIMITS = {
    "machine": 45,
    "tests": 60,
    "agreement": 60,
    "memory": 25,
    "layers": 195,
    "profile": 30,
    "encoding": 15,
    "lucent": 50,
}
"""The seconds that each part may take; the first one also reads torch from the disk."""

PATIENCE = 6
"""How many times as long a part may take on a CPU."""


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the folder of the results")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N or cpu")
    parser.add_argument("--small", action="store_true", help="few filters and steps")
    parser.add_argument("--part", choices=LIMITS, help="one part, in this process")
    return parser.parse_args()


def run(part: str, asked: argparse.Namespace) -> dict[str, Any]:
    """The result of a part that runs in a process of its own."""
    seconds = LIMITS[part] * (PATIENCE if asked.device == "cpu" else 1)
    command = [sys.executable, __file__, str(asked.out), "--device", asked.device, "--part", part]
    command += ["--small"] if asked.small else []
    path, started = asked.out / f"{part}.json", time.monotonic()
    path.unlink(missing_ok=True)
    log = asked.out / f"{part}.log"
    try:
        with log.open("w") as lines:
            code = _ended(command, lines, seconds)
    except subprocess.TimeoutExpired:
        return _unfinished(part, f"stopped after {seconds} s")
    if not path.exists():
        return _unfinished(part, f"ended with {code}; see {log.name}")
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {**result, "seconds": round(time.monotonic() - started, 1)}


def _ended(command: list[str], lines: IO[str], seconds: float) -> int:
    """Run a command, and end it and all that it has started after some seconds."""
    process = subprocess.Popen(
        command,
        stdout=lines,
        stderr=subprocess.STDOUT,
        env=_environment(),
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment() -> dict[str, str]:
    places = [str(ROOT / name) for name in ("generator", "benchmarks", "tests")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}


def _unfinished(part: str, why: str) -> dict[str, Any]:
    return {"checks": [{"what": part, "found": why, "expected": "a result", "held": False}]}


def lines(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The table: a line for each check."""
    words = {True: "holds", False: "MISSED", None: "not judged"}
    for part, result in results.items():
        for check in result["checks"]:
            found, expected = str(check["found"]), str(check["expected"])
            yield f"{part:10} {check['what']:44} {found:>24} {expected:>22}  {words[check['held']]}"


def refuse_without(device: str) -> None:
    """Say at once that there is no GPU, rather than once for each part."""
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SystemExit(
            "torch finds no CUDA device here, so nothing was measured;"
            " --device cpu --small tries the script itself"
        )


def main() -> int:
    """Run all parts, and return the exit code."""
    asked = arguments()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.part:
        from accept_parts import PARTS, Setting

        found, checks = PARTS[asked.part](Setting(asked.out, asked.device, asked.small))
        text = json.dumps({**found, "checks": [vars(check) for check in checks]}, indent=2)
        (asked.out / f"{asked.part}.json").write_text(text + "\n", encoding="utf-8")
        return 0
    refuse_without(asked.device)
    results = {}
    for part in LIMITS:
        results[part] = run(part, asked)
        print("\n".join(lines({part: results[part]})), flush=True)
    missed = [
        check for each in results.values() for check in each["checks"] if check["held"] is False
    ]
    print(f"{len(missed)} missed" if missed else "all that was judged holds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
