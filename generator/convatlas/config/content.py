"""Read files that somebody else provides: regular ones only, and no more than expected."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def content(file: Path, most: int) -> bytes:
    """Return the bytes of a regular file; a device or a pipe, which may never end, is not opened.

    Nor is a file of no size: those of `/proc` have none, and some of them never end.

    Raises:
        OSError: there is no such file, it is none, has more than ``most`` bytes, or cannot be read.
    """
    status = file.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder", str(file))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "neither a file nor a folder", str(file))
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"larger than {most:,} bytes", str(file))
    return file.read_bytes() if status.st_size else b""
