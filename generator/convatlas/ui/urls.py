"""Where filters are told of: each on a page of its own, or many on one page of their layer."""

from __future__ import annotations

TOGETHER = 32
"""Filters on one page, where they have no pages of their own."""


def address(index: int, pages: str) -> str:
    """A filter's address from its layer's folder.

    :param pages: "filter" or "layer", as ``site.pages`` says.
    """
    return f"{index}.html" if pages == "filter" else f"{gathered(index)}#{index}"


def gathered(index: int) -> str:
    """The page that tells of a filter together with others; named after its first."""
    return f"filters-{index - index % TOGETHER}.html"
