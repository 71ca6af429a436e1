"""A worker: opens a network in its own process, and renders pieces that it is given."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from logging.handlers import QueueHandler
from queue import Empty, SimpleQueue

from convatlas._version import __version__
from convatlas.errors import describe
from convatlas.lenses.base import Batch, Failed, Piece, RenderContext
from convatlas.lenses.registry import lens_of
from convatlas.rendering.agreement import difference, expected_of
from convatlas.rendering.messages import (
    Answer,
    Expected,
    Ready,
    Refused,
    Source,
    Study,
    Surroundings,
    requests_of,
)

log = logging.getLogger("convatlas.worker")


class Worker:
    """Lives in a process of its own, on this machine or another; it never sees the store."""

    def __init__(self, level: int) -> None:
        """Collect what is logged at a level, to be told where the build is."""
        # A library that runs us keeps threads, so no process may be forked from this one.
        multiprocessing.current_process().daemon = True
        self._logged: SimpleQueue[logging.LogRecord] = SimpleQueue()
        logger = logging.getLogger("convatlas")
        logger.handlers, logger.propagate = [QueueHandler(self._logged)], False
        logger.setLevel(level)

    def open(self, around: Surroundings, source: bytes, expected: Expected) -> Ready | Refused:
        """Open a network, in place of the one before, and compare it with what is expected.

        Args:
            around: what to take over first.
            source: a pickled ``Source``.
            expected: what is to be found.
        """
        if around.version != __version__:
            return _refused(f"has convatlas {__version__}, and not {around.version}; update one")
        try:
            around.enter()
            opener: Source = pickle.loads(source)
            self._opened = opener.open()
            _use_threads(around.threads)
        except BaseException as error:  # networks and data sets are the user's code
            log.debug("opening %s", expected.network.name, exc_info=True)
            reason = describe(error).replace("\n", "; ")
            return _refused(f"cannot open '{expected.network.name}': {reason}")
        found = difference(expected, expected_of(self._opened.plan))
        return _refused(found) if found else Ready()

    def adopt(self, context: RenderContext, lens: str) -> None:
        """Take over what a lens renders from, in a copy of the process that has opened it."""
        self._context, self._lens = context, lens_of(lens)

    def begin(self, study: Study | None, pictures: Mapping[str, bytes], piece: Piece) -> Answer:
        """Begin a piece, and return what is finished first.

        Args:
            study: what is rendered from; None for that of the piece before.
            pictures: by digest, the stored pictures that the piece is rendered from.
            piece: the requests.
        """
        if study is not None:
            self._lens = lens_of(study.lens)
            self._context = replace(self._opened, records=study.records)
        context = replace(self._context, stored=pictures) if pictures else self._context
        self._rest = _guarded(context, self._lens.name, piece)
        return self.more()

    def more(self) -> Answer:
        """Return what is finished next of the piece; nothing at its end."""
        finished = next(self._rest, None)
        return Answer(finished, list(self._drained()))

    def _drained(self) -> Iterator[logging.LogRecord]:
        with suppress(Empty):
            while True:
                yield self._logged.get_nowait()


def _refused(reason: str) -> Refused:
    return Refused(f"the worker on {socket.gethostname()} {reason}")


def _use_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _guarded(context: RenderContext, lens: str, piece: Piece) -> Iterator[Batch | Failed]:
    """Render a piece; whatever ends it early is the reason why the rest of it has failed."""
    left = {request.key: request for request in piece}
    try:
        for finished in lens_of(lens).render(context, piece):
            for request in requests_of(finished):
                left.pop(request.key, None)
            yield finished
    except BaseException as error:  # the network is the user's code, which may raise anything
        log.debug("%s %s", context.plan.network.name, lens, exc_info=True)
        yield Failed(list(left.values()), describe(error))
