from __future__ import annotations

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convatlas.config.reserved_names import RESERVED
from convatlas.ui.slugs import LONGEST, slugs

DEVICES = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}

names = st.lists(
    st.text(alphabet=st.sampled_from("aAbB0._@-/ é~"), max_size=6) | st.text(max_size=100),
    max_size=12,
)


@given(names, st.lists(st.sampled_from(["a", "images", "about"]), max_size=3))
def test_slugs_are_paths_of_their_own_even_where_case_is_ignored(
    names: list[str], reserved: list[str]
) -> None:
    result = slugs(names, reserved)
    assert set(result) == set(names)
    folded = [slug.casefold() for slug in result.values()]
    assert len(set(folded)) == len(folded)
    assert not set(folded) & set(reserved)
    for slug in result.values():
        assert re.fullmatch(r"[A-Za-z0-9._@-]+", slug)
        assert len(slug) <= LONGEST
        assert slug.strip(".") == slug
        assert slug.split(".")[0].lower() not in DEVICES


@given(names)
def test_a_slug_becomes_itself(names: list[str]) -> None:
    once = list(slugs(names).values())
    assert slugs(once) == {slug: slug for slug in once}


def test_the_order_of_names_does_not_matter() -> None:
    names = ["A", "a", "a b", "a-b", "con"]
    results = {tuple(sorted(slugs(order).items())) for order in permutations(names)}
    assert len(results) == 1


@pytest.mark.parametrize("name", ["features.12.expand3x3", "layer1@2", "conv_1", "0"])
def test_ordinary_names_keep_their_spelling(name: str) -> None:
    assert slugs([name]) == {name: name}


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "...", "../..", ".git", "a.", "CON", "con.txt", "nul", "x" * 81, "é", "/"],
)
def test_names_that_no_path_may_bear_get_a_digest(name: str) -> None:
    slug = slugs([name])[name]
    assert slug != name
    assert re.search(r"(^|-)[0-9a-f]{8}$", slug)


@given(
    st.text(".- /", max_size=3),
    st.sampled_from(sorted(DEVICES)),
    st.text(".- /x", max_size=4),
    st.booleans(),
)
def test_no_name_becomes_a_device_of_windows(
    before: str, device: str, after: str, upper: bool
) -> None:
    name = before + (device.upper() if upper else device) + after
    slug = slugs([name])[name]
    assert slug.split(".")[0].rstrip(" ").lower() not in DEVICES
    assert slug.strip(".") == slug


def test_reserved_names_get_a_digest_in_any_case() -> None:
    result = slugs(["Images", "about", "net"], RESERVED)
    assert result["net"] == "net"
    assert re.fullmatch(r"Images-[0-9a-f]{8}", result["Images"])
    assert re.fullmatch(r"about-[0-9a-f]{8}", result["about"])


def test_a_name_spelt_like_a_digested_one_is_told_apart() -> None:
    taken = slugs(["A", "a"])["a"]
    result = slugs(["A", "a", taken])
    assert len({slug.casefold() for slug in result.values()}) == 3
