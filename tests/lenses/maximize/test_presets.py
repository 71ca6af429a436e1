"""Which recipe a layer gets, and what of it stands in a record's key."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.options import Recipe as RecipeOptions
from convatlas.lenses.maximize.presets import (
    CONVERGED,
    PATTERN,
    PRESETS,
    TEXTURE,
    THING,
    WHOLE,
    Kind,
    chosen,
    draft,
    large,
    recipe,
)
from convatlas.lenses.maximize.recipe import Recipe, diverse, retry
from convatlas.model.facts import Layer, Preprocessing, ReceptiveField
from convatlas.model.records import Json
from support.maximizing import how

PREPROCESSING = Preprocessing((224, 224), (256,), 3, (0.5,) * 3, (0.25,) * 3, "bilinear")
GREY = replace(PREPROCESSING, channels=1, mean=(0.5,), std=(0.25,))
BUILT_IN = {"set": "imagenet", "digest": "imagenet"}
MOST = (224, 224)


def layer(field: tuple[int, int] | None, size: int) -> Layer:
    spans = ((0, 1),) * size
    return Layer(
        "conv", "conv", "Conv2d", 8, 3, (3, 3), (1, 1), (0, 0), (1, 1), 1, False, "w",
        map_size=(size, size), field=ReceptiveField(field, spans, spans),
    )  # fmt: skip


FIRST, SMALL, LARGE = layer((3, 3), 222), layer((24, 7), 28), layer((111, 111), 13)


def of(layer: Layer = LARGE, preprocessing: Preprocessing = PREPROCESSING, **by: Any) -> Recipe:
    return recipe(RecipeOptions(**by), layer, preprocessing, (1, 1), known)


def known(name: str | None) -> Json:
    """Statistics of every set."""
    return {"set": name or "own", "digest": f"digest of {name or 'own'}"}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_convolution_on_the_input_gets_its_kernel_in_plain_pixels(preset: str) -> None:
    made = of(FIRST, preset=preset)
    assert (made.canvas, made.objective, made.size) == ("pixels", "neuron", (3, 3))
    assert made.steps == max(CONVERGED, PRESETS[preset].most)
    assert (made.moves, made.colours) == (False, None)


def test_a_first_picture_is_large_enough_to_see_no_padding() -> None:
    strided = replace(layer((11, 11), 55), kernel=(11, 11), stride=(4, 4), padding=(2, 2))
    # The second position starts at 4 - 2 = 2: the first that sees no padding.
    assert of(strided).size == (13, 13)


def test_a_small_field_is_shown_whole_and_made_for_the_centre() -> None:
    made = of(SMALL)
    assert (made.canvas, made.objective, made.size) == ("fourier", "neuron", (30, 11))
    assert made.moves


@pytest.mark.parametrize(
    ("field", "size"), [((49, 49), 64), ((63, 63), 80), ((111, 111), 144), (None, 160)]
)
def test_a_large_field_gets_a_canvas_up_to_the_presets(field, size: int) -> None:
    made = of(layer(field, 13))
    assert (made.canvas, made.objective) == ("fourier", "channel")
    assert made.size == (size, size)
    assert made.moves


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", [PATTERN, TEXTURE, THING])
def test_smaller_canvases_show_the_network_as_many_pixels(preset: str, kind: Kind) -> None:
    made, most = PRESETS[preset], int(PRESETS[preset].most * kind.most)
    assert made.steps_on((made.size, made.size), kind) == made.steps
    for side in range(1, made.size):
        steps = made.steps_on((side, side), kind)
        assert made.steps <= steps <= most
        if steps < most:
            assert 0 <= made.steps * made.size**2 - steps * side**2 < side**2


@pytest.mark.parametrize(
    ("field", "travel"), [((20, 20), 11.5), ((63, 63), 19), ((111, 111), 9), (None, 5)]
)
def test_a_picture_travels_as_far_in_fewer_steps(field, travel: float) -> None:
    for preset, times in (("standard", 1), ("publication", 2.5)):
        made = of(layer(field, 13), preset=preset)
        assert made.rate * made.steps == pytest.approx(times * travel)
    assert of(layer(field, 13), preset="draft").rate <= 0.25


@pytest.mark.parametrize("preset", PRESETS)
def test_a_field_of_48_pixels_parts_small_from_large(preset: str) -> None:
    for side, expected in ((WHOLE, "neuron"), (WHOLE + 1, "channel")):
        found = layer((side, 5), 28)
        assert of(found, preset=preset).objective == expected
        assert large(found, preset) is (expected == "channel")
    assert large(layer(None, 28), preset)


@pytest.mark.parametrize(
    ("field", "shift", "decay", "others"),
    [
        ((96, 50), 24, 0, 0),
        ((50, 97), 16, 0.35, 0),
        ((167, 50), 16, 0.35, 0),
        ((50, 168), 8, 0.35, 0.5),
        (None, 8, 0.35, 0.5),
    ],
)
def test_the_more_a_layer_sees_the_more_its_pictures_are_moved(
    field, shift: int, decay: float, others: float
) -> None:
    made = of(layer(field, 13))
    assert (made.decay, made.others) == (decay, others)
    assert made.jitter == pytest.approx(min(made.size) / shift)
    assert of(layer(field, 13), others=0.1).others == 0.1


def test_presets_differ_in_canvas_and_steps() -> None:
    deep = layer(None, 13)
    sizes = [of(deep, preset=name).size[0] for name in ("draft", "standard", "publication")]
    steps = [of(deep, preset=name).steps for name in ("draft", "standard", "publication")]
    assert sizes == [96, 160, 224]
    assert steps == sorted(set(steps))
    assert of(deep) == of(deep, preset="standard")


@pytest.mark.parametrize("found", [FIRST, SMALL, LARGE])
def test_classic_is_the_same_for_every_layer(found: Layer) -> None:
    made = of(found, preset="classic")
    assert (made.canvas, made.objective, made.size, made.steps) == (
        "pixels",
        "channel",
        (56, 56),
        20,
    )
    assert (made.growths, made.growth, made.blur, made.rate) == (12, 1.2, 1.4, 0.1)
    assert not large(found, "classic")
    assert not made.moves
    assert made.tolerance == 0


def test_a_coarse_map_gets_a_larger_canvas() -> None:
    # A map of 3 steps by 64: two positions need 224 - 64.
    assert of(layer(None, 3)).size == (160, 160)


def test_a_canvas_reaches_all_layers_before() -> None:
    options = RecipeOptions(preset="draft")
    assert recipe(options, layer((60, 60), 13), PREPROCESSING, (85, 90)).size == (85, 90)
    assert recipe(options, layer((20, 20), 13), PREPROCESSING, (30, 20)).size == (30, 25)


def test_a_canvas_is_never_larger_than_the_input_but_by_hand() -> None:
    tiny = replace(PREPROCESSING, size=(32, 28))
    assert of(layer(None, 8), tiny).size == (32, 28)
    assert of(layer((14, 14), 8), replace(tiny, size=(16, 16))).size == (16, 16)
    assert of(layer(None, 8), tiny, size=50).size == (50, 50)


BY_HAND = {
    "objective": "rms", "steps": 7, "rate": 0.7, "jitter": 9.0, "rotate": 8.0, "scale": 0.3,
    "pad": 3, "crop": 0.5, "noise": 0.2, "optimiser": "sgd", "tolerance": 0.3, "l2": 1.0,
    "decay": 0.2, "others": 0.7,
    "variation": 2.0, "gradients": 3.0, "growths": 2, "growth": 1.5, "blur": 0.4, "seed": 5,
}  # fmt: skip


@pytest.mark.parametrize("found", [FIRST, SMALL, LARGE])
@pytest.mark.parametrize("preset", [None, "draft", "classic"])
@pytest.mark.parametrize("canvas", [None, "pixels", "fourier", "phase"])
def test_what_is_set_by_hand_wins(found: Layer, preset, canvas) -> None:
    made = of(found, preset=preset, canvas=canvas, size=20, at=[0.1, 0.9], **BY_HAND)
    assert {name: getattr(made, name) for name in BY_HAND} == BY_HAND
    assert (made.size, made.at) == ((20, 20), (0.1, 0.9))
    assert canvas in (None, made.canvas)


def test_every_setting_of_the_file_can_be_set_by_hand() -> None:
    special = {"preset", "size", "at", "canvas", "colours"}
    assert set(BY_HAND) == set(RecipeOptions.model_fields) - special
    assert set(asdict(how())) == set(RecipeOptions.model_fields) - {"preset"} | {"members"}


def test_another_canvas_than_the_presets_has_its_own_rate_and_pixels_hold_still() -> None:
    rates = {name: of(canvas=name).rate for name in ("fourier", "pixels", "phase")}
    assert rates["fourier"] == of().rate
    assert len(set(rates.values())) == 3
    assert not of(canvas="pixels").moves
    assert of(canvas="phase").moves
    assert of(canvas="pixels", jitter=2.0).jitter == 2


@pytest.mark.parametrize(
    ("by", "preprocessing", "expected"),
    [
        ({}, PREPROCESSING, BUILT_IN),
        ({"colours": "imagenet"}, PREPROCESSING, BUILT_IN),
        ({"colours": "birds"}, PREPROCESSING, known("birds")),
        ({"canvas": "pixels"}, PREPROCESSING, None),
        ({"canvas": "pixels", "colours": "birds"}, PREPROCESSING, None),
        ({}, GREY, None),
        ({"colours": "birds"}, GREY, None),
        ({"canvas": "phase"}, PREPROCESSING, known("own")),
        ({"canvas": "phase", "colours": "imagenet"}, PREPROCESSING, known("own")),
        ({"canvas": "phase", "colours": "birds"}, PREPROCESSING, known("birds")),
        ({"canvas": "phase"}, GREY, known("own")),
    ],
)
def test_whose_colours_are_decorrelated(by, preprocessing, expected) -> None:
    assert of(LARGE, preprocessing, **by).colours == expected


def test_settings_go_by_lens_then_glob_then_variant() -> None:
    options = MaximizeOptions(
        steps=10,
        rate=0.5,
        negative=False,
        layers={"feat*": RecipeOptions(steps=20), "features.1": RecipeOptions(size=50)},
        variants={"long": RecipeOptions(steps=30)},
    )
    made = chosen(options, None, "features.1")
    assert made == RecipeOptions(steps=20, rate=0.5, size=50)
    assert chosen(options, "long", "features.1") == RecipeOptions(steps=30, rate=0.5, size=50)
    assert chosen(options, None, "head") == RecipeOptions(steps=10, rate=0.5)


def test_a_draft_keeps_what_is_set_by_hand() -> None:
    section = RecipeOptions(preset="publication", rate=0.3, objective="rms")
    assert draft(section) == RecipeOptions(preset="draft", rate=0.3, objective="rms")
    assert draft(section, objective="neuron").objective == "neuron"


FIRSTS = [of(FIRST), of(SMALL), of(LARGE), of(canvas="phase"), of(preset="classic", noise=0.1)]


@pytest.mark.parametrize("first", FIRSTS)
def test_every_attempt_is_another_recipe_with_more_means(first: Recipe) -> None:
    made = [retry(first, attempt, MOST) for attempt in range(4)]
    assert made[0] == first
    assert len({json.dumps(one.determinants, sort_keys=True) for one in made}) == 4
    assert len({one.seed for one in made}) == 4
    for one in made[1:]:
        assert (one.objective, one.tolerance) == ("neuron", 0)
        assert one.steps >= first.steps
        assert one.noise == one.others == one.l2 == one.variation == one.gradients == 0
    assert made[1].moves == first.moves
    assert not made[2].moves
    assert made[2].steps == 2 * first.steps
    assert (made[3].canvas, made[3].colours, made[3].moves) == ("pixels", None, False)


def test_the_retry_of_a_first_layers_canvas_gets_surroundings() -> None:
    assert [retry(of(FIRST), n, MOST).size for n in range(4)] == [(3, 3), (9, 9), (9, 9), (9, 9)]
    assert retry(of(FIRST), 1, (7, 8)).size == (7, 8)
    assert retry(of(SMALL), 1, MOST).size == of(SMALL).size


RECIPES = st.builds(
    how,
    objective=st.sampled_from(["channel", "neuron", "rms"]),
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    colours=st.sampled_from([None, BUILT_IN, known("birds")]),
    crop=st.floats(0.1, 1),
    members=st.integers(1, 5),
    seed=st.integers(0, 2**63),
)


@given(RECIPES)
def test_a_recipe_comes_back_from_its_json(made: Recipe) -> None:
    again = Recipe.of(json.loads(json.dumps(made.json)))
    assert again == made
    assert again.determinants == made.determinants


def test_a_key_knows_the_statistics_and_not_their_sets_name() -> None:
    made = how(colours={"set": "birds", "digest": "abc"})
    assert replace(made, colours={"set": "b", "digest": "abc"}).determinants == made.determinants
    assert (
        replace(made, colours={"set": "birds", "digest": "abd"}).determinants != made.determinants
    )
    assert replace(made, colours=None).determinants != made.determinants


def test_different_pictures_stay_together_to_the_end() -> None:
    made = diverse(of(), 3)
    assert (made.members, made.tolerance) == (3, 0)
    assert replace(made, members=1, tolerance=of().tolerance) == of()
