"""Tries many inputs, each in a process of its own that may neither hang nor fill the memory."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, NamedTuple

LONGEST = 10.0
"""Seconds of processor time that one input may take."""
LARGEST = 2 * 2**30
"""Bytes of memory that one input may take."""

Work = Callable[[], str]
"""Tries an input, and returns what is wrong, or nothing."""


class Outcome(NamedTuple):
    """What came of an input: what is wrong, if anything, and what it took."""

    fault: str
    seconds: float
    bytes: int


def attempt(work: Work) -> Outcome:
    """Try an input in a copy of this process, which is killed if it takes much too long."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as beside:
        process = os.fork()
        if not process:
            _copy(work, said.fileno(), beside.fileno())
        end = time.monotonic() + 6 * LONGEST  # others may use the processor, too
        while True:
            ended, status, used = os.wait4(process, os.WNOHANG)
            if ended:
                break
            if time.monotonic() > end:
                os.kill(process, 9)
            time.sleep(0.002)
        fault = _content(said)
        if "Traceback" in (more := _content(beside)):
            fault += more
    seconds, size = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    if os.WIFSIGNALED(status):
        fault = f"killed by signal {os.WTERMSIG(status)} {fault}"
    elif seconds > LONGEST:
        fault = f"{seconds:.1f} s {fault}"
    elif size > LARGEST:
        fault = f"{size / 2**20:.0f} MiB {fault}"
    return Outcome(fault, seconds, size)


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()[-2000:].strip()


def _copy(work: Work, out: int, err: int) -> None:
    """Run in the copy; libraries may say something of their own on stderr."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    try:
        print(work(), end="")
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def campaign(what: str, inputs: Iterable[tuple[str, Work]]) -> None:
    """Try all inputs, tell those that failed, and print a row of the table."""
    tried = held = 0
    slowest, largest = 0.0, 0
    for name, work in inputs:
        outcome = attempt(work)
        tried += 1
        held += not outcome.fault
        slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.bytes)
        if outcome.fault:
            print(f"{what}: {name}: {outcome.fault}", file=sys.stderr, flush=True)
    row(what, tried, held, f"at most {slowest:.1f} s, {largest / 2**20:.0f} MiB")


def row(what: str, tried: int, held: int, note: str = "") -> None:
    """Print a row of the table in docs/reliability.md."""
    print(f"| {what} | {tried} | {held} | {note} |", flush=True)


def sentence(message: str, most: int = 1000) -> str:
    """Return what is wrong with a message to the user, or nothing."""
    lines = message.split("\n")
    if not message.strip() or max(map(len, lines)) > most or len(lines) > 25:
        return f"a message of {len(lines)} lines, {len(message)} characters: {message[:300]}"
    return "a message with a traceback" if "Traceback" in message else ""


def kept(folder: Path, name: str, data: bytes) -> Path:
    """Write a file, for reading it again."""
    file = folder / name
    file.write_bytes(data)
    return file
