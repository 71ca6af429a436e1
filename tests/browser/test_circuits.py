"""Along circuits in a real browser: by mouse, by keyboard, without scripts, on a phone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from support.browsing import Browse, Visit, axe, until
from support.synthetic import Manifest, Read, synthetic_manifest
from support.synthetic_circuits import with_circuits

pytestmark = pytest.mark.browser

LATE, MIDDLE, FIRST = (f"net0/features.{depth}/2.html" for depth in (2, 1, 0))
DRAWN = "document.querySelectorAll('.circuit li a .picture').length > 3"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    return with_circuits(synthetic_manifest(layers=3, filters=8, sprites=True))


def open_circuit(visit: Visit, path: str = LATE) -> Any:
    """Show the circuit of a filter, with all that the script adds."""
    visit.page.goto(path)
    circuit = visit.page.locator(".circuit")
    circuit.scroll_into_view_if_needed()
    until(visit.page, DRAWN)
    until(visit.page, "document.querySelector('.circuit .slice')")
    return circuit


def changes(rows: Any) -> list[str]:
    """What rows say of a response."""
    said = "row => row.querySelector('a, span').nextSibling.data.trim()"
    return [row.evaluate(said) for row in rows.all()]


def walk(visit: Visit, step: Any) -> None:
    """From a late filter to the first layer by inputs, and back by outputs."""
    visit.page.goto(LATE)
    for kind, path in (
        ("inputs", MIDDLE),
        ("inputs", FIRST),
        ("outputs", MIDDLE),
        ("outputs", LATE),
    ):
        step(kind)
        visit.page.wait_for_url(f"**/{path}")
    assert visit.troubles == []


@pytest.mark.parametrize(
    "options",
    [{}, {"java_script_enabled": False}, {"viewport": {"width": 360, "height": 740}}],
    ids=["mouse", "without scripts", "phone"],
)
def test_one_walks_by_links(browse: Browse, options: dict[str, Any]) -> None:
    visit = browse("file", **options)

    def step(kind: str) -> None:
        if options.get("java_script_enabled", True):  # pictures come while one scrolls there
            visit.page.locator(".circuit").scroll_into_view_if_needed()
            until(visit.page, "document.querySelector('.circuit li a .picture')")
        visit.page.locator(f".circuit .{kind} a").first.click()

    walk(visit, step)


@pytest.mark.parametrize("place", ["file", "http"])
def test_one_walks_by_keys(browse: Browse, place: str) -> None:
    visit = browse(place)
    walk(visit, lambda kind: visit.page.keyboard.press(kind[0]))


def test_keys_stay_where_there_is_no_input(browse: Browse) -> None:
    visit = browse("http")
    visit.page.goto(FIRST)
    visit.page.keyboard.press("i")
    visit.page.wait_for_timeout(200)
    assert visit.page.url.endswith(FIRST)


def test_neighbours_have_pictures_kernels_and_lines(browse: Browse) -> None:
    visit = browse("http", viewport={"width": 1280, "height": 900})
    circuit = open_circuit(visit)
    assert circuit.locator(".inputs li").count() == 5
    assert circuit.locator(".inputs .slice").count() == 5
    widths = circuit.locator(".lines path").evaluate_all(
        "paths => paths.map(path => Number(path.getAttribute('stroke-width')))"
    )
    drops = [45, 20, 5, 3, 1]
    assert widths == pytest.approx([max(0.5, 0.36 * drop) for drop in drops], rel=0.02)
    assert circuit.locator(".lines .less").count() == 2
    assert visit.troubles == []


def test_no_picture_is_loaded_twice(browse: Browse) -> None:
    visit = browse("http", viewport={"width": 1280, "height": 900})
    asked: Counter[str] = Counter()
    visit.page.on("request", lambda request: asked.update([request.url]))
    open_circuit(visit)
    visit.page.wait_for_load_state("networkidle")
    pictures = {url: count for url, count in asked.items() if request_is_picture(url)}
    assert pictures
    assert set(pictures.values()) == {1}


def request_is_picture(url: str) -> bool:
    return url.endswith((".webp", ".avif", ".png"))


def test_the_drops_of_one_image_take_the_place_of_the_mean(browse: Browse) -> None:
    visit = browse("file", viewport={"width": 1280, "height": 900})
    circuit = open_circuit(visit)
    told = circuit.locator(".inputs li")
    before = changes(told)
    group = circuit.get_by_role("radiogroup", name="Drops at")
    group.get_by_role("radio").first.focus()
    visit.page.keyboard.press("ArrowRight")
    first = changes(told)
    visit.page.keyboard.press("ArrowRight")
    second = changes(told)
    assert group.get_by_role("radio", name="image 2").is_checked()
    assert (first[1], second[1]) == ("−20", "−200")
    group.get_by_role("radio").first.check(force=True)
    assert changes(told) == before
    assert visit.troubles == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_drawn_circuit_violates_no_rule(browse: Browse, scheme: str, width: int) -> None:
    visit = browse("file", color_scheme=scheme, viewport={"width": width, "height": 900})
    open_circuit(visit)
    assert axe(visit.page) == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.troubles == []
