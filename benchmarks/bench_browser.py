"""Times in the browser: the page of a layer of 2,048 filters, and search among 30,000.

The sites are made by this script with pictures of real size, and kept for the next run. Each
round starts a browser of its own, and no visit finds anything in a cache.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from machine import ROOT, WORK, write

sys.path.insert(0, str(ROOT / "tests"))
from convatlas.site.publish import publish
from support.browsing import both, chromium
from support.synthetic import synthetic_manifest

BROAD, WIDE = WORK / "browser-broad", WORK / "browser-wide"
LAYER = "net0/features.1/index.html"
TILES = 24
"""Of a first view of 1,280 x 800 px."""
ROUNDS = 7
QUERIES = (
    "dog",
    "d",
    "terrier",
    "features.12 66",
    "spider web",
    "features.3",
    "499",
    "a",
    "net0/features.40 church",
    "café",
    "no such thing",
    "red",
)

WALL = ".wall > a"
"""The tiles of a layer."""

FIRST_VIEW = """(selector, count) => {
    const first = () => [...document.querySelectorAll(selector)].slice(0, count);
    const drawn = new Set();
    let awaited;
    const look = () => {
        if (awaited && drawn.size === awaited.length)
            window.firstView ??= Math.max(...awaited.map(image => image.drawn));
    };
    new PerformanceObserver(list => {
        for (const { element, renderTime } of list.getEntries()) {
            element.drawn = renderTime;
            drawn.add(element);
        }
        look();
    }).observe({ type: 'element', buffered: true });
    new MutationObserver((_, parsing) => {
        const images = first().flatMap(tile => [...tile.querySelectorAll('img')]);
        for (const image of images) image.setAttribute('elementtiming', 'first view');
        if (first().length < count) return;
        parsing.disconnect();
        awaited = images;
        look();
    }).observe(document, { childList: true, subtree: true });
}"""
"""Notes when the last picture of the first tiles was on the screen, in ms since the visit began.

The browser tells it itself (https://w3c.github.io/element-timing/); a page that asks again and
again whether its pictures are there takes its own thread's time and sees them late.
"""

LOADED = """selector => new Promise(done => {
    const look = () => {
        const [visit] = performance.getEntriesByType('navigation');
        if (!window.firstView || !visit.loadEventEnd) return setTimeout(look, 5);
        done({first_view: window.firstView, load: visit.loadEventEnd,
            elements: document.querySelectorAll('*').length,
            tiles: document.querySelectorAll(selector).length});
    };
    look();
})"""

SORT = """key => new Promise(done => {
    const field = document.querySelector('select[name=sort]');
    const wall = document.querySelector('.wall'), before = performance.now();
    new MutationObserver((_, seen) => {
        seen.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
    }).observe(wall, {childList: true});
    field.value = key;
    field.dispatchEvent(new Event('input', {bubbles: true}));
})"""

READY = """() => ATLAS.search('').then(() => performance.now())"""
"""When the index can be searched, since the visit began."""

QUERY = """async text => {
    const before = performance.now();
    const found = await ATLAS.search(text);
    return [performance.now() - before, found.count];
}"""

TYPED = """text => new Promise(done => {
    const field = document.querySelector('main form.query input');
    const results = document.querySelector('.filters-found'), before = performance.now();
    new MutationObserver((_, seen) => {
        seen.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
    }).observe(results, {childList: true});
    field.value = text;
    field.dispatchEvent(new Event('input', {bubbles: true}));
})"""
"""From a letter to the results on the screen."""


def broad() -> Path:
    """Two layers of 2,048 filters."""
    if not BROAD.exists():
        made = synthetic_manifest(layers=2, filters=2048, images=200, made=96, sprites=True)
        publish(*made, BROAD)
    return BROAD


def wide() -> Path:
    """60 layers of 500 filters, with the names of ImageNet's classes."""
    if not WIDE.exists():
        from torchvision.models._meta import _IMAGENET_CATEGORIES as names

        manifest, read = synthetic_manifest(
            layers=60,
            filters=500,
            images=1000,
            size=(224, 224),
            made=96,
            labels=tuple(names),
            variants=False,
            diverse=0,
            sprites=True,
        )
        draw = random.Random(0)
        for layer in manifest["networks"][0]["layers"]:
            for filter in layer["filters"]:
                for place in (filter["examples"] or {}).get("classes", ()):
                    place["label"] = draw.choice(names)
        publish(manifest, read, WIDE)
    return WIDE


def rounds(root: str, visit: Callable[[Any, str], dict[str, float]]) -> dict[str, dict[str, float]]:
    """The medians of what a visit measures, first in a browser that was just started, then again.

    The second visit has a profile of its own: nothing of the first is in its cache.
    """
    told: dict[str, list[dict[str, float]]] = {"just started": [], "running": []}
    for _ in range(ROUNDS):
        with chromium() as browser:
            for visits in told.values():
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                visits.append(visit(page, root))
                page.close()
    return {
        state: {name: round(median(row[name] for row in visits), 1) for name in visits[0]}
        for state, visits in told.items()
    }


def layer(page: Any, root: str) -> dict[str, float]:
    """One visit of the layer: times in ms; ``work`` is what the page's own thread was busy for."""
    page.add_init_script(f"({FIRST_VIEW})('{WALL}', {TILES})")
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(root + LAYER, wait_until="commit")
    told: dict[str, float] = page.evaluate(LOADED, WALL)
    metrics = tools.send("Performance.getMetrics")["metrics"]
    told["work"] = next(1000 * row["value"] for row in metrics if row["name"] == "TaskDuration")
    keys = page.eval_on_selector_all(
        "select[name=sort] option[value]:not([value=''])", "all => all.map(o => o.value)"
    )
    told["first_sort"] = page.evaluate(SORT, keys[0])
    told["second_sort"] = page.evaluate(SORT, keys[1])
    return told


def search(page: Any, root: str) -> dict[str, float]:
    """One visit of the search: times in ms."""
    page.goto(root + "search/index.html", wait_until="domcontentloaded")
    told = {"ready": page.evaluate(READY)}
    first, *times = [page.evaluate(QUERY, text)[0] for text in QUERIES for _ in range(3)]
    told |= {"first_query": first, "query": median(times), "worst_query": max(times)}
    typed = [page.evaluate(TYPED, text) for text in ("dog", "terrier", "499")]
    return {**told, "typed": max(typed)}


def main() -> None:
    """Both, from disk and from a server."""
    result: dict[str, Any] = {"rounds": ROUNDS, "queries": QUERIES}
    sites = ("layer", broad(), layer), ("search", wide(), search)
    os.sync()  # or the disk would be writing what was just made
    for name, out, visit in sites:
        with both(out) as roots:
            result[name] = {place: rounds(root, visit) for place, root in roots.items()}
    result["search"]["index_bytes"] = (WIDE / "search" / "index.js").stat().st_size
    write("browser", result)


if __name__ == "__main__":
    main()
