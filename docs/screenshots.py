"""Take screenshots of built sites, from disk.

``python docs/screenshots.py SITE [NAME ...]`` takes the documents' pictures, or those named, into
``docs/images/*.webp``: of SqueezeNet's atlas; ``demo-home`` of the demo's; those of probes, claims
and attribution of the atlas of ``examples/squeezenet-probes.yaml`` with ``attribution: {}``;
``compare`` of that of ``examples/epochs.yaml``; ``audit`` and ``edit`` of one of SqueezeNet with
edits.
``python docs/screenshots.py SITE --all OUT`` takes one page of every kind, whole, in both schemes
at two widths, to look them over.
Needs Playwright and a Chromium, as the browser tests do.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"


class ImageCrop(NamedTuple):
    """What is to be seen: the page from the site's root, and how; whole without a height."""

    page: str
    scheme: str
    width: int
    height: int | None


SHOTS = {
    "filter": ImageCrop("squeezenet/features.9.expand3x3/66.html", "light", 1280, 1000),
    "filter-dark": ImageCrop("squeezenet/features.12.expand3x3/20.html", "dark", 1280, 1000),
    "filter-phone": ImageCrop("squeezenet/features.9.expand3x3/66.html", "light", 390, 1400),
    "layer": ImageCrop("squeezenet/features.9.expand3x3/index.html", "light", 1280, 900),
    "layer-early": ImageCrop("squeezenet/features.3.expand3x3/index.html", "light", 1280, 900),
    "network": ImageCrop("squeezenet/index.html", "light", 1280, 900),
    "home": ImageCrop("index.html", "dark", 1280, 900),
    "demo-home": ImageCrop("index.html", "light", 1280, 830),
    "audit": ImageCrop("edits/index.html", "light", 1280, 1100),
    "edit": ImageCrop("edits/border/index.html", "light", 1280, 1160),
    "health": ImageCrop("squeezenet/features.6.expand1x1/index.html", "light", 1280, 640),
    "search": ImageCrop("search/index.html?q=dog", "light", 1280, 900),
    "probe": ImageCrop("probes/goldfish/squeezenet/index.html", "light", 1280, 1000),
    "probe-fish": ImageCrop(
        "probes/goldfish/squeezenet/index.html#features.9.expand3x3", "light", 1280, 1320
    ),
    "probe-bus": ImageCrop(
        "probes/school-bus/squeezenet/index.html#features.6.expand3x3", "dark", 1280, 1320
    ),
    "probe-castle": ImageCrop(
        "probes/castle/squeezenet/index.html#features.12.expand3x3", "light", 1280, 1320
    ),
    "claims": ImageCrop("hypotheses/index.html", "light", 1280, 1000),
    "class": ImageCrop("squeezenet/classes/beagle.html", "light", 1280, 1000),
    "effects": ImageCrop("squeezenet/features.12.expand3x3/187.html#effects", "light", 1280, 480),
    "attribution": ImageCrop("squeezenet/features.9.expand3x3/12.html#guided", "light", 1280, 1000),
    "compare": ImageCrop("compare/epoch-1--epoch-10/index.html", "light", 1280, 900),
    "circuit-red": ImageCrop("squeezenet/features.3.squeeze/0.html#circuit", "light", 1000, 670),
    "circuit-yellow": ImageCrop(
        "squeezenet/features.3.expand1x1/8.html#circuit", "light", 1000, 800
    ),
    "circuit-lines": ImageCrop("squeezenet/features.7.squeeze/17.html#circuit", "light", 1000, 800),
    "circuit-dots": ImageCrop("squeezenet/features.9.squeeze/7.html#circuit", "light", 1000, 830),
    "circuit-arcs": ImageCrop("squeezenet/features.9.squeeze/17.html#circuit", "light", 1000, 710),
    "evidence-1": ImageCrop("squeezenet/features.0/6.html", "light", 1280, None),
    "evidence-2": ImageCrop("squeezenet/features.3.expand3x3/10.html", "light", 1280, None),
    "evidence-3": ImageCrop("squeezenet/features.6.expand3x3/27.html", "light", 1280, None),
    "evidence-4": ImageCrop("squeezenet/features.9.expand3x3/66.html", "light", 1280, None),
    "evidence-5": ImageCrop("squeezenet/features.12.expand3x3/20.html", "light", 1280, None),
}
"""The documents' pictures by name."""
SCHEMES = ("light", "dark")
WIDTHS = (1280, 390)
METHODS = ("deconvnet", "guided", "gradient")
"""What a fragment chooses on a filter's page."""
SCROLL = 860
"""Pixels across of a picture of a whole page in the documents."""
KINDS = {
    "classes": r"[^/]+/classes/index\.html",
    "class": r"[^/]+/classes/(?!index)[^/]+\.html",
    "images": r"images/[^/]+/index\.html",
    "image": r"images/[^/]+/[0-9a-f]{12}\.html",
    "probes": r"probes/index\.html",
    "probe": r"probes/[^/]+/[^/]+/index\.html",
    "claims": r"hypotheses/index\.html",
    "search": r"search/index\.html",
    "help": r"help/index\.html",
    "about": r"about/index\.html",
    "glossary": r"about/glossary\.html",
    "own": r"about/(?!index|glossary)[^/]+\.html",
    "missing": r"404\.html",
}
"""Kinds of pages, of which the first by name is taken."""


def kinds(site: Path) -> Iterator[tuple[str, str]]:
    """A page of every kind that the site has; of layers the first, one in the middle, the last."""
    network = json.loads((site / "atlas.json").read_text(encoding="utf-8"))["networks"][0]
    yield from (("home", "index.html"), ("network", network["href"]))
    layers = network["layers"]
    for place in sorted({0, len(layers) // 2, len(layers) - 1}):
        folder = layers[place]["href"].removesuffix("index.html")
        yield f"layer-{place}", f"{folder}index.html"
        filters = sorted((site / folder).glob("*[0-9].html"))
        yield f"filter-{place}", folder + filters[len(filters) // 2].name
    pages = sorted(file.relative_to(site).as_posix() for file in site.rglob("*.html"))
    for kind, pattern in KINDS.items():
        found = next((page for page in pages if re.fullmatch(pattern, page)), None)
        if found:
            yield kind, f"{found}?q=dog" if kind == "search" else found


def take(browser: Browser, site: Path, shot: ImageCrop) -> Image.Image:
    """What is seen of a page, opened from disk, once all its pictures are there."""
    file = re.split("[?#]", shot.page)[0]
    state = shot.page.removeprefix(file)
    method = state.removeprefix("#")
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height or 900}, color_scheme=shot.scheme
    )
    page.goto((site.resolve() / file).as_uri() + state)
    page.wait_for_timeout(500)
    if method in METHODS:
        page.locator(f".looks input[value={method}]").first.check(force=True)
        page.evaluate("scrollTo(0, 0)")
    page.evaluate("for (const i of document.images) i.loading = 'eager'")
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=shot.height is None)))
    page.close()
    return picture.convert("RGB")


def illustrate(browser: Browser, site: Path, names: Sequence[str]) -> None:
    """The documents' pictures."""
    IMAGES.mkdir(exist_ok=True)
    for name in names or SHOTS:
        picture = take(browser, site, SHOTS[name])
        if SHOTS[name].height is None:
            picture.thumbnail((SCROLL, picture.height), Image.Resampling.LANCZOS)
        picture.save(IMAGES / f"{name}.webp", quality=82, method=6)


def look_over(browser: Browser, site: Path, out: Path) -> None:
    """Every kind of page in both schemes and at two widths: ``OUT/KIND-SCHEME-WIDTH.png``."""
    out.mkdir(parents=True, exist_ok=True)
    for kind, path in kinds(site):
        for scheme in SCHEMES:
            for width in WIDTHS:
                picture = take(browser, site, ImageCrop(path, scheme, width, None))
                picture.save(out / f"{kind}-{scheme}-{width}.png")


def main(site: Path, arguments: Sequence[str]) -> None:
    """Open a browser and take what is asked for."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        if arguments[:1] == ["--all"]:
            look_over(browser, site, Path(arguments[1]))
        else:
            illustrate(browser, site, arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
