"""Recipes in words: what is neutral is left out, what is not is told in order."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.maximize.recipe_tables import recipe_tables
from convatlas.lenses.maximize.recipe_text import differing, drawn, settings
from support.synthetic_made import recipe

BARE = {
    "objective": "channel",
    "canvas": "pixels",
    "size": [7, 9],
    "steps": 128,
    "rate": 0.25,
    "jitter": 0.0,
    "rotate": 0.0,
    "scale": 0.0,
}


def test_a_bare_recipe_has_three_settings() -> None:
    assert settings(BARE) == [
        ("objective", "the mean over the map"),
        ("canvas", "a canvas of 7\u00a0×\u00a09 plain pixels"),
        ("steps", "128 steps of Adam at 0.25"),
    ]


def test_the_neutral_is_not_told() -> None:
    names = [part.name for part in settings(recipe(96, jitter=0.0, rotate=0.0, scale=0.0))]
    assert names == ["objective", "canvas", "colours", "steps"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"objective": "neuron"}, {"objective": "the centre of the map"}),
        (
            {"objective": "neuron", "at": [0.25, 0.5]},
            {"objective": "the position 25 % down and 50 % right in the map"},
        ),
        ({"objective": "rms"}, {"objective": "the root mean square over the map"}),
        ({"canvas": "fourier"}, {"canvas": "a Fourier canvas of 7\u00a0×\u00a09 px"}),
        (
            {"canvas": "phase", "colours": {"set": "my photos", "digest": ""}},
            {
                "canvas": "a phase canvas of 7\u00a0×\u00a09 px "
                "with the mean spectrum of my photos",
                "colours": "decorrelated as in my photos",
            },
        ),
        (
            {"canvas": "phase"},
            {"canvas": "a phase canvas of 7\u00a0×\u00a09 px with the mean spectrum of the images"},
        ),
        ({"colours": {"set": "imagenet"}}, {"colours": "decorrelated as in ImageNet"}),
        ({"colours": {"set": "cifar"}}, {"colours": "decorrelated as in cifar"}),
        ({"optimiser": "nadam", "steps": 2560}, {"steps": "2,560 steps of Nadam at 0.25"}),
        ({"optimiser": "sgd"}, {"steps": "128 steps of the plain gradient at 0.25"}),
        ({"tolerance": 0.002}, {"ends early": "once 32 steps gain less than 0.2 %"}),
        (
            {"growths": 12, "growth": 1.2, "blur": 1.4},
            {
                "steps": "128 steps of Adam at 0.25 on each canvas",
                "grown": "12 times by 1.2, blurred by 1.4 px between",
            },
        ),
        (
            {"growths": 3, "growth": 1.5, "blur": 0.0},
            {"steps": "128 steps of Adam at 0.25 on each canvas", "grown": "3 times by 1.5"},
        ),
        (
            {"jitter": 8.0, "rotate": 5.0, "scale": 0.05},
            {"moved": "up to 8 px, 5 degrees and 5 % of its size"},
        ),
        ({"jitter": 2.0}, {"moved": "up to 2 px"}),
        (
            {"pad": 16, "crop": 0.9},
            {"margin": "16 px of grey", "cut": "90 % of its sides at every step"},
        ),
        ({"noise": 0.1}, {"noise": "0.1"}),
        ({"l2": 0.5}, {"penalties": "0.5 × the mean square from grey"}),
        (
            {"variation": 0.25, "gradients": 2.0},
            {
                "penalties": "0.25 × the total variation and "
                "2 × the root mean square of the gradients"
            },
        ),
        ({"members": 4}, {"together": "with 3 others, pushed apart"}),
        ({"seed": 3}, {"seed": "3"}),
    ],
)
def test_what_is_not_neutral_is_told(changes: dict[str, Any], told: dict[str, str]) -> None:
    assert dict(settings({**BARE, **changes})) == {**dict(settings(BARE)), **told}


def test_beside_another_only_what_differs_is_told() -> None:
    first = recipe(96)
    assert differing(first, first) == []
    other = recipe(96, objective="neuron", jitter=0.0, rotate=0.0, scale=0.0, noise=0.1)
    found = [(part.name, part.text) for part in differing(other, first)]
    assert found == [
        ("objective", "the centre of the map"),
        ("noise", "0.1"),
        ("moved", "none"),
    ]


def test_the_curve_is_told_by_objective_movement_and_precision() -> None:
    provenance = {"precision": "bfloat16"}
    assert drawn({"recipe": BARE, "provenance": provenance}) == (
        "Drawn: the mean over the map in bfloat16."
    )
    moved = drawn({"recipe": recipe(96, objective="neuron"), "provenance": provenance})
    assert moved == "Drawn: the centre of the map in bfloat16, while the picture was moved about."


def layer(name: str, *filters: dict[str, Any] | None) -> dict[str, Any]:
    return {"name": name, "filters": [{"maximize": made} for made in filters]}


def attempt(number: int, **changes: Any) -> dict[str, Any]:
    made = {"recipe": {**BARE, **changes, "attempt": number}}
    return {"positive": made, "negative": None, "second": None}


def test_layers_of_one_recipe_stand_together_and_what_all_share_is_told_once() -> None:
    second = {**attempt(0), "second": {"recipe": {**BARE, "objective": "neuron", "attempt": 0}}}
    network = {
        "name": "net",
        "layers": [
            layer("a", None, attempt(1, steps=256), second),
            layer("b", attempt(0)),
            layer("c", attempt(0, steps=64, noise=0.1)),
            layer("d", attempt(2)),
            layer("e", attempt(0)),
        ],
    }
    excite, further = recipe_tables([network])
    assert excite == {
        "network": "net",
        "name": "to excite",
        "shared": [
            ["objective", "the mean over the map"],
            ["canvas", "a canvas of 7\u00a0×\u00a09 plain pixels"],
        ],
        "columns": ["steps", "noise"],
        "rows": [
            {"layers": "a to b, e", "texts": ["128 steps of Adam at 0.25", None]},
            {"layers": "c", "texts": ["64 steps of Adam at 0.25", "0.1"]},
        ],
    }
    assert further["name"] == "to excite, second picture"
    assert further["shared"][0] == ["objective", "the centre of the map"]
    assert (further["columns"], further["rows"]) == ([], [{"layers": "a", "texts": []}])
