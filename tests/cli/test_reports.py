"""The last lines of a build: sick layers, the worst first, and what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convatlas.cli.reports import MOST_LINES, build_said, closing_lines, report_lines, summary
from convatlas.config.schema import Expect
from convatlas.pipeline import Result
from convatlas.site.check.check import Report
from convatlas.site.expectations import expectations
from convatlas.site.health import total
from convatlas.site.health_report import WORST
from support.small_comparisons import comparison, layer, pair

Fact = dict[str, Any]

WELL: Fact = {"filters": 10, "passed": 9, "failed": 1, "dead": 0, "never": 0, "always": 0}
WELL |= {"reach": None, "variation": None}


def layer_of(name: str, crops: int = 0, **health: Any) -> Fact:
    examples = {"crops": {"count": crops} if crops else None}
    known = {**WELL, "duplicates": [], **health}
    return {"name": name, "health": known, "filters": [{"examples": examples}, {"examples": None}]}


def set_of(name: str, publish: str = "full", count: int = 3, shown: int = 0) -> Fact:
    images = {str(n): {"pictures": [{}] if n < shown else []} for n in range(count)}
    return {"name": name, "publish": publish, "count": count, "images": images}


def manifest_of(layers: list[Fact], *sets: Fact) -> Fact:
    network = {
        "name": "net",
        "href": "net/index.html",
        "images": sets[0]["name"] if sets else None,
        "layers": layers,
        "health": total(layers),
    }
    return {"networks": [network], "image_sets": list(sets)}


def lines_of(*layers: Fact, sets: tuple[Fact, ...] = ()) -> list[str]:
    """What is said before the number of records."""
    lines = closing_lines(Result(manifest=manifest_of(list(layers), *sets)), Path("out"))
    said, _, rest = lines.partition("0 records rendered")
    assert rest.endswith(str(Path("out", "index.html")))
    return said.splitlines()


def test_a_network_in_which_all_is_well_has_one_line() -> None:
    assert lines_of(layer_of("a"), layer_of("b")) == [
        "net: 20 filters in 2 layers, 0 dead, 0 never above zero, 0 always on, "
        "0 near-duplicate pairs; 18 of 20 pictures beat every image"
    ]


def test_sick_layers_are_told_the_worst_first() -> None:
    found = lines_of(
        layer_of("well"),
        layer_of("double", duplicates=[[0, 1, 0.99]]),
        layer_of("dead", dead=2, never=3),
        layer_of("on", always=10),
        layer_of("unknown", dead=None, never=None, always=None, duplicates=None),
    )
    assert found[0].startswith(
        "net: 50 filters in 5 layers, 2 dead, 3 never above zero, 10 always on, "
        "1 near-duplicate pair;"
    )
    assert found[1:] == [
        "  on: 10 always on of 10 filters",
        "  dead: 2 dead, 3 never above zero of 10 filters",
        "  double: 1 near-duplicate pair of 10 filters",
    ]


def test_of_many_sick_layers_the_worst_are_told() -> None:
    layers = [layer_of(f"layer{n}", dead=n % 9) for n in range(12)]
    found = lines_of(*layers)
    assert found[1] == "  layer8: 8 dead of 10 filters"
    assert len(found) == 2 + WORST
    page = Path("out", "net", "index.html")
    assert found[-1] == f"  ... and 2 more layers: see {page}"


def test_what_is_not_known_is_left_out() -> None:
    unknown = dict.fromkeys(("dead", "never", "always", "duplicates"))
    layer = layer_of("a", **unknown, passed=0, failed=0)
    assert lines_of(layer) == ["net: 10 filters in 1 layer"]
    (told,) = summary(Result(manifest=manifest_of([layer])))["health"]
    assert told == {
        "network": "net",
        "layers": 1,
        "filters": 10,
        "passed": 0,
        "failed": 0,
        "sick": [],
    }


@pytest.mark.parametrize(
    ("images", "crops", "said"),
    [
        (set_of("photos", count=3, shown=2), 0, "2 of 3 pictures of photos published"),
        (set_of("photos", count=0), 0, "0 of 0 pictures of photos published"),
        (set_of("photos", "crops"), 9, "18 crops of pictures of photos published"),
        (set_of("photos", "crops"), 0, "no picture of photos is published"),
        (set_of("photos", "none"), 0, "no picture of photos is published"),
    ],
)
def test_how_much_of_an_image_set_is_published_is_told(images: Fact, crops: int, said: str) -> None:
    other = set_of("others", "none")
    found = lines_of(layer_of("a", crops), layer_of("b", crops), sets=(images, other))
    assert found[-2:] == [said, "no picture of others is published"]


def test_programs_are_told_the_same() -> None:
    layers = [layer_of("a"), layer_of("b", dead=1, duplicates=[[0, 1, 0.99], [0, 2, 0.98]])]
    manifest = manifest_of(layers, set_of("photos", count=3, shown=2))
    told = json.loads(json.dumps(summary(Result(manifest=manifest))))
    assert told["health"] == [
        {
            "network": "net",
            "layers": 2,
            "filters": 20,
            "passed": 18,
            "failed": 2,
            "dead": 1,
            "never": 0,
            "always": 0,
            "duplicates": 2,
            "sick": [
                {"layer": "b", "filters": 10, "dead": 1, "never": 0, "always": 0, "duplicates": 2}
            ],
        }
    ]
    assert told["images"] == [
        {"set": "photos", "publish": "full", "images": 3, "pictures": 2, "crops": 0}
    ]


def test_of_very_many_images_that_are_left_out_the_first_are_told() -> None:
    left_out = [("photos", f"{number}.jpg", "the file is empty") for number in range(50_000)]
    result = Result(manifest=manifest_of([layer_of("a")]), left_out=left_out)
    lines = closing_lines(result, Path("out")).splitlines()
    assert lines[0] == "photos: 0.jpg left out: the file is empty"
    assert lines[MOST_LINES] == "49,990 more like these; build --json lists them all"
    assert lines[MOST_LINES + 1].startswith("net: 10 filters in 1 layer")
    assert "; 50,000 images left out" in "".join(lines)
    assert len(summary(result)["left_out"]) == 50_000


def test_a_long_name_does_not_make_a_long_line() -> None:
    result = Result(
        manifest=manifest_of([layer_of("a")]), left_out=[("photos", "x" * 10**6, "it is empty")]
    )
    line = closing_lines(result, Path("out")).splitlines()[0]
    assert len(line) <= 600
    assert line.endswith("x left out: it is empty")


def test_the_sections_of_a_kind_stand_below_it_the_largest_first() -> None:
    sizes, parts = {"data": 2000, "html": 37_000}, {"html": {"frame": 6_000, "made": 31_000}}
    report = Report(9, 39_000, 10**9, 10, sizes, parts, {"html": 8_000}, 37_000, (), (), ())
    assert [line.split() for line in report_lines(report).splitlines()[:5]] == [
        ["kind", "MB", "KB", "a", "filter", "of", "share", "of", "37", "KB"],
        ["data", "0.00", "0.20", "0.5%"],
        ["html", "0.04", "3.70", "8", "10.0%"],
        ["made", "0.03", "3.10", "8.4%"],
        ["frame", "0.01", "0.60", "1.6%"],
    ]


def test_of_many_faults_of_a_site_the_first_ten_are_told() -> None:
    faults = tuple(f"{number}.html: empty" for number in range(200))
    report = Report(200, 0, 10**9, 0, {}, {}, {}, 37_000, (), faults, ())
    lines = report_lines(report).splitlines()
    assert sum(line.startswith("fault: ") for line in lines) == 10
    assert lines[-2:] == ["190 more like these; check --json lists them all", "200 faults"]


def test_comparisons_are_told_and_what_was_not_expected_of_them_is_unmet() -> None:
    compared = comparison(layer("x", pair(0.5, after=True)))
    compared["expectations"] = expectations(Expect(died=0), compared)
    manifest = manifest_of([layer_of("a")]) | {"compare": {"pairs": [compared], "timelines": []}}
    said = build_said(Result(manifest=manifest), Path("out"))
    assert "a and b: 1 of 1 filter changed beyond 0.9; 1 died\n" in said.lines
    assert "\na and b: expected died 0, found 1: 1 in x\n" in said.lines
    assert said.unmet
    assert not said.failed
    assert json.loads(said.json)["compare"][0]["expectations"][0]["holds"] is False
    compared["expectations"] = expectations(Expect(died=1), compared)
    assert not build_said(Result(manifest=manifest), Path("out")).unmet
