"""Stdout belongs to results, whoever else writes to it and however."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import convatlas

SCRIPT = """
import atexit, ctypes, os, sys
from convatlas.cli.output import results_written, stdout_kept

original = sys.stdout
print("before")
with stdout_kept():
    print("print")
    os.write(1, b"write\\n")
    os.system("echo process")
    print("kept stream", file=original)
    print("first stream", file=sys.__stdout__)
    getattr(ctypes.CDLL(None), "printf")(b"from C\\n")
    atexit.register(print, "exit handler")
print("result")
results_written()
"""


def test_only_results_are_on_stdout() -> None:
    generator = str(Path(convatlas.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": generator},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["before", "result"]
    others = ["print", "write", "process", "kept stream", "first stream", "from C", "exit handler"]
    assert sorted(done.stderr.splitlines()) == sorted(others)
