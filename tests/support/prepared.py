"""Commands in processes of their own that need not import torch first.

Each is forked from a process that has imported what a build needs, and has computed nothing yet: a
third of the time of a small build is spent on that.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

PRELOADED = "support.prepared_imports"


def run_prepared(folder: Path, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run ``python -m convatlas`` in a folder, with one thread.

    Args:
        folder: the working directory.
        arguments: of the command.
        seconds: how long it may take.
    """
    said = folder.parent / "stdout.txt", folder.parent / "stderr.txt"
    process = _context().Process(target=_command, args=(folder, arguments, *said))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        raise subprocess.TimeoutExpired([*arguments], seconds)
    out, err = (path.read_text() for path in said)
    assert process.exitcode is not None
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


@cache
def _context() -> ForkServerContext:
    """Return what starts processes; the one that they are forked from is started once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # Python 3.11 leaves it out
        forkserver.ensure_running()
    return context


def _command(folder: Path, arguments: tuple[str, ...], stdout: Path, stderr: Path) -> None:
    for number, path in ((1, stdout), (2, stderr)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = ["convatlas", *arguments]
    from convatlas.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
