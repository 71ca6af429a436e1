"""What a filter's page says of what the filter was, or became, in another network."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from support.gathered_pages import as_layers
from support.made_up_comparison import with_comparison
from support.markup import written
from support.synthetic import synthetic_manifest
from support.synthetic_effects import with_effects


def site(match: str = "index", networks: int = 2) -> dict[str, str]:
    made = synthetic_manifest(networks=networks, layers=4, filters=16, sprites=True)
    manifest, _ = with_comparison(with_effects(made), match)
    return {path: written(data) for path, data in pages(manifest)}


@pytest.fixture(scope="module")
def built() -> dict[str, str]:
    return site()


def strips(page: str) -> list[str]:
    return re.findall(r'<p class="then(?: far)?">.*?</p>', page, re.DOTALL)


def plain(strip: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", strip).split())


def test_a_filter_that_changed_is_told_of_beside_its_partner(built: dict[str, str]) -> None:
    (now,) = strips(built["net0/features.1/10.html"])
    assert plain(now) == (
        "Now net1 : correlation 0.75, kernel 0.71 × 1.2, kept 9 of 9, bannister → cassette, "
        "effect 0.12"
    )
    assert 'class="then far"' in now and len(now) < 190
    assert re.findall(r'(?:href|src)="([^"]+)"', now) == ["../../net1/features.1/10.html"]
    (then,) = strips(built["net1/features.1/10.html"])
    assert plain(then).startswith("Then net0 : correlation 0.75,")


def test_a_filter_that_hardly_changed_is_named_alone(built: dict[str, str]) -> None:
    (strip,) = strips(built["net0/features.1/1.html"])
    assert plain(strip) == "Now net1 : correlation 0.97"
    assert len(strip) < 100


def test_who_died_and_who_was_born_are_told(built: dict[str, str]) -> None:
    assert "Now net1 : died, kernel" in plain(strips(built["net0/features.1/3.html"])[0])
    assert ": born, kernel" in plain(strips(built["net1/features.1/4.html"])[0])


@pytest.mark.parametrize("page", ["net0/features.0/1.html", "net0/features.2/15.html"])
def test_unchanged_layers_and_filters_without_a_partner_have_none(
    built: dict[str, str], page: str
) -> None:
    assert strips(built[page]) == []


def test_of_other_places_each_leads_to_its_own_partner() -> None:
    built = site("correlation")
    (now,) = strips(built["net0/features.1/6.html"])
    assert 'href="../../net1/features.1/7.html"' in now and "net1 / 7</a>" in now
    (then,) = strips(built["net1/features.1/7.html"])
    assert 'href="../../net0/features.1/6.html"' in then


def test_the_last_of_a_timeline_has_one_for_each_before() -> None:
    found = strips(site(networks=3)["net2/features.1/10.html"])
    assert [plain(strip)[:9] for strip in found] == ["Then net0", "Then net1"]


def test_where_filters_share_pages_they_lead_to_their_place() -> None:
    manifest, read = with_comparison(synthetic_manifest(networks=2, layers=2, sprites=True))
    told: dict[str, Any] = as_layers(manifest)
    found = {path: written(data) for path, data in pages(told, None, read)}
    (strip,) = [
        strip for strip in strips(found["net0/features.1/filters-0.html"]) if '#4"' in strip
    ]
    assert 'href="../../net1/features.1/filters-0.html#4"' in strip
