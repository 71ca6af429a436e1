"""What the user's own number is called."""

from __future__ import annotations

import pytest

from convatlas.lenses.effects.target_name import target_name
from convatlas.model.facts import FunctionFacts


@pytest.mark.parametrize(
    ("name", "about", "expected"),
    [
        ("wheel_score", "", "wheel score"),
        ("Targets.wheel_score", "", "wheel score"),
        ("f", "Return the highest score of any box.", "the highest score of any box"),
        ("f", "The mean depth.", "the mean depth"),
        ("f", "A mean.", "a mean"),
        ("f", "IoU of the first mask", "IoU of the first mask"),
        ("f", "L1 distance to zero.", "L1 distance to zero"),
        ("f", "Returns", "returns"),
        ("wheel_score", "Very " * 20, "wheel score"),
    ],
)
def test_it_is_the_first_line_of_the_docstring_or_the_function_s_name(
    name: str, about: str, expected: str
) -> None:
    assert target_name(FunctionFacts(name, about.strip())) == expected
