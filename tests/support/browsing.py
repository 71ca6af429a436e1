"""Pages in a real browser: one that is started, a site that is served, and all that goes wrong."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from convatlas.site.serve.server import Serving
from support.markup import written

BASE = "/some/repo/"
"""Where a project's pages stand on a host."""

BROWSER = Path(__file__).resolve().parents[1] / "browser"
"""Scripts for the browser, and the packages that npm installs."""

MEASURE = (BROWSER / "measure.js").read_text("utf-8")
"""What is wrong with the open page, as far as it can be measured; told whether scripts run."""
LINKS = """() => [...document.querySelectorAll('[href], [src]')]
    .filter(e => !e.relList?.contains('external') && !e.relList?.contains('canonical'))
    .map(e => e.href?.baseVal ?? e.getAttribute('href') ?? e.getAttribute('src'))
    .map(address => new URL(address, location.href).href).filter(a => !a.startsWith('data:'))"""
_RULES = """() => axe.run(document, {preload: false, resultTypes: ['violations'], runOnly:
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
    .then(({violations}) => violations.map(({id, help, nodes}) =>
        `${id}: ${help}: ${nodes.length} times, ${nodes[0].html.slice(0, 160)}`))"""
_POLICY = """addEventListener('securitypolicyviolation', event =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"""


def installed(*names: str) -> str:
    """The first of these programs that there is; else the test is skipped (in CI: fails)."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no {names[0]} is installed; tests/browser.sh gets one")
    return found


def package(path: str) -> Path:
    """A file of the packages that npm installs for these tests."""
    file = BROWSER / "node_modules" / path
    if not file.exists():
        pytest.skip(f"{path.split('/')[0]} is not installed; tests/browser.sh gets it")
    return file


def until(page: Any, expression: str) -> None:
    """Waits until an expression is true; Playwright's own way needs eval, which pages forbid."""
    for _ in range(500):
        if page.evaluate(f"Boolean({expression})"):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never true: {expression}")


@contextmanager
def chromium() -> Iterator[Any]:
    """The machine's Chromium, best without windows, which is twice as fast; else Playwright's."""
    sync_api = pytest.importorskip("playwright.sync_api")
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    with sync_api.sync_playwright() as play:
        own = Path(play.chromium.executable_path)
        if program is None and not own.exists():
            pytest.skip("no Chromium is installed; tests/browser.sh gets one")
        running = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


def on_disk(out: Path) -> str:
    """The address of a site that is opened from its folder."""
    return f"{out.as_uri()}/"


@contextmanager
def both(out: Path) -> Iterator[Mapping[str, str]]:
    """The addresses of a site: opened from disk, and as a host serves it below a path."""
    with Serving(out, 0, BASE) as serving:
        yield {"file": on_disk(out), "http": serving.address}


class Visit:
    """One page of a browser, with everything that went wrong on it.

    It may go to nothing outside of the site whose address is ``root``, which ends with a slash; the
    page's own methods take addresses that are relative to it.
    """

    def __init__(self, browser: Any, root: str, **options: Any) -> None:
        self.context = browser.new_context(base_url=root, **options)
        self.context.add_init_script(_POLICY)
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


Browse = Callable[..., Visit]
"""Begins a visit to a site: ``browse(place="file", **options)``, with options of a context."""


def faults(visit: Visit, path: str, script: bool) -> list[str]:
    """All that is wrong with the page at ``path``, told from the site's root."""
    if "#" in path:  # the page before may be the same, and would not be opened anew
        visit.page.goto("about:blank")
    visit.troubles.clear()
    visit.page.goto(path, wait_until="load")
    return [*visit.page.evaluate(MEASURE, script), *visit.troubles]


def fail_with(found: Mapping[str, Sequence[str]]) -> None:
    """Fails the test if anything is wrong with any kind of page, and tells all of it."""
    told = [
        f"{kind}: {' '.join(fault.split())}" for kind, faults in found.items() for fault in faults
    ]
    if told:
        pytest.fail("\n".join(told), pytrace=False)


def dead_links(page: Any, out: Path) -> list[str]:
    """The links of a page that was opened from the folder ``out`` that lead nowhere.

    A part behind ``#`` that has the form ``name=value`` is a state of the page, not a place in it.
    """
    texts: dict[Path, str] = {}
    return sorted({link for link in page.evaluate(LINKS) if not _leads(link, out, texts)})


def _leads(link: str, out: Path, texts: dict[Path, str]) -> bool:
    """Whether there is such a page and place; what was read of pages is kept in ``texts``."""
    address = urlsplit(link)
    file = Path(unquote(address.path))
    if address.scheme != "file" or not file.is_relative_to(out) or not file.is_file():
        return False
    place = unquote(address.fragment)
    if not place or "=" in place:
        return True
    if file not in texts:
        texts[file] = written(file.read_text("utf-8"))
    return f'id="{place}"' in texts[file]


def axe(page: Any) -> list[str]:
    """The rules of axe-core that the open page violates, each with its first place."""
    page.evaluate(package("axe-core/axe.min.js").read_text("utf-8"))
    found: list[str] = page.evaluate(_RULES)
    return found


def pixels(found: Any) -> NDArray[np.float64]:
    """What is seen of an element: [h, w, 3], values 0 to 255."""
    with Image.open(io.BytesIO(found.screenshot())) as image:
        return np.asarray(image.convert("RGB"), dtype=float)[4:-4, 4:-4]
