"""Derived from pictures: the cards that other sites show where they link to the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

from convatlas.deriving import sprites as montage
from convatlas.deriving.base import Derived, Read, derived
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.jpeg import encode_jpeg
from convatlas.images.share_card import MOST, card, count
from convatlas.model.records import Record
from convatlas.planning.plan import Plan

Item = TypeVar("Item")

NAME = "social"
"""The lens that cards bear; their items are "home", "network" and "layer"."""

VERSION = 1
"""Raised when the same pictures give another card."""

QUALITY = 85
"""JPEG's, from 0 to 100."""


def cards(plans: Sequence[Plan]) -> list[Derived]:
    """A card of each layer that has made pictures, of its network, and of the whole atlas.

    Images of sets are never on them: they may not all be published.
    """
    return [*_home(plans), *(each for plan in plans for each in _of_plan(plan))]


def _home(plans: Sequence[Plan]) -> Iterator[Derived]:
    networks = [_mixed(list(made.values())) for plan in plans if (made := _made(plan))]
    if networks:
        yield _card(plans[0], None, "home", _mixed(networks))


def _of_plan(plan: Plan) -> Iterator[Derived]:
    made = _made(plan)
    if made:
        yield _card(plan, None, "network", _mixed(list(made.values())))
    for layer, digests in made.items():
        yield _card(plan, layer, "layer", digests)


def _made(plan: Plan) -> dict[str, list[str]]:
    """The digests of the made pictures of each layer that has some."""
    layers = {
        layer.name: [montage.made(plan, layer, index) for index in filters]
        for layer, filters in plan.context.layers()
    }
    found = {name: [each.digest for each in made if each] for name, made in layers.items()}
    return {name: digests for name, digests in found.items() if digests}


def _mixed(layers: Sequence[Sequence[str]]) -> list[str]:
    """As many pictures of each as a card has room for, from the first layer or network on."""
    shown = _spread(layers, MOST)
    share = -(-MOST // len(shown))
    return [digest for digests in shown for digest in _spread(digests, share)]


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most ``most`` of the items, evenly spaced and in order."""
    taken = min(most, len(items))
    return [items[place * len(items) // taken] for place in range(taken)]


def _card(plan: Plan, layer: str | None, item: str, digests: Sequence[str]) -> Derived:
    shown = _spread(digests, count(len(digests)))
    material = [shown, QUALITY]
    return derived(plan, NAME, VERSION, layer, item, material, partial(_record, shown))


def _record(digests: Sequence[str], read: Read) -> Record:
    pixels = card([decode(read(digest)) for digest in digests])
    return Record({}, {"picture": encode_jpeg(pixels, QUALITY)})
