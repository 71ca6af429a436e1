"""What passes between the process that builds and its workers: plain data, which can be pickled."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from convatlas._version import __version__
from convatlas.lenses.base import Batch, Failed, RenderContext
from convatlas.model.edits import EditFacts
from convatlas.model.facts import FunctionFacts, Hypothesis, NetworkFacts, Probe
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest


class Source(Protocol):
    """Opens a network and its images in any process."""

    def open(self) -> RenderContext:
        """Return all that is needed to render for the network.

        Raises:
            ConfigError: naming what cannot be opened.
        """
        ...


@dataclass(frozen=True)
class Surroundings:
    """What a worker takes over from the process that builds."""

    version: str  # of convatlas
    folder: str  # where it works, as far as there is such a folder
    paths: Sequence[str]  # where modules are imported from
    threads: int  # how many torch may use

    @classmethod
    def here(cls, threads: int) -> Surroundings:
        """Return those of this process."""
        paths = [str(Path(path).absolute()) for path in sys.path]
        return cls(__version__, str(Path.cwd()), paths, threads)

    def enter(self) -> None:
        """Make them those of this process, but for the threads: torch may not be needed yet."""
        with suppress(OSError):
            os.chdir(self.folder)
        sys.path += [path for path in self.paths if path not in sys.path]


@dataclass(frozen=True)
class Expected:
    """What a worker has to find when it opens a network, as it was found here."""

    network: NetworkFacts
    images: Mapping[str, str]  # fingerprints of the image sets, by name
    probes: Sequence[Probe]
    hypotheses: Sequence[Hypothesis]
    functions: Mapping[str, FunctionFacts] = field(default_factory=dict)
    edits: Sequence[EditFacts] = ()


@dataclass(frozen=True)
class Study:
    """What a lens renders from besides the network, its images and the pictures of a piece."""

    lens: str
    records: RecordIndex  # of the lenses that it reads


@dataclass(frozen=True)
class Ready:
    """A worker has opened the network, and waits for pieces."""


@dataclass(frozen=True)
class Refused:
    """A worker cannot render for this network, and why."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """What a worker has finished of its piece; nothing if that is all."""

    finished: Batch | Failed | None
    logged: Sequence[logging.LogRecord] = field(default=())


@dataclass(frozen=True)
class Lost:
    """A worker has died, with whatever it was doing."""

    reason: str


Reply = Ready | Refused | Answer | Lost


def requests_of(finished: Batch | Failed) -> Sequence[RecordRequest]:
    """Return the requests that are settled by what is finished."""
    if isinstance(finished, Failed):
        return finished.requests
    return [request for request, _ in finished]
