"""Every kind of page of a site, in every width, scheme, place and way: ``sweep.py SITE [COUNT]``.

Of each kind ``COUNT`` pages spread over the site (3) are opened in all 40 combinations and looked
at by axe-core in both schemes, and their links are followed. Prints what is wrong, each once with
where it was first seen and how often, and leaves with 1 if there is anything.
"""

from __future__ import annotations

import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from machine import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from support.browsing import Visit, axe, both, chromium, dead_links, faults

WIDTHS = (320, 360, 768, 1280, 1920)
SCHEMES = ("light", "dark")
KINDS = {
    "home": r"index\.html",
    "network": r"[^/]+/index\.html",
    "classes": r"[^/]+/classes/index\.html",
    "class": r"[^/]+/classes/[^/]+\.html",
    "layer": r"[^/]+/[^/]+/index\.html",
    "further part of a layer": r"[^/]+/[^/]+/index-\d+\.html",
    "filter": r"[^/]+/[^/]+/\d+\.html",
    "set": r"images/[^/]+/index(-\d+)?\.html",
    "image": r"images/[^/]+/[^/]+\.html",
    "probe": r"probes/[^/]+/index\.html",
    "followed": r"probes/[^/]+/[^/]+/index\.html",
    "comparison": r"compare/[^/]+/index\.html",
    "timeline": r"compare/[^/]+/timeline\.html",
    "pairs of a layer": r"compare/[^/]+/[^/]+\.html",
}
"""Patterns of paths; a page that fits none is a kind of its own (about, search, ...)."""
OWN = re.compile(r"(compare|images|probes|hypotheses|search|about|help|glossary)/")


def main(out: Path, count: int) -> int:
    """All combinations, then axe, then links; how many kinds of faults there were."""
    found: dict[str, list[str]] = defaultdict(list)
    chosen, started = sample(out, count), time.monotonic()
    print(f"{sum(map(len, chosen.values()))} pages of {len(chosen)} kinds", flush=True)
    with chromium() as browser, both(out) as roots:
        for place, scheme, script in product(roots, SCHEMES, (True, False)):
            options = {"color_scheme": scheme, "java_script_enabled": script}
            with Visit(browser, roots[place], **options) as visit:
                for kind, path in pages(chosen, place):
                    for width in WIDTHS:
                        visit.page.set_viewport_size({"width": width, "height": 800})
                        where = f"{path} at {width} px, {place}, {scheme}, script {script}"
                        for fault in faults(visit, path, script):
                            found[f"{kind}: {fault}"].append(where)
        for scheme, width in product(SCHEMES, (390, 1280)):
            size = {"width": width, "height": 900}
            with Visit(browser, roots["http"], color_scheme=scheme, viewport=size) as visit:
                for kind, path in pages(chosen, "http"):
                    visit.page.goto(roots["http"] + path)
                    for fault in axe(visit.page):
                        found[f"{kind}: {fault}"].append(f"{path} at {width} px, {scheme}")
        with Visit(browser, roots["file"]) as visit:
            for kind, path in pages(chosen, "file"):
                visit.page.goto(roots["file"] + path)
                for link in dead_links(visit.page, out):
                    found[f"{kind}: dead link {link}"].append(path)
    for fault, places in sorted(found.items()):
        print(f"{len(places)} times {' '.join(fault.split())}\n    {places[0]}")
    print(f"{len(found)} kinds of faults in {time.monotonic() - started:.0f} s")
    return len(found)


def sample(out: Path, count: int) -> dict[str, list[str]]:
    """The paths of the chosen pages, by kind."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for file in sorted(out.rglob("*.html")):
        path = file.relative_to(out).as_posix()
        kinds[kind_of(path)].append(path)
    return {
        kind: sorted(
            {paths[place * (len(paths) - 1) // max(count - 1, 1)] for place in range(count)}
        )
        for kind, paths in kinds.items()
    }


def kind_of(path: str) -> str:
    """Which kind of page stands there."""
    own = OWN.match(path)
    for kind, pattern in KINDS.items():
        if re.fullmatch(pattern, path) and (not own or pattern.startswith(own[1])):
            return kind
    return path


def pages(chosen: dict[str, list[str]], place: str) -> Iterator[tuple[str, str]]:
    """Kind and path; the page of what is not found is made for the addresses of a host alone."""
    for kind, paths in chosen.items():
        if not (kind == "404.html" and place == "file"):
            yield from ((kind, path) for path in paths)


if __name__ == "__main__":
    folder, number = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if sys.argv[2:] else 3
    sys.exit(min(main(folder, number), 1))
