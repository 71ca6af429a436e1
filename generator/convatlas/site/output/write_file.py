"""Write a file of the site as a whole or not at all, on any system."""

from __future__ import annotations

import errno
import os
import shutil
from io import FileIO
from pathlib import Path


def write_file(path: str, data: bytes) -> None:
    """Make a file hold ``data`` by way of a temporary file beside it, and readable for everybody.

    So neither a reader nor a killed process ever sees half of it, and a link of that name is
    replaced rather than followed. A folder of that name is removed with all that is in it.

    Raises:
        OSError: the file cannot be written; what it held before is still there.
    """
    # No leading dot: what a killed process leaves behind is removed by the next build.
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with _new(temporary) as file:
            _open_to_all(file, temporary)
            if file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _move(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _new(path: str) -> FileIO:
    """Create a file; one that is already there was left behind by a process of the same number."""
    # Not Path.open: for a hundred thousand files, pathlib takes longer than the disk.
    try:
        return FileIO(path, "x")
    except FileExistsError:
        Path(path).unlink()
        return FileIO(path, "x")


def _open_to_all(file: FileIO, path: str) -> None:
    """Let everybody read a file, regardless of the umask: a web server has to."""
    os.chmod(file.fileno() if os.chmod in os.supports_fd else path, 0o644)  # noqa: PTH101


def _move(temporary: str, path: str) -> None:
    try:
        os.replace(temporary, path)  # noqa: PTH105
    except (IsADirectoryError, PermissionError):  # the latter on Windows
        if not Path(path).is_dir():
            raise
        shutil.rmtree(path)
        os.replace(temporary, path)  # noqa: PTH105
