"""Settings of the whole process that the user's code may change while it is imported."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from convatlas.config.torch_settings import torch_settings_kept


@contextmanager
def kept_settings() -> Iterator[None]:
    """Put back what would change our own results, messages or interruption afterwards.

    These are filters of warnings, switched-off logging, the handler of Ctrl-C, replaced standard
    streams, NumPy's handling of floating-point errors, which images Pillow refuses, and what torch
    computes with unless told otherwise.
    """
    with ExitStack() as stack:
        for restore in _restorers():
            stack.callback(restore)
        with torch_settings_kept(), warnings.catch_warnings():
            yield


def _restorers() -> Iterator[Callable[[], object]]:
    """Yield functions that put back the present values."""
    yield _attribute(sys, "stdout")
    yield _attribute(sys, "stderr")
    yield _attribute(logging.root.manager, "disable")
    if threading.current_thread() is threading.main_thread():
        handler = signal.getsignal(signal.SIGINT)
        if handler is not None:  # one that was not installed from Python cannot be put back
            yield lambda: signal.signal(signal.SIGINT, handler)
    numpy = sys.modules.get("numpy")
    if numpy:
        yield _numpy_errors(numpy)
    for name, attribute in _PILLOW:
        if name in sys.modules:
            yield _attribute(sys.modules[name], attribute)


_PILLOW = (("PIL.ImageFile", "LOAD_TRUNCATED_IMAGES"), ("PIL.Image", "MAX_IMAGE_PIXELS"))


def _attribute(owner: Any, name: str) -> Callable[[], object]:
    value = getattr(owner, name)
    return lambda: setattr(owner, name, value)


def _numpy_errors(numpy: Any) -> Callable[[], object]:
    before = numpy.geterr()
    return lambda: numpy.seterr(**before)
