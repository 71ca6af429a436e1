"""What is noted before a build reads anything: the states of all that its atlas names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from convatlas.config.read import Configuration
from convatlas.opening.witnesses import SETTLED
from convatlas.receipts.inputs import KINDS
from convatlas.receipts.installation import Installation
from convatlas.receipts.named_paths import named_paths
from convatlas.receipts.warnings import collected


@dataclass(frozen=True)
class Before:
    """The states of files and folders, by kind and path."""

    installation: Installation
    states: Mapping[str, Mapping[str, str]]
    settled: bool
    """Whether all were old enough for a further change to give them another state."""
    warnings: Sequence[str]
    """What was warned of since, when the images were opened."""


@contextmanager
def noted(configuration: Configuration, installation: Installation) -> Iterator[Before]:
    """Note the states of what an atlas names and, in a ``with`` block, warnings about images."""
    newest, states = installation.newest, dict[str, dict[str, str]]()
    for kind, paths in named_paths(configuration).items():
        found = {path: KINDS[kind](path) for path in paths}
        newest = max([newest, *(state.newest for state in found.values())])
        states[kind] = {path: state.digest for path, state in found.items()}
    with collected() as warnings:
        yield Before(installation, states, newest < installation.since - SETTLED, warnings)
