"""Layouts of filters: each on a page of its own, or many on one page of their layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

TOGETHER = 32
"""Maximum number of filters on a shared page."""

_OWN = re.compile(r"\d+-[^/]*$")
"""Names of pictures of a single filter, which start with its index."""


class FilterLayout(Protocol):
    """How the filters of a layer are laid out in the site, as configured by ``site.pages``."""

    @property
    def has_picture_files(self) -> bool:
        """Whether a filter's own pictures are files; otherwise they are embedded in its page."""

    def page(self, index: int) -> str:
        """Return the file of a filter's page in its layer's folder; filters may share it."""

    def address(self, index: int) -> str:
        """Return the link to a filter, relative to its layer's folder."""

    def take_inside(self, files: dict[str, str], folders: set[str]) -> dict[str, str]:
        """Remove the pictures that are embedded in pages from ``files``, and return them.

        Args:
            files: digests by path, as in the result.
            folders: the folders of the layers, each with a trailing slash.
        """


@dataclass(frozen=True)
class PageEach:
    """A page for each filter, beside its pictures."""

    has_picture_files: bool = True

    def page(self, index: int) -> str:
        """Return a file named after the filter."""
        return f"{index}.html"

    def address(self, index: int) -> str:
        """Return the filter's page."""
        return self.page(index)

    def take_inside(self, files: dict[str, str], folders: set[str]) -> dict[str, str]:
        """Return an empty mapping: no picture is embedded."""
        return {}


@dataclass(frozen=True)
class SharedPages:
    """Pages of up to 32 filters with embedded pictures, for hosts that accept few files."""

    has_picture_files: bool = False

    def page(self, index: int) -> str:
        """Return a file named after the first index that belongs on the page."""
        return f"filters-{index - index % TOGETHER}.html"

    def address(self, index: int) -> str:
        """Return the page with the filter's fragment."""
        return f"{self.page(index)}#{index}"

    def take_inside(self, files: dict[str, str], folders: set[str]) -> dict[str, str]:
        """Remove and return the filters' own pictures; sprites and share cards remain files."""
        own = []
        for path in files:
            folder, _, name = path.rpartition("/")
            if f"{folder}/" in folders and _OWN.match(name):
                own.append(path)
        return {path: files.pop(path) for path in own}


PAGE_EACH = PageEach()

LAYOUTS: Mapping[str, FilterLayout] = {"filter": PAGE_EACH, "layer": SharedPages()}
"""Layouts by the value of ``site.pages``, which is ``filter_pages`` in the manifest."""
