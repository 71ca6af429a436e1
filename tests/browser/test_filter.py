"""A filter's page in a real browser: states in the address, the card, texts to copy."""

from __future__ import annotations

from typing import Any

import pytest

from convatlas.site.publish import publish
from support.browsing import Visit, until
from support.synthetic import synthetic_manifest
from support.synthetic_traces import traced

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    manifest, read = traced(synthetic_manifest(layers=2, filters=4, images=40, size=(96, 96)))
    out = tmp_path_factory.mktemp("filter")
    for layer in manifest["networks"][0]["layers"]:
        layer["local_receptive_field"] = layer["receptive_field"] = [40, 40]
    publish(manifest, read, out)
    return (out / "net0/features.1/1.html").as_uri()


def visit(browser: Any, address: str, **options: Any) -> Visit:
    opened = Visit(browser, address.rpartition("/net0")[0], **options)
    opened.page.goto(address)
    return opened


def test_how_images_are_looked_at_stands_in_the_address_and_goes_along(
    browser: Any,
    page: str,
) -> None:
    with visit(browser, page) as shown:
        shown.page.get_by_label("Where it responds").uncheck()
        shown.page.get_by_role("radio", name="guided").check()
        assert shown.page.url == f"{page}#heat=0&by=guided"
        shown.page.get_by_role("link", name="Next filter").click()
        shown.page.wait_for_load_state()
        assert shown.page.url.endswith("/2.html#heat=0&by=guided")
        assert shown.page.get_by_role("radio", name="guided").is_checked()
        shown.page.get_by_role("radio", name="images").check()
        assert not shown.page.get_by_label("Where it responds").is_checked()
        shown.page.get_by_label("Where it responds").check()
        assert "#" not in shown.page.url
        assert shown.troubles == []


def test_a_link_to_a_place_on_the_page_leaves_what_is_looked_at(browser: Any, page: str) -> None:
    with visit(browser, f"{page}#by=guided&heat=0") as shown:
        shown.page.locator("#range > h2 a").click()
        assert shown.page.url == f"{page}#range"
        assert shown.page.get_by_role("radio", name="guided").is_checked()
        assert not shown.page.get_by_label("Where it responds").is_checked()
        shown.page.get_by_role("link", name="Next filter").click()
        shown.page.wait_for_load_state()
        assert shown.page.get_by_role("radio", name="guided").is_checked()


@pytest.mark.parametrize("state", ["by=nonsense", "heat=2", "range", "%"])
def test_an_address_that_tells_no_state_leaves_the_page_as_it_is(
    browser: Any,
    page: str,
    state: str,
) -> None:
    with visit(browser, f"{page}#{state}") as shown:
        assert shown.page.get_by_role("radio", name="images").is_checked()
        assert shown.page.get_by_label("Where it responds").is_checked()
        assert shown.troubles == []


def test_headings_lead_to_their_bands(
    browser: Any,
    page: str,
) -> None:
    with visit(browser, page) as shown:
        for id in ("made", "found", "range", "histogram", "classes", "kernels", "near", "cite"):
            shown.page.locator(f"#{id} > h2 a, #{id} > .heading a").first.click()
            assert shown.page.url == f"{page}#{id}"


def test_texts_are_copied(
    browser: Any,
    page: str,
) -> None:
    with visit(browser, page) as shown:
        box = shown.page.locator("pre.copy", has_text="convatlas build")
        button = box.get_by_role("button")
        button.scroll_into_view_if_needed()
        before, name = box.bounding_box(), button.get_attribute("aria-label")
        button.click()
        button.click()
        until(shown.page, "document.body.innerText.includes('Copied')")
        assert box.bounding_box() == before
        until(shown.page, "!document.body.innerText.includes('Copied')")
        assert button.get_attribute("aria-label") == name
        assert shown.troubles == []


@pytest.mark.parametrize("script", [True, False])
def test_the_card_fits_its_frame_and_leads_to_the_page(
    browser: Any,
    page: str,
    script: bool,
) -> None:
    size = {"width": 480, "height": 240}
    with visit(browser, f"{page}#card", viewport=size, java_script_enabled=script) as shown:
        assert shown.page.locator(".unit h1").is_visible()
        assert shown.page.locator(".big img").is_visible()
        tops = shown.page.locator(".found .tops li")
        assert [tops.nth(place).is_visible() for place in range(4)] == [True] * 3 + [False]
        hidden = ("header.top", ".film", "footer", ".facts", "#range", "#cite", ".others", ".looks")
        for part in hidden:
            assert not shown.page.locator(part).first.is_visible(), part
        link = shown.page.get_by_role("link", name="Open in the atlas")
        box = link.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 240
        assert link.get_attribute("target") == "_top"
        link.click()
        link.wait_for(state="hidden")
        assert shown.page.url == page


@pytest.mark.parametrize("width", [320, 390, 860, 1280, 1920])
def test_picture_and_images_come_first_and_nothing_sticks_out(
    browser: Any,
    page: str,
    width: int,
) -> None:
    with visit(browser, page, viewport={"width": width, "height": 800}) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        picture = shown.page.locator(".big img").bounding_box()
        assert picture is not None
        assert picture["y"] < 500
        if width >= 1280:
            sixth = shown.page.locator(".found .tops li").nth(5).bounding_box()
            assert sixth is not None
            assert sixth["y"] + sixth["height"] <= 800


def test_what_shows_the_filter_elsewhere_bears_the_address_of_the_page(
    browser: Any,
    page: str,
) -> None:
    with visit(browser, f"{page}#heat=0") as shown:
        shown.page.get_by_text("Embed", exact=True).click()
        frame, picture = shown.page.locator(".embed .copy").evaluate_all(
            "found => found.map(box => box.firstChild.data)"
        )
        own = f'width="480" height="240" title="net0/features.1/1" src="{page}#card"'
        assert frame == f"<iframe {own}></iframe>"
        file = shown.page.locator(".big img").get_attribute("src")
        folder = page.rpartition("/")[0]
        assert picture.startswith(f'<a href="{page}"><img ')
        assert f'src="{folder}/{file}"' in picture
        assert 'alt="net0/features.1/1"' in picture
        assert shown.troubles == []
