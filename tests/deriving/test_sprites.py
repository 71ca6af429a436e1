"""Sprites: what their tiles show, where they are made, and when they are made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convatlas.deriving import sprites as montage
from convatlas.deriving.derive import derive
from convatlas.deriving.sprites import sprites
from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.webp import encode_lossless
from convatlas.images.colour import hue
from convatlas.lenses.base import PlanContext, PublishPolicy
from convatlas.lenses.maximize.sprite import exciting_picture
from convatlas.model.facts import ImageSetFacts, Layer, NetworkFacts, Preprocessing, ReceptiveField
from convatlas.model.records import Record, RecordRequest
from convatlas.planning.plan import Plan
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from support.contexts import lens_options

COLOURS = {"red": (200, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 200)}
SIDE = 96
INPUT = Preprocessing((SIDE, SIDE), (SIDE,), 3, (0.0,), (1.0,), "bilinear")
PHOTOS = ImageSetFacts("photos", "f" * 64, (), ())


def plain(name: str, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    return np.full((height, width, 3), COLOURS[name], np.uint8)


def photograph() -> np.ndarray:
    """Blue, with a red square where the filter answers."""
    picture = plain("blue")
    picture[24:72, 24:72] = COLOURS["red"]
    return picture


def attempt(colour: str, response: float | None, number: int = 0) -> tuple[RecordRequest, Record]:
    recipe = {"attempt": number, "direction": "positive"}
    request = RecordRequest(f"made {colour} {number}", "maximize", "one", 0, "positive", recipe)
    data = {"response": response, "flat": False}
    return request, Record(data, {"picture": encode_lossless(plain(colour))})


def plan_of(
    store: Store, count: int, *records: tuple[RecordRequest, Record], publish: str = "full"
) -> Plan:
    """A layer of so many filters; what is known of them are the records."""
    spans = tuple((24, 72) for _ in range(4))
    field = ReceptiveField((48, 48), spans, spans)
    one = (1, 1)
    layer = Layer(
        "one", "one", "Conv2d", count, 3, one, one, (0, 0), one, 1, False, "", field=field,
        local_field=field, map_size=(4, 4),
    )  # fmt: skip
    network = NetworkFacts("net", "", "none", 0, INPUT, (), (layer,), (), "0" * 64)
    policy = PublishPolicy(publish)  # type: ignore[arg-type]
    plan = Plan(PlanContext(network, {"one": range(count)}, PHOTOS, policy, lens_options()))
    store.add(("net", request, record) for request, record in records)
    for request, record in store.find(request.key for request, _ in records).items():
        (own,) = [each for each, _ in records if each.key == request]
        plan.records.add(own, record)
    return plan


def seen() -> list[tuple[RecordRequest, Record]]:
    """Filter 1 answers most in the middle of the photograph."""
    example = Record({"top": [{"image": "a", "position": [1, 1]}]})
    shown = Record({}, {"picture": encode_lossless(photograph())})
    return [
        (RecordRequest("seen", "examples", "one", 1), example),
        (RecordRequest("shown", "photographs", None, "a"), shown),
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as opened:
        yield opened


def tile(plan: Plan, store: Store, view: str, place: int) -> np.ndarray:
    record = plan.records.first("sprites", "one", view)
    assert record is not None
    sheet = decode(store.picture(record.pictures[str(place // 256)].digest))
    row, column = divmod(place % 256, 16)
    return sheet[64 * row : 64 * row + 64, 64 * column : 64 * column + 64].astype(int)


def near(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixels[8:-8, 8:-8] - colour).mean() < 6)


def test_the_best_attempt_stands_for_a_filter(store: Store) -> None:
    attempts = [attempt("red", 1.0), attempt("green", 3.0, 1), attempt("blue", None, 2)]
    plan = plan_of(store, 3, *attempts)
    assert derive([plan], store, silence) == []
    assert near(tile(plan, store, "made", 0), COLOURS["green"])
    assert near(tile(plan, store, "made", 1), (128, 128, 128))
    assert near(tile(plan, store, "made", 2), (128, 128, 128))
    record = plan.records.first("sprites", "one", "made")
    assert record is not None
    assert record.data == {"tile": 64, "columns": 16, "count": 3, "hues": {"0": 120}}
    assert (record.pictures["0"].width, record.pictures["0"].height) == (1024, 64)
    assert plan.records.first("sprites", "one", "kernels") is None


def test_examples_are_cut_to_what_the_filter_sees(store: Store) -> None:
    plan = plan_of(store, 2, *seen())
    derive([plan], store, silence)
    assert near(tile(plan, store, "examples", 1), COLOURS["red"])


@pytest.mark.parametrize("publish", ["none", "crops"])
def test_images_that_may_not_be_shown_are_not(store: Store, publish: str) -> None:
    plan = plan_of(store, 2, seen()[0], publish=publish)
    derive([plan], store, silence)
    assert plan.records.first("sprites", "one", "examples") is None


def test_published_windows_are_shown_where_only_they_may_be(store: Store) -> None:
    strip = np.concatenate([plain("green", 40, 30), plain("red", 40, 30)], axis=1)
    windows = Record({"size": [40, 30], "count": 2}, {"crops": encode_lossless(strip)})
    cut = (RecordRequest("cut", "windows", "one", 1), windows)
    plan = plan_of(store, 2, seen()[0], cut, publish="crops")
    derive([plan], store, silence)
    assert near(tile(plan, store, "examples", 1), COLOURS["green"])


def test_a_kernel_is_shown_by_its_strongest_slice_in_squares(store: Store) -> None:
    strip = np.concatenate([plain("green", 2, 2), plain("red", 2, 2)], axis=1)
    strip[0, 0] = 0
    kernel = Record({"size": [2, 2], "mode": "slices"}, {"kernel": encode_lossless(strip)})
    plan = plan_of(store, 1, (RecordRequest("kernel", "kernels", "one", 0), kernel))
    derive([plan], store, silence)
    shown = tile(plan, store, "kernels", 0)
    assert (shown[:32, :32] == 0).all()
    assert (shown[32:] == COLOURS["green"]).all()


def test_large_layers_have_several_sprites(store: Store) -> None:
    recipe = {"attempt": 0, "direction": "positive"}
    request = RecordRequest("last", "maximize", "one", 299, "positive", recipe)
    record = Record({"response": 1.0, "flat": False}, {"picture": encode_lossless(plain("red"))})
    plan = plan_of(store, 300, (request, record))
    derive([plan], store, silence)
    found = plan.records.first("sprites", "one", "made")
    assert found is not None
    assert [found.pictures[name].height for name in ("0", "1")] == [1024, 192]
    assert near(tile(plan, store, "made", 299), COLOURS["red"])


def test_what_the_store_has_is_not_made_again(store: Store) -> None:
    first, again = plan_of(store, 1, attempt("red", 1.0)), plan_of(store, 1, attempt("red", 1.0))
    derive([first], store, silence)
    derive([again], store, lambda *_: pytest.fail("made again"))
    assert again.records == first.records
    (better,) = sprites([plan_of(store, 1, attempt("red", 1.0), attempt("blue", 2.0, 1))])
    assert better.request.key != first.records.all("sprites", "one", "made")[0][0].key


def test_another_quality_makes_sprites_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(store, 1, attempt("red", 1.0))
    (before,) = sprites([plan])
    monkeypatch.setattr(montage, "TILES", montage.TILES + 1)
    (after,) = sprites([plan])
    assert before.request.key != after.request.key


def test_a_damaged_picture_is_told_and_its_sprite_is_left_out(store: Store) -> None:
    plan = plan_of(store, 1, attempt("red", 1.0))
    store.connection.execute("update pictures set data = x'00'")
    assert derive([plan], store, silence) == ["made red 0"]
    assert plan.records.first("sprites", "one", "made") is None


@pytest.mark.parametrize(("colour", "told"), [("red", 0), ("green", 120), ("blue", 240)])
def test_hues_are_degrees(colour: str, told: int) -> None:
    assert hue(plain(colour)) == told


def test_grey_has_no_hue_and_opposite_hues_make_grey() -> None:
    assert hue(np.full((4, 4, 3), 90, np.uint8)) is None
    cyan = 255 - plain("red", 4, 4)
    assert hue(np.concatenate([plain("red", 4, 4), cyan])) is None


@pytest.mark.parametrize("rectified", [True, False])
def test_of_a_rectified_layer_only_what_excites_is_shown(tmp_path: Path, rectified: bool) -> None:
    with Store(tmp_path / "store") as store:
        plan = plan_of(store, 1, attempt("red", -0.2))
        layer = replace(plan.context.network.layers[0], rectified=rectified)
        assert (exciting_picture(plan.records, layer, 0) is None) == rectified
