"""A lens's part of what commands print: of ``plan``, of ``build`` and of ``check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convatlas.model.manifest import Filter, Manifest
from convatlas.model.records import Json


class Budget(NamedTuple):
    """A kind of published pictures, and what they may take."""

    kind: str
    patterns: Sequence[str]
    """What matches the stems of their names after the filter's index: "positive", "*-heat"."""
    bytes: int | None
    """For each filter; None if nobody counts."""
    place: int
    """Its order among what takes more than it may; of patterns that match, the first counts."""


class Reports:
    """A lens's part of what commands print."""

    budgets: Sequence[Budget] = ()
    folder: str = ""
    """The folder of its own pages and pictures in the site, which count as a kind of that name."""

    def plan_note(self, missing: int) -> str:
        """Return what is not known until this lens's records are there, or "".

        Args:
            missing: how many are to be rendered.
        """
        return ""

    def crops(self, filter: Filter) -> int:
        """Return how many crops of images a filter's page publishes."""
        return 0

    def summary(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return what ``build --json`` says of the lens's findings."""
        return {}

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield what the last lines of a build say of the lens's findings."""
        return iter(())

    def unmet(self, manifest: Manifest) -> Sequence[str]:
        """Return the expectations of the atlas file that do not hold, for ``--strict``."""
        return ()

    def faults(self, files: Mapping[str, int]) -> Iterator[str]:
        """Yield what is wrong with the lens's own pages, for ``check``.

        Args:
            files: the size of every file of the site in bytes, by its path from the root.
        """
        return iter(())
