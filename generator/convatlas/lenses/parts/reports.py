"""A lens's part of the output of the commands ``plan``, ``build`` and ``check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from convatlas.model.manifest import Filter, Manifest
from convatlas.model.records import Json


class Budget(NamedTuple):
    """A kind of published pictures, and their maximum size."""

    kind: str
    patterns: Sequence[str]
    """Globs for file stems without the filter's index: "positive", "*-heat"."""
    bytes: int | None
    """Maximum bytes per filter; None for no limit."""
    place: int
    """Its order among exceeded budgets; of several matching patterns, the first one applies."""


class Reports:
    """A lens's part of the output of commands."""

    budgets: Sequence[Budget] = ()
    folder: str = ""
    """The folder of the lens's own pages and pictures, which are counted as a kind of that name."""
    network_folder: str = ""
    """The same of a folder in the folder of each network."""

    def plan_note(self, missing: int) -> str:
        """Return a note on what remains unknown until this lens's records exist, or "".

        Args:
            missing: the number of records to render.
        """
        return ""

    def crops(self, filter: Filter) -> int:
        """Return the number of image crops that a filter's page publishes."""
        return 0

    def summary(self, manifest: Manifest) -> Mapping[str, Json]:
        """Return the lens's results for ``build --json``."""
        return {}

    def closing_lines(self, manifest: Manifest) -> Iterator[str]:
        """Yield the lens's results for the last lines of a build."""
        return iter(())

    def unmet(self, manifest: Manifest) -> Sequence[str]:
        """Return the expectations of the atlas file that are not met, for ``--strict``."""
        return ()

    def faults(self, files: Mapping[str, int]) -> Iterator[str]:
        """Yield the faults of the lens's own pages, for ``check``.

        Args:
            files: the size of each file of the site in bytes, by its path from the root.
        """
        return iter(())
