"""Which pictures the lens asks for: roles, attempts, and what waits for statistics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from convatlas.images.statistics import Statistics
from convatlas.lenses.base import RenderContext
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.options import Recipe as RecipeOptions
from convatlas.lenses.maximize.presets import PRESETS, THING
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import RecordRequest, StoredRecord
from support import nets
from support.contexts import lens_options, render_context_of
from support.maximizing import Wide, evidence, statistics_of


def requests(context: RenderContext, **maximize: Any) -> list[RecordRequest]:
    """What the lens asks for with these options."""
    lenses = lens_options(maximize=MaximizeOptions(**maximize))
    return list(Maximize().requests(replace(context.plan, lenses=lenses), context.records))


def made(context: RenderContext, **maximize: Any) -> dict[tuple[str | None, str], dict[str, Any]]:
    """The recipes of filter 0 by layer and role."""
    found = [request for request in requests(context, **maximize) if request.item == 0]
    assert len({(request.layer, request.role) for request in found}) == len(found)
    return {(request.layer, request.role): request.recipe["made"] for request in found}


@pytest.fixture(scope="module")
def wide() -> RenderContext:
    return render_context_of(Wide(), size=64)


@pytest.fixture
def small() -> RenderContext:
    return render_context_of(nets.Small())


def test_every_filter_is_excited_and_inhibited(wide: RenderContext) -> None:
    found = {(a.layer, a.item, a.role, a.recipe["direction"]) for a in requests(wide, second=False)}
    assert found == {
        (layer, item, role, role)
        for layer in ("near", "far")
        for item in (0, 1)
        for role in ("positive", "negative")
    }
    assert all(request.recipe["attempt"] == 0 for request in requests(wide))


def test_only_a_large_field_gets_a_second_picture(wide: RenderContext) -> None:
    assert ("far", "second") in made(wide)
    assert ("near", "second") not in made(wide)
    assert ("far", "second") not in made(wide, second=False)
    assert ("far", "second") not in made(wide, preset="classic")


@pytest.mark.parametrize(
    ("first", "second"), [(None, "neuron"), ("channel", "neuron"), ("neuron", "channel")]
)
def test_the_second_picture_has_the_other_objective_at_a_drafts_cost(wide, first, second) -> None:
    recipe = made(wide, objective=first)["far", "second"]
    draft = PRESETS["draft"]
    assert (recipe["objective"], recipe["steps"], recipe["size"]) == (
        second,
        draft.steps_on((64, 64), THING),
        [64, 64],
    )


def test_what_stands_beside_has_a_drafts_cost(wide: RenderContext) -> None:
    recipes = made(wide, diversity=2)
    draft, standard = PRESETS["draft"], PRESETS["standard"]
    assert recipes["far", "positive"]["steps"] == standard.steps_on((64, 64), THING)
    for role in ("negative", "diverse"):
        assert recipes["far", role]["steps"] == draft.steps_on((64, 64), THING)
    by_hand = made(wide, diversity=2, steps=7)
    assert {recipe["steps"] for recipe in by_hand.values()} == {7}


def test_different_pictures_are_one_record_of_so_many_members(wide: RenderContext) -> None:
    assert made(wide, diversity=3)["near", "diverse"]["members"] == 3
    assert not [role for _, role in made(wide, diversity=0) if role == "diverse"]
    with pytest.raises(ValueError, match="diversity"):  # one picture differs from nothing
        MaximizeOptions(diversity=1)
    alone = made(wide, diversity=3)["near", "positive"]
    assert alone["members"] == 1


def test_variants_are_made_once_to_excite(wide: RenderContext) -> None:
    variants = {"classic": RecipeOptions(preset="classic"), "long": RecipeOptions(steps=999)}
    recipes = made(wide, negative=False, second=False, variants=variants)
    roles = ["positive", "classic/positive", "long/positive"]
    assert list(recipes) == [(layer, role) for layer in ("near", "far") for role in roles]
    assert recipes["far", "classic/positive"]["growths"] == 12
    assert recipes["near", "long/positive"]["steps"] == 999


def test_layers_that_are_never_reached_get_no_pictures(wide: RenderContext) -> None:
    network = wide.plan.network
    layers = tuple(replace(one, reached=one.name == "near") for one in network.layers)
    plan = replace(wide.plan, network=replace(network, layers=layers))
    assert {request.layer for request in requests(replace(wide, plan=plan))} == {"near"}
    off = replace(wide.plan, lenses=lens_options(maximize=False))
    assert not list(Maximize().requests(off, wide.records))


def test_keys_are_of_the_recipe_the_direction_the_filter_and_what_it_sees(
    wide: RenderContext,
) -> None:
    keys = [request.key for request in requests(wide, diversity=2)]
    assert len(set(keys)) == len(keys)
    assert [request.key for request in requests(wide, diversity=2)] == keys
    assert not {request.key for request in requests(wide, diversity=2, seed=1)} & set(keys)
    # A variant that is nothing but the first recipe is the same record, in another role.
    same = requests(wide, variants={"same": RecipeOptions()}, negative=False, second=False)
    assert len({request.key for request in same}) == len(same) / 2


def known(context: RenderContext, statistics: Statistics, name: str = "pictures") -> None:
    record = StoredRecord({**statistics.json, "images": 3}, {})
    request = RecordRequest(f"statistics of {name}", "statistics", None, name)
    context.records.put(request, record)


@pytest.fixture
def shown() -> RenderContext:
    """A study with an image set whose statistics are not known."""
    from PIL import Image

    return render_context_of(nets.Small(), [Image.new("RGB", (8, 8))])


@pytest.mark.parametrize("options", [{"canvas": "phase"}, {"colours": "pictures"}])
def test_nothing_is_asked_for_until_its_statistics_are_known(shown: RenderContext, options) -> None:
    options["canvas"] = options.get("canvas", "fourier")
    assert not requests(shown, **options)
    known(shown, statistics_of(3))
    recipes = made(shown, **options)
    expected = {"set": "pictures", "digest": statistics_of(3).digest}
    assert len(recipes) == 4
    assert all(recipe["colours"] == expected for recipe in recipes.values())


def test_only_what_needs_statistics_waits_for_them(shown: RenderContext) -> None:
    options: dict[str, Any] = {
        "layers": {"conv2": RecipeOptions(canvas="phase")},
        "variants": {"own": RecipeOptions(canvas="fourier", colours="pictures")},
    }
    assert list(made(shown, **options)) == [("conv1", "positive"), ("conv1", "negative")]
    known(shown, statistics_of(3))
    assert len(made(shown, **options)) == 6


def test_a_set_may_be_renamed_but_not_changed(shown: RenderContext) -> None:
    def keys(name: str, statistics: Statistics) -> list[str]:
        plan = replace(shown.plan, images=replace(shown.plan.images, name=name))
        context = replace(shown, plan=plan, records=RecordIndex())
        known(context, statistics, name)
        found = requests(context, canvas="phase")
        assert {request.recipe["made"]["colours"]["set"] for request in found} == {name}
        return [request.key for request in found]

    before = keys("pictures", statistics_of(3))
    assert keys("renamed", statistics_of(3)) == before
    assert not set(keys("pictures", statistics_of(3, seed=1))) & set(before)


def answer(context: RenderContext, role: str = "positive", **data: Any) -> list[int]:
    """Answer the last attempt at filter 0 of conv1, and tell which are asked for then."""
    own = [
        request
        for request in Maximize().requests(context.plan, context.records)
        if (request.layer, request.item) == ("conv1", 0)
    ]
    (*_, last) = [request for request in own if request.role == role]
    record = StoredRecord({"flat": False, **data}, {})
    context.records.add(last, record)
    return attempts(context, role)


def attempts(context: RenderContext, role: str = "positive") -> list[int]:
    return [
        request.recipe["attempt"]
        for request in Maximize().requests(context.plan, context.records)
        if (request.layer, request.item, request.role) == ("conv1", 0, role)
    ]


def test_attempts_go_on_until_one_passes_the_gate(small: RenderContext) -> None:
    evidence(small, "conv1", 0, lowest=-1.0, highest=5.0)
    assert attempts(small) == [0]
    assert answer(small, response=4.0) == [0, 1]
    assert answer(small, response=9.0, flat=True) == [0, 1, 2]
    assert answer(small, response=5.5) == [0, 1, 2]


def test_attempts_come_to_an_end(small: RenderContext) -> None:
    evidence(small, "conv1", 0, lowest=-1.0, highest=5.0)
    told = [answer(small, response=None) for _ in range(4)]
    assert told == [[0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3]]


def test_a_constant_filter_is_not_tried_again(small: RenderContext) -> None:
    evidence(small, "conv1", 0, lowest=2.0, highest=2.0)
    assert answer(small, response=1.0) == [0]


def test_only_the_first_picture_is_tried_again(small: RenderContext) -> None:
    evidence(small, "conv1", 0, lowest=-1.0, highest=5.0)
    assert answer(small, role="negative", response=3.0) == [0]
    assert attempts(small) == [0]  # another role's answers do not count


def test_as_many_attempts_as_are_allowed(small: RenderContext) -> None:
    once = lens_options(maximize=MaximizeOptions(attempts=1))
    evidence(small, "conv1", 0, lowest=-1.0, highest=5.0)
    assert answer(replace(small, plan=replace(small.plan, lenses=once)), response=4.0) == [0]
