"""The page of several networks in the order of time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from convatlas.ui.charts.over_time import over_time
from support.made_up_comparison import with_comparison
from support.markup import written
from support.synthetic import synthetic_manifest

PAGE = "compare/net0--net2/timeline.html"
FILM = re.compile(r"<li>\s*(<(?:a|span).*?)</li>", re.DOTALL)


def made(filters: int = 16) -> dict[str, Any]:
    return with_comparison(synthetic_manifest(networks=3, layers=4, filters=filters))[0]


def published(manifest: dict[str, Any]) -> str:
    return next(written(data) for path, data in pages(manifest) if path == PAGE)


@pytest.fixture(scope="module")
def page() -> str:
    return published(made())


def rows(page: str) -> list[str]:
    return page.partition('<ol class="over-time">')[2].split("<h3>")[1:]


def films(row: str) -> list[str]:
    return FILM.findall(row.partition('<ul class="films">')[2])


def test_each_film_has_a_picture_of_each_network_in_the_order_of_time(page: str) -> None:
    for film in films(rows(page)[0]):
        links = re.findall(r'<a href="\.\./\.\./(net\d)/features\.1/(\d+)\.html"', film)
        assert [network for network, _ in links] == ["net0", "net1", "net2"]
        assert len({index for _, index in links}) == 1


def test_the_most_changed_filters_are_shown_alone() -> None:
    manifest = made(64)
    told = manifest["compare"]["pairs"]
    total: dict[int, float] = {}
    for each in told:
        for pair in each["layers"][1]["pairs"]:
            index = pair["after"]["index"]
            total[index] = total.get(index, 0) + pair["change"]
    ranked = sorted(total, key=lambda index: (-total[index], index))[:24]
    shown = films(rows(published(manifest))[0])
    assert [int(re.findall(r"<figcaption>(\d+)", film)[0]) for film in shown] == ranked


def test_a_curve_tells_the_correlation_to_the_last(page: str) -> None:
    assert 'aria-label="Correlation of filter 10 to net2: 0.75, 0.75, 1"' in page
    assert 'aria-label="Correlation of filter 3 to net2: unknown, unknown, 1"' in page


def test_layers_have_their_numbers_over_time(page: str) -> None:
    table = re.sub(r"<[^>]*>", " ", rows(page)[0].partition("</table>")[0]).split()
    told = ["median", "correlation", "0.825", "0.825", "1"]
    assert table[-13:] == [*told, "CKA", "0.8", "0.8", "1", "dead", "1", "1", "2"]
    assert rows(page)[0].count('<a href="../../compare/net1--net2/features.1.html">net1</a>') == 1


def test_unchanged_layers_are_named_and_not_shown(page: str) -> None:
    assert "Unchanged all the time: features.0." in page
    assert len(rows(page)) == 2


def test_a_layer_that_changed_early_alone_is_the_same_filter_later() -> None:
    manifest = made()
    late = manifest["compare"]["pairs"][1]["layers"][1]
    late.update(unchanged=True, pairs=[], cka=1.0, correlation=1.0)
    row = rows(published(manifest))[0]
    assert 'aria-label="Correlation of filter 10 to net2: 0.75, 1, 1"' in row
    assert "net1--net2" not in row
    assert all("net1/features.1" in film for film in films(row))


def test_a_filter_without_a_partner_has_a_gap() -> None:
    manifest = made()
    early = manifest["compare"]["pairs"][0]["layers"][1]
    early["pairs"] = [pair for pair in early["pairs"] if pair["after"]["index"] != 10]
    (film,) = [film for film in films(rows(published(manifest))[0]) if ">10</figcaption>" in film]
    assert film.startswith('<span class="none">none</span>')
    assert "to net2: unknown, 0.75, 1" in film


def test_a_curve_has_gaps_and_stays_inside() -> None:
    drawn = over_time([0.0, None, 0.5, 1.0, -0.5], "Something")
    assert drawn.line == "M4 36M48 20L70 4L92 36"
    assert drawn.points == [(4, 36), (48, 20), (70, 4), (92, 36)]
    assert drawn.alt == "Something: 0, unknown, 0.5, 1, −0.5"
