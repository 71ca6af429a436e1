"""The command where what only Unix has is missing: ``python without_unix.py ARGUMENTS``.

The system still is the one at hand: what Windows does differently, rather than not at all, is not
seen here.
"""

from __future__ import annotations

import os
import signal
import sys

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "syslog")
FUNCTIONS = (
    "chown fchdir fchown fork forkpty getegid geteuid getgid getgroups getuid killpg"
    " lchown memfd_create mkfifo mknod nice posix_fadvise posix_fallocate pread preadv pwrite"
    " sched_getaffinity sched_setaffinity setsid statvfs sysconf uname wait3 wait4"
)
FLAGS = "O_DIRECTORY O_NOCTTY O_NOFOLLOW"
SIGNALS = "SIGALRM SIGCHLD SIGHUP SIGKILL SIGPIPE SIGQUIT SIGUSR1 SIGUSR2"


def take_away() -> None:
    """Remove modules, functions, flags and signals, as far as libraries do not hold them yet."""
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for name in (*FUNCTIONS.split(), *FLAGS.split()):
        if hasattr(os, name):
            delattr(os, name)
    if hasattr(os, "process_cpu_count"):  # which asks the function that is gone
        os.process_cpu_count = os.cpu_count
    for name in SIGNALS.split():
        if hasattr(signal, name):
            delattr(signal, name)


if __name__ == "__main__":
    # Libraries choose by the system's name, and so need what this system has.
    import multiprocessing.connection
    import subprocess
    import tempfile

    import filelock  # noqa: F401
    import numpy as np
    import PIL.Image
    import torch
    import torchvision

    del multiprocessing, subprocess, tempfile, np, PIL, torch, torchvision
    take_away()
    from convatlas.cli import main

    main()
