"""Where filters are shown: each on a page of its own, or many on one page of their layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

TOGETHER = 32
"""Filters on one page, where they have no pages of their own."""

_OWN = re.compile(r"\d+-[^/]*$")
"""Names of pictures that are of one filter: they begin with its index."""


class FilterLayout(Protocol):
    """How the filters of a layer are laid out in the site, as ``site.pages`` chooses."""

    @property
    def has_picture_files(self) -> bool:
        """Whether a filter's own pictures are files; else they stand inside its page."""

    def page(self, index: int) -> str:
        """The file of a filter's page in its layer's folder; several filters may share one."""

    def address(self, index: int) -> str:
        """Where a filter is found, from its layer's folder."""

    def take_inside(self, files: dict[str, str], folders: set[str]) -> dict[str, str]:
        """Takes from ``files`` the pictures that stand inside pages, and gives them back.

        Both map paths to digests; ``folders`` are those of the layers, each with a slash behind.
        """


@dataclass(frozen=True)
class PageEach:
    """A page for each filter, beside its pictures."""

    has_picture_files: bool = True

    def page(self, index: int) -> str:
        """Named after the filter."""
        return f"{index}.html"

    def address(self, index: int) -> str:
        """The page as a whole."""
        return self.page(index)

    def take_inside(self, files: dict[str, str], folders: set[str]) -> dict[str, str]:
        """None."""
        return {}


@dataclass(frozen=True)
class SharedPages:
    """Pages of up to 32 filters with their pictures inside, for hosts that take few files."""

    has_picture_files: bool = False

    def page(self, index: int) -> str:
        """Named after the first filter that may stand on it."""
        return f"filters-{index - index % TOGETHER}.html"

    def address(self, index: int) -> str:
        """A place on the page."""
        return f"{self.page(index)}#{index}"

    def take_inside(self, files: dict[str, str], folders: set[str]) -> dict[str, str]:
        """The filters' own; sprites and cards, which tell of many filters, remain files."""
        own = []
        for path in files:
            folder, _, name = path.rpartition("/")
            if f"{folder}/" in folders and _OWN.match(name):
                own.append(path)
        return {path: files.pop(path) for path in own}


PAGE_EACH = PageEach()

LAYOUTS: Mapping[str, FilterLayout] = {"filter": PAGE_EACH, "layer": SharedPages()}
"""By what ``site.pages`` says, and the manifest as ``filter_pages``."""
