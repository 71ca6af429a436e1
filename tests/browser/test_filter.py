"""A filter's page in a real browser: states in the address, the card, texts to copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.browsing import Browse, until

pytestmark = pytest.mark.browser

PAGE = "net0/features.1/1.html"


@pytest.fixture(scope="module")
def out(attributed: Path) -> Path:
    return attributed


def test_how_images_are_looked_at_stands_in_the_address_and_goes_along(browse: Browse) -> None:
    visit = browse()
    visit.page.goto(PAGE)
    visit.page.get_by_label("Where it responds").uncheck()
    visit.page.get_by_role("radio", name="guided").check()
    assert visit.page.url == f"{visit.root}{PAGE}#heat=0&by=guided"
    visit.page.get_by_role("link", name="Next filter").click()
    visit.page.wait_for_load_state()
    assert visit.page.url.endswith("/2.html#heat=0&by=guided")
    assert visit.page.get_by_role("radio", name="guided").is_checked()
    visit.page.get_by_role("radio", name="images").check()
    assert not visit.page.get_by_label("Where it responds").is_checked()
    visit.page.get_by_label("Where it responds").check()
    assert "#" not in visit.page.url
    assert visit.troubles == []


def test_a_link_to_a_place_on_the_page_leaves_what_is_looked_at(browse: Browse) -> None:
    visit = browse()
    visit.page.goto(f"{PAGE}#by=guided&heat=0")
    visit.page.locator("#range > h2 a").click()
    assert visit.page.url == f"{visit.root}{PAGE}#range"
    assert visit.page.get_by_role("radio", name="guided").is_checked()
    assert not visit.page.get_by_label("Where it responds").is_checked()
    visit.page.get_by_role("link", name="Next filter").click()
    visit.page.wait_for_load_state()
    assert visit.page.get_by_role("radio", name="guided").is_checked()


@pytest.mark.parametrize("state", ["by=nonsense", "heat=2", "range", "%"])
def test_an_address_that_tells_no_state_leaves_the_page_as_it_is(
    browse: Browse, state: str
) -> None:
    visit = browse()
    visit.page.goto(f"{PAGE}#{state}")
    assert visit.page.get_by_role("radio", name="images").is_checked()
    assert visit.page.get_by_label("Where it responds").is_checked()
    assert visit.troubles == []


def test_headings_lead_to_their_bands(browse: Browse) -> None:
    visit = browse()
    visit.page.goto(PAGE)
    for id in ("made", "found", "range", "histogram", "classes", "kernels", "near", "cite"):
        visit.page.locator(f"#{id} > h2 a, #{id} > .heading a").first.click()
        assert visit.page.url == f"{visit.root}{PAGE}#{id}"


def test_texts_are_copied(browse: Browse) -> None:
    visit = browse()
    visit.page.goto(PAGE)
    box = visit.page.locator("pre.copy", has_text="convatlas build")
    button = box.get_by_role("button")
    button.scroll_into_view_if_needed()
    before, name = box.bounding_box(), button.get_attribute("aria-label")
    button.click()
    button.click()
    until(visit.page, "document.body.innerText.includes('Copied')")
    assert box.bounding_box() == before
    until(visit.page, "!document.body.innerText.includes('Copied')")
    assert button.get_attribute("aria-label") == name
    assert visit.troubles == []


@pytest.mark.parametrize("script", [True, False])
def test_the_card_fits_its_frame_and_leads_to_the_page(browse: Browse, script: bool) -> None:
    size = {"width": 480, "height": 240}
    visit = browse(viewport=size, java_script_enabled=script)
    visit.page.goto(f"{PAGE}#card")
    assert visit.page.locator(".unit h1").is_visible()
    assert visit.page.locator(".big img").is_visible()
    tops = visit.page.locator(".found .tops li")
    assert [tops.nth(place).is_visible() for place in range(4)] == [True] * 3 + [False]
    hidden = ("header.top", ".film", "footer", ".facts", "#range", "#cite", ".others", ".looks")
    for part in hidden:
        assert not visit.page.locator(part).first.is_visible(), part
    link = visit.page.get_by_role("link", name="Open in the atlas")
    box = link.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 240
    assert link.get_attribute("target") == "_top"
    link.click()
    link.wait_for(state="hidden")
    assert visit.page.url == visit.root + PAGE


@pytest.mark.parametrize("width", [320, 390, 860, 1280, 1920])
def test_picture_and_images_come_first_and_nothing_sticks_out(browse: Browse, width: int) -> None:
    visit = browse(viewport={"width": width, "height": 800})
    visit.page.goto(PAGE)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    picture = visit.page.locator(".big img").bounding_box()
    assert picture is not None
    assert picture["y"] < 500
    if width >= 1280:
        sixth = visit.page.locator(".found .tops li").nth(5).bounding_box()
        assert sixth is not None
        assert sixth["y"] + sixth["height"] <= 800


def test_what_shows_the_filter_elsewhere_bears_the_address_of_the_page(browse: Browse) -> None:
    visit = browse()
    visit.page.goto(f"{PAGE}#heat=0")
    visit.page.get_by_text("Embed", exact=True).click()
    frame, picture = visit.page.locator(".embed .copy").evaluate_all(
        "found => found.map(box => box.firstChild.data)"
    )
    address = visit.root + PAGE
    own = f'width="480" height="240" title="net0/features.1/1" src="{address}#card"'
    assert frame == f"<iframe {own}></iframe>"
    file = visit.page.locator(".big img").get_attribute("src")
    folder = address.rpartition("/")[0]
    assert picture.startswith(f'<a href="{address}"><img ')
    assert f'src="{folder}/{file}"' in picture
    assert 'alt="net0/features.1/1"' in picture
    assert visit.troubles == []
