"""Classes that an edit moves, as links and as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from convatlas.lenses.edits import text
from convatlas.lenses.edits.entries import ClassMove, EditedNetwork
from convatlas.model.manifest import Network
from convatlas.ui.class_links import class_link

ROOT = "../../"
"""Leads from the page of an edit to the site's root."""


class ClassBar(NamedTuple):
    """A class as a row of the chart."""

    name: Markup
    """As a link, if it has a page."""
    logit: str
    length: str
    """As a share of the longest bar, from 0 to 1."""
    raised: bool


def linked(moves: Sequence[ClassMove], network: Network, root: str) -> Markup:
    """Return classes with what their scores change by, in a line."""
    found = (
        Markup("{} {}").format(_name(move, network, root), text.logit(move["logit"]))
        for move in moves
    )
    return Markup(", ").join(found)


def bars(seen: EditedNetwork, network: Network) -> list[ClassBar]:
    """Return the classes that an edit raises and lowers most, from the highest to the lowest."""
    moves = [*seen["raised"], *reversed(seen["lowered"])]
    longest = max((abs(move["logit"]) for move in moves), default=0.0)
    return [
        ClassBar(
            _name(move, network, ROOT),
            text.logit(move["logit"]),
            f"{abs(move['logit']) / longest:.2f}" if longest else "0",
            move["logit"] > 0,
        )
        for move in moves
    ]


def _name(move: ClassMove, network: Network, root: str) -> Markup:
    return class_link(network, move["name"], root, move["number"])
