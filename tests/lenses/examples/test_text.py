"""The numbers of a filter over an image set, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.lenses.examples import text as sentences


def test_how_often_and_how_strongly_it_answers() -> None:
    found: dict[str, Any] = {
        **{"images": 1000, "sampled": 1000},
        **{"share_images": 0.62, "mean_highest": 45.25, "std_highest": 30.0},
        **{"share_positions": 0.0431, "mean": -0.2, "std": 1.3},
    }
    assert sentences.images(found) == "The highest response to an image is 45.2 ± 30."
    told = sentences.images(found | {"images": 50000, "sampled": 2048})
    assert told.endswith("± 30. The bars count 2,048 images.")
    told = sentences.images(found | {"images": 11, "sampled": 11, "shown": 24})
    assert told.startswith(
        "The layer is reached by 11 of 24 images, of which all is told. The highest"
    )
    assert sentences.positions(found) == (
        "Above zero at 4.3\u00a0% of all positions. The response is −0.2 ± 1.3 "
        "(mean ± standard deviation)."
    )


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        (
            {"1": 0.002, "5": 0.01, "15": 0.04, "50": 0.14},
            "By mean response it is the strongest filter of its layer on 0.2\u00a0% of the images, "
            "among the strongest 5 on 1\u00a0%, 15 on 4\u00a0% and 50 on 14\u00a0%.",
        ),
        (  # a layer of ten filters
            {"5": 0.5, "1": 0.25, "15": 1.0, "50": 1.0},
            "By mean response it is the strongest filter of its layer on 25\u00a0% of the images, "
            "among the strongest 5 on 50\u00a0%.",
        ),
        ({"1": 1.0, "5": 1.0, "15": 1.0, "50": 1.0}, ""),
    ],
)
def test_how_often_it_is_among_the_first(shares: dict[str, float], text: str) -> None:
    assert sentences.among({"among": shares}) == text


def classes(
    *counts: int, selectivity: float | None = 0.5, mean: float = 9.0, second: float | None = None
) -> dict[str, Any]:
    found = [{"label": "a", "mean": mean, "gap": None, "images": count} for count in counts]
    if second is not None:
        found[1]["mean"] = second
    return {"classes": found, "selectivity": selectivity}


def test_what_the_means_of_classes_are_of() -> None:
    assert "to a class’s 50 images" in sentences.classes(classes(50, 50))
    assert "to a class’s images" in sentences.classes(classes(50, 12))
    assert "no more than the strongest images" in sentences.classes(classes(1, 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "The best class excites it 3 times as much as the others on average"),
        (0.1, "No class stands out: the best excites it 1.2 times as much"),
        (0.88, "The best class excites it 16 times as much as the others on average"),
        (0.93, "The others hardly excite it (selectivity 0.93)."),
        (1.0, "The others hardly excite it (selectivity 1)."),
        (None, ""),
    ],
)
def test_how_far_the_best_class_stands_out(value: float | None, text: str) -> None:
    told = sentences.selectivity(classes(5, 5, selectivity=value))
    assert told.startswith(text)
    assert bool(told) == bool(text)
    assert sentences.selectivity(classes(selectivity=value)) == ""
    assert sentences.selectivity(classes(5, selectivity=0.0, mean=-1.0)) == ""


def test_that_no_other_class_excites_it_is_said_where_none_does() -> None:
    told = sentences.selectivity(classes(5, 5, selectivity=1.0, second=-0.1))
    assert told == "No other class excites it (selectivity 1)."
    assert sentences.selectivity(classes(5, selectivity=1.0)) == told
