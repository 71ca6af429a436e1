"""Take the documents' screenshots: ``python docs/screenshots.py SITE [NAME ...]``.

Of SqueezeNet's atlas; those of probes, claims and attribution are of the atlas of
``examples/squeezenet-probes.yaml`` with ``attribution: {}``. Needs Playwright and a Chromium, as
the browser tests do; writes ``docs/images/*.webp``.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
PAGES = {
    "filter": ("squeezenet/features.9.expand3x3/66.html", "light", 1280, 1000),
    "filter-dark": ("squeezenet/features.12.expand3x3/20.html", "dark", 1280, 1000),
    "filter-phone": ("squeezenet/features.9.expand3x3/66.html", "light", 390, 1400),
    "layer": ("squeezenet/features.9.expand3x3/index.html", "light", 1280, 900),
    "layer-early": ("squeezenet/features.3.expand3x3/index.html", "light", 1280, 900),
    "network": ("squeezenet/index.html", "light", 1280, 900),
    "home": ("index.html", "dark", 1280, 900),
    "health": ("squeezenet/features.6.expand1x1/index.html", "light", 1280, 640),
    "probe": ("probes/goldfish/squeezenet/index.html", "light", 1280, 1000),
    "probe-fish": ("probes/goldfish/squeezenet/#features.9.expand3x3", "light", 1280, 1320),
    "probe-bus": ("probes/school-bus/squeezenet/#features.6.expand3x3", "dark", 1280, 1320),
    "probe-castle": ("probes/castle/squeezenet/#features.12.expand3x3", "light", 1280, 1320),
    "claims": ("hypotheses/index.html", "light", 1280, 1000),
    "attribution": ("squeezenet/features.9.expand3x3/12.html#guided", "light", 1280, 1000),
    "evidence-1": ("squeezenet/features.0/6.html", "light", 1280, None),
    "evidence-2": ("squeezenet/features.3.expand3x3/10.html", "light", 1280, None),
    "evidence-3": ("squeezenet/features.6.expand3x3/27.html", "light", 1280, None),
    "evidence-4": ("squeezenet/features.9.expand3x3/66.html", "light", 1280, None),
    "evidence-5": ("squeezenet/features.12.expand3x3/20.html", "light", 1280, None),
}
"""Page, colour scheme, width and height in pixels; the whole page where no height is given."""
METHODS = ("deconvnet", "guided", "gradient")
"""What a fragment chooses on a filter's page."""
SCROLL = 860
"""Pixels across of a picture of a whole page."""


def main(site: Path, names: Sequence[str]) -> None:
    """Open each page, or those named, from disk and keep what is seen of it."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in names or PAGES:
            path, scheme, width, height = PAGES[name]
            file, _, fragment = path.replace("/#", "/index.html#").partition("#")
            page = browser.new_page(
                viewport={"width": width, "height": height or 900}, color_scheme=scheme
            )
            page.goto((site.resolve() / file).as_uri() + (f"#{fragment}" if fragment else ""))
            page.wait_for_timeout(500)
            if fragment in METHODS:
                page.locator(f"#{fragment}").check(force=True)
                page.evaluate("scrollTo(0, 0)")
            page.evaluate("for (const i of document.images) i.loading = 'eager'")
            page.wait_for_timeout(500)
            picture = Image.open(io.BytesIO(page.screenshot(full_page=height is None)))
            if height is None:
                picture.thumbnail((SCROLL, picture.height), Image.Resampling.LANCZOS)
            picture.convert("RGB").save(IMAGES / f"{name}.webp", quality=82, method=6)
            page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
