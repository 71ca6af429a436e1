"""Derived from pictures: the cards that other sites show where they link to the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

from convatlas.deriving.base import Derived, Read, derived
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.jpeg import encode_jpeg
from convatlas.images.share_card import MOST, card, count
from convatlas.lenses.registry import sprite_views
from convatlas.model.derived import SHARE_CARDS
from convatlas.model.facts import Layer
from convatlas.model.records import Record
from convatlas.planning.plan import Plan

Item = TypeVar("Item")

VERSION = 1
"""Raised when the same pictures give another card."""

QUALITY = 85
"""JPEG's, from 0 to 100."""


def cards(plans: Sequence[Plan]) -> list[Derived]:
    """Return what makes the cards of layers that have pictures to share, of networks, of the atlas.

    Images of sets are never on them: they may not all be published.
    """
    return [*_home(plans), *(each for plan in plans for each in _of_plan(plan))]


def _home(plans: Sequence[Plan]) -> Iterator[Derived]:
    networks = [_mixed(list(shared.values())) for plan in plans if (shared := _shared(plan))]
    if networks:
        yield _card(plans[0], None, "home", _mixed(networks))


def _of_plan(plan: Plan) -> Iterator[Derived]:
    shared = _shared(plan)
    if shared:
        yield _card(plan, None, "network", _mixed(list(shared.values())))
    for layer, digests in shared.items():
        yield _card(plan, layer, "layer", digests)


def _shared(plan: Plan) -> dict[str, list[str]]:
    """Return the digests of the pictures of each layer that has some which may be shared."""
    layers = {
        layer.name: [_picture(plan, layer, index) for index in filters]
        for layer, filters in plan.context.layers()
    }
    found = {name: [each for each in pictures if each] for name, pictures in layers.items()}
    return {name: digests for name, digests in found.items() if digests}


def _picture(plan: Plan, layer: Layer, index: int) -> str | None:
    """Return the digest of the first picture of a filter that may be shared."""
    views = (view for view in sprite_views() if view.shareable)
    cuts = (view.cut(plan.context.network, plan.records, layer, index) for view in views)
    return next((cut[0] for cut in cuts if cut), None)


def _mixed(layers: Sequence[Sequence[str]]) -> list[str]:
    """Take as many pictures of each as a card has room for, from the first layer or network on."""
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
    return derived(plan, SHARE_CARDS, VERSION, layer, item, material, partial(_record, shown))


def _record(digests: Sequence[str], read: Read) -> Record:
    pixels = card([decode(read(digest)) for digest in digests])
    return Record({}, {"picture": encode_jpeg(pixels, QUALITY)})
