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
from contextlib import suppress
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import convatlas

GENERATOR = str(Path(convatlas.__file__).parent.parent)
PRELOADED = "support.prepared_imports"


def run_prepared(folder: Path, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run ``python -m convatlas`` in a folder, with one thread.

    Args:
        folder: the working directory.
        arguments: of the command.
        seconds: how long it may take.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was killed.
    """
    with TemporaryDirectory() as place:
        said = Path(place, "stdout.txt"), Path(place, "stderr.txt")
        code = start_prepared(folder, *arguments, stdout=said[0], stderr=said[1]).wait(seconds)
        out, err = (path.read_text() for path in said)
    return subprocess.CompletedProcess(arguments, code, out, err)


def start_prepared(
    folder: Path, *arguments: str, stdout: Path = Path(os.devnull), stderr: Path = Path(os.devnull)
) -> Running:
    """Start ``python -m convatlas`` in a folder, with one thread; what it says goes to files."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return Running(_unprepared(folder, arguments, stdout, stderr))
    process = _context().Process(target=_command, args=(folder, arguments, stdout, stderr))
    process.start()
    return Running(process)


class Running:
    """A command that was started."""

    def __init__(self, process: ForkServerProcess | subprocess.Popen[bytes]) -> None:
        self._process = process

    def wait(self, seconds: float) -> int:
        """Wait until it has ended; return its exit code, or the number of what killed it, below 0.

        Raises:
            subprocess.TimeoutExpired: it took longer, and was killed.
        """
        if isinstance(self._process, subprocess.Popen):
            return self._process.wait(seconds)
        self._process.join(seconds)
        if self._process.exitcode is None:
            self._process.kill()
            raise subprocess.TimeoutExpired("convatlas", seconds)
        return self._process.exitcode

    def send_signal(self, sign: int) -> None:
        """Send it a signal, unless it has ended."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, sign)


def _unprepared(
    folder: Path, arguments: tuple[str, ...], stdout: Path, stderr: Path
) -> subprocess.Popen[bytes]:
    """Start it where a process cannot be forked from another one."""
    with stdout.open("wb") as out, stderr.open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "convatlas", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": GENERATOR, "OMP_NUM_THREADS": "1"},
            stdout=out,
            stderr=err,
        )


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
