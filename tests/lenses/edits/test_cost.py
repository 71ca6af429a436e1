"""What ``plan`` tells of edits' cost: it follows from passes over the images."""

from __future__ import annotations

from pathlib import Path

import pytest
from torchvision.models import mobilenet_v2, squeezenet1_1

from convatlas.lenses.edits import Edits
from convatlas.lenses.edits.cost import multiplications
from convatlas.lenses.edits.records import PICTURES
from convatlas.model.record_index import RecordIndex
from convatlas.planning.estimate import rows_of
from convatlas.planning.plan import planned
from convatlas.store.store import Store
from support.contexts import network_of
from support.edited import Two, brighter, edited_context, photos, turned

EDITS = {"brighter": brighter, "turned": turned}


def guess(images: int, names: list[str], *, moves: bool = True) -> float:
    edits = {name: EDITS[name] for name in names}
    context = edited_context(Two(), edits, photos(20), moves=names if moves else [], images=images)
    return Edits().guess(context.plan, list(Edits().requests(context.plan, RecordIndex())))


def test_multiplications_are_those_of_the_convolutions() -> None:
    # near: 22 x 22 positions, 6 filters of 3 x 3 x 3; far: 20 x 20, 5 of 6 x 3 x 3
    expected = 22 * 22 * 6 * 27 + 20 * 20 * 5 * 54
    assert multiplications(network_of(Two().eval(), 24)) == expected


@pytest.mark.parametrize(("made", "published"), [(squeezenet1_1, 0.35e9), (mobilenet_v2, 0.3e9)])
def test_of_known_networks_they_are_as_torchvision_tells(made, published: float) -> None:
    found = multiplications(network_of(made().eval(), 224))
    assert found == pytest.approx(published, rel=0.02)


def test_each_edit_is_one_more_pass() -> None:
    one, two = guess(1000, ["brighter"]), guess(1000, ["brighter", "turned"])
    assert one < two < 1.6 * one
    assert guess(1000, ["brighter"], moves=False) > one  # what carries it is looked for


def test_half_the_images_take_half_the_time() -> None:
    few, all_of_them = (guess(images, ["brighter"]) for images in (10, 20))
    assert few == pytest.approx(all_of_them / 2)
    assert guess(99, ["brighter"]) == all_of_them  # there are no more


def test_pictures_alone_take_next_to_nothing() -> None:
    plan = edited_context(Two(), EDITS, photos(10)).plan
    requests = [each for each in Edits().requests(plan, RecordIndex()) if each.role == PICTURES]
    assert requests
    assert Edits().guess(plan, requests) == 0


def test_the_rows_of_a_plan_add_up_to_it(tmp_path: Path) -> None:
    context = edited_context(Two(), EDITS, photos(10))
    with Store(tmp_path / "store") as store:
        found = rows_of(planned(context.plan, store), store)
    rows = [row for row in found if row["lens"] == "edits"]
    requests = list(Edits().requests(context.plan, RecordIndex()))
    assert sum(row["missing"] for row in rows) == len(requests)
    expected = Edits().guess(context.plan, requests)
    assert sum(row["seconds"] for row in rows) == pytest.approx(expected)
