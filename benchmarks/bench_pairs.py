"""When the 24 most changed pairs are on the screen, of two networks and of a layer of 2,048 pairs.

The site is made by this script with pictures of real size, and kept for the next run. As in
``bench_browser.py``, each round starts a browser of its own, and nothing is in a cache.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from bench_browser import FIRST_VIEW, LOADED, ROUNDS, rounds
from machine import ROOT, WORK, write

sys.path.insert(0, str(ROOT / "tests"))
from convatlas.site.publish import publish
from support.browsing import both
from support.made_up_comparison import with_comparison
from support.synthetic import synthetic_manifest

SITE = WORK / "browser-pairs"
FOLDER = "compare/net0--net1/"
PAGES = {
    "networks": (f"{FOLDER}index.html", ".changes > li"),
    "layer": (f"{FOLDER}features.1.html", ".couples > div"),
}
"""The pages, each with what selects its tiles."""
PAIRS = 24
SCREEN = {"width": 1280, "height": 1080}
"""It has room for 24 pairs."""

WITHIN = """([selector, count]) => [...document.querySelectorAll(selector)].slice(0, count)
    .filter(tile => tile.getBoundingClientRect().top < innerHeight)
    .reduce((found, tile) => found + tile.querySelectorAll('img').length, 0)"""
"""How many pictures the first tiles have that are on the screen."""


def site() -> Path:
    """Two networks of two layers of 2,048 filters, of which one changed."""
    if not SITE.exists():
        made = synthetic_manifest(
            networks=2, layers=2, filters=2048, images=200, made=96, sprites=True
        )
        publish(*with_comparison(made), SITE)
    return SITE


def visit(place: str, selector: str, page: Any, root: str) -> dict[str, float]:
    """One visit: times in ms, and what was on the screen."""
    page.set_viewport_size(SCREEN)
    page.add_init_script(f"({FIRST_VIEW})('{selector}', {PAIRS})")
    page.goto(root + place, wait_until="commit")
    told: dict[str, float] = page.evaluate(LOADED, selector)
    return {**told, "pictures": page.evaluate(WITHIN, [selector, PAIRS])}


def main() -> None:
    """Both pages, from disk and from a server."""
    result: dict[str, Any] = {"rounds": ROUNDS, "screen": SCREEN}
    with both(site()) as roots:
        os.sync()  # or the disk would be writing what was just made
        for name, (place, selector) in PAGES.items():
            look = partial(visit, place, selector)
            result[name] = {origin: rounds(root, look) for origin, root in roots.items()}
    write("pairs", result)


if __name__ == "__main__":
    main()
