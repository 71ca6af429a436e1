"""Every kind of page in a real browser: nothing blocked, nothing missing, nothing sticking out."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convatlas.site.publish import publish
from convatlas.site.serve import address, server
from synthetic import synthetic_manifest

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

PAGES = {
    "home": "index.html",
    "network": "net0/index.html",
    "layer": "net0/features.1/index.html",
    "filter": "net0/features.1/2.html",
    "first layer": "net0/features.0/0.html",
    "failing": "net0/features.1/7.html",
    "dead": "net0/features.1/3.html",
    "tried": "net0/features.1/11.html",
    "bare": "net0/features.1/5.html",
    "whole image": "net0/features.2/1.html",
    "unreached": "net0/features.3/1.html",
    "set": "images/photos/index.html",
    "image": "images/photos/{image}.html",
    "about": "about/index.html",
}
WIDTHS = (320, 360, 768, 1280, 1920)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    manifest, read = synthetic_manifest(networks=2, layers=4, filters=16)
    image = next(iter(manifest["image_sets"][0]["images"]))
    out = tmp_path_factory.mktemp("site")
    publish(manifest, read, out)
    return out, {kind: path.format(image=image) for kind, path in PAGES.items()}


@pytest.fixture(scope="module")
def roots(site: tuple[Path, dict[str, str]]) -> Iterator[dict[str, str]]:
    with server(site[0], 0, "/some/repo/") as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield {"file": f"{site[0].as_uri()}/", "http": address(running, "/some/repo/")}
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    installed = next(filter(None, map(shutil.which, names)), None)
    with sync_api.sync_playwright() as play:
        own = Path(play.chromium.executable_path)
        if installed is None and not own.exists():
            pytest.skip("no Chromium is installed; tests/browser.sh gets one")
        running = play.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        yield running
        running.close()


class Visit:
    """One page of a browser, with everything that went wrong on it."""

    def __init__(self, browser: Any, root: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.root = root
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(self.root):
            self.troubles.append(f"asked elsewhere: {request.url}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # the visit went on before a lazy picture came
            self.troubles.append(f"{request.failure} {request.url}")

    def _response(self, response: Any) -> None:
        if response.status not in (0, 200, 304):
            self.troubles.append(f"{response.status} {response.url}")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["file", "http"])
def test_pages_load_whole_and_quietly(
    browser: Any,
    site: tuple[Path, dict[str, str]],
    roots: dict[str, str],
    place: str,
    scheme: str,
    script: bool,
) -> None:
    options = {"color_scheme": scheme, "java_script_enabled": script}
    with Visit(browser, roots[place], **options) as visit:
        for kind, path in site[1].items():
            visit.page.goto(roots[place] + path, wait_until="load")
            assert visit.page.locator("h1").count() == 1, kind
            assert visit.troubles == [], kind


BROKEN = """() => [...document.images].filter(i => i.loading != 'lazy' && !i.naturalWidth)
    .map(i => i.src)"""
WIDE = """() => [...document.querySelectorAll('body *')].filter(e => !e.closest('svg')
    && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.skip, .scroll'))
    .map(e => e.outerHTML.slice(0, 80))"""
SMALL = """() => [...document.querySelectorAll('a, summary, button')].filter(e => {
    const box = e.getBoundingClientRect(), inline = e.closest('p, .plain');
    return box.width && !inline && !e.closest('.skip') && (box.height < 24 || box.width < 24);
}).map(e => e.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_every_screen(
    browser: Any, site: tuple[Path, dict[str, str]], roots: dict[str, str], width: int
) -> None:
    with Visit(browser, roots["file"], viewport={"width": width, "height": 800}) as visit:
        for kind, path in site[1].items():
            visit.page.goto(roots["file"] + path, wait_until="load")
            assert visit.page.evaluate(BROKEN) == [], kind
            assert visit.page.evaluate(WIDE) == [], kind
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, kind
            assert visit.page.evaluate(SMALL) == [], kind


def test_light_and_dark_differ(
    browser: Any, site: tuple[Path, dict[str, str]], roots: dict[str, str]
) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        with Visit(browser, roots["file"], color_scheme=scheme) as visit:
            visit.page.goto(roots["file"] + site[1]["filter"])
            grounds.append(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(244, 244, 243)", "rgb(22, 22, 22)"]


def test_one_can_walk_by_keyboard_from_home_to_a_filter_and_on(
    browser: Any, site: tuple[Path, dict[str, str]], roots: dict[str, str]
) -> None:
    with Visit(browser, roots["http"]) as visit:
        page = visit.page
        page.goto(roots["http"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.get_by_role("link", name="net0", exact=True).press("Enter")
        page.get_by_role("link", name="features.1", exact=True).first.press("Enter")
        page.locator(".wall").get_by_role("link", name="1", exact=True).press("Enter")
        page.get_by_role("link", name="Next filter").press("Enter")
        page.wait_for_url("**/net0/features.1/2.html")
        page.locator(".tops a").first.press("Enter")
        page.wait_for_url("**/images/photos/*.html")
        assert visit.troubles == []


def test_kernels_and_pictures_in_plain_pixels_are_not_smoothed(
    browser: Any, site: tuple[Path, dict[str, str]], roots: dict[str, str]
) -> None:
    with Visit(browser, roots["file"]) as visit:
        visit.page.goto(roots["file"] + site[1]["filter"])
        for part in (".slices svg", ".big img"):
            style = f"getComputedStyle(document.querySelector('{part}')).imageRendering"
            assert visit.page.evaluate(style) == "pixelated"
