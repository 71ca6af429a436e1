"""The cards that other sites show: made of made pictures alone, once, and placed for the pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convatlas.deriving.derive import WITH_SITE_URL, derive, expect
from convatlas.images.codecs.webp import encode
from convatlas.images.share_card import MOST, card, count
from convatlas.lenses.base import PlanContext, PublishPolicy
from convatlas.model.facts import Layer, NetworkFacts, Preprocessing
from convatlas.model.records import Record, RecordRequest
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import silence
from convatlas.site.share_cards import share_card
from convatlas.store.store import Store
from support.contexts import lens_options

INPUT = Preprocessing((6, 6), (6,), 3, (0.0,), (1.0,), "bilinear")


def layer_of(name: str, filters: int) -> Layer:
    one = (1, 1)
    return Layer(name, name, "Conv2d", filters, 3, one, one, (0, 0), one, 1, False, "")


def plan_of(store: Store, name: str, layers: dict[str, int]) -> Plan:
    """A network with a made picture of one colour for each filter, but for layers named `bare`."""
    facts = tuple(layer_of(layer, filters) for layer, filters in layers.items())
    network = NetworkFacts(name, "", "none", 0, INPUT, (), facts, (), "0" * 64)
    chosen = {layer: range(filters) for layer, filters in layers.items()}
    plan = Plan(PlanContext(network, chosen, None, PublishPolicy(), lens_options()))
    for layer, filters in layers.items():
        for index in range(filters if layer != "bare" else 0):
            colour = (40 * len(plan.records.keys) % 256, 90, 10 * index)
            pixels = np.full((48, 48, 3), colour, np.uint8)
            request = RecordRequest(f"{name}/{layer}/{index}", "maximize", layer, index, "positive")
            data = {"response": 1.0, "position": [0, 0], "map": [1, 1], "flat": False}
            store.add([(name, request, Record(data, {"picture": encode(pixels)}))])
            found = store.find([request.key])[request.key]
            plan.records.add(request, found)
    return plan


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as opened:
        yield opened


def cards(plan: Plan) -> dict[tuple[str | None, str], str]:
    return {
        (request.layer, str(request.item)): record.pictures["picture"].digest
        for request, record in plan.records.of_lens("social")
    }


def test_there_is_a_card_for_home_network_and_each_layer(store: Store) -> None:
    first = plan_of(store, "a", {"one": 3, "two": 60, "bare": 4})
    second = plan_of(store, "b", {"one": 2})
    assert derive([first, second], store, silence, WITH_SITE_URL) == []
    places = {(None, "home"), (None, "network"), ("one", "layer"), ("two", "layer")}
    assert set(cards(first)) == places
    assert set(cards(second)) == {(None, "network"), ("one", "layer")}
    for digest in {*cards(first).values(), *cards(second).values()}:
        with Image.open(io.BytesIO(store.picture(digest))) as picture:
            assert (picture.format, picture.size) == ("JPEG", (1200, 630))
            assert len(store.picture(digest)) < 300_000


def test_cards_are_made_once_and_kept(store: Store) -> None:
    made = []
    plan = plan_of(store, "a", {"one": 3})
    derive([plan], store, silence, WITH_SITE_URL)
    again = plan_of(store, "a", {"one": 3})
    before = store.add
    store.add = lambda batch: made.append(batch) or before(batch)  # type: ignore[method-assign]
    derive([again], store, silence, WITH_SITE_URL)
    assert made == []
    assert cards(again) == cards(plan)
    expect([again])
    keys = {request.key for request, _ in again.records.all("social", None, "home")}
    assert keys <= {key for key, _ in again.asked}


def test_without_made_pictures_there_is_none(store: Store) -> None:
    plan = plan_of(store, "a", {"bare": 4})
    derive([plan], store, silence, WITH_SITE_URL)
    assert cards(plan) == {}


def test_cards_are_placed_where_pages_find_them(store: Store) -> None:
    plan = plan_of(store, "a", {"one": 3, "bare": 1})
    derive([plan], store, silence, WITH_SITE_URL)
    files: dict[str, str] = {}
    home = share_card(plan.records, None, "home", "static/card", "filters of this atlas", files)
    assert home is not None
    assert home["file"].startswith("static/card-")
    assert home["width"] == 1200
    layer = share_card(plan.records, "one", "layer", "a/one/card", "filters of one in a", files)
    assert layer is not None
    assert layer["alt"] == "Pictures that excite filters of one in a, side by side"
    assert files[layer["file"]] == cards(plan)["one", "layer"]
    assert layer["file"].startswith("a/one/card-")
    assert layer["file"].endswith(".jpg")
    assert share_card(plan.records, "bare", "layer", "a/bare/card", "filters", files) is None


@pytest.mark.parametrize("pictures", [1, 2, 3, 7, 8, 17, 18, 31, 32, 49, 50, 500])
def test_a_card_is_full_whatever_the_number_of_pictures(pictures: int) -> None:
    shown = [np.full((20 + n % 3, 24, 3), (200, n % 256, 100), np.uint8) for n in range(pictures)]
    pixels = card(shown)
    assert pixels.shape == (630, 1200, 3)
    assert 0 < count(pictures) <= min(pictures, MOST)
    red = (pixels[..., 0] > 100).mean()
    assert red > (0.8 if pictures > 1 else 0.4)


def test_small_pictures_keep_their_pixels() -> None:
    checks = (np.indices((8, 8)).sum(0) % 2 * 200).astype(np.uint8)
    pixels = card([np.repeat(checks[..., None], 3, 2)] * 2)
    assert set(np.unique(pixels)) == {0, 22, 200}


def test_a_card_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one picture at least"):
        card([])
