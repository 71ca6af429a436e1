"""Two sites with every kind of page there is, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from convatlas.site.publish import publish
from support.customized import customized, parsed
from support.gathered_pages import as_layers
from support.made_up_comparison import with_comparison
from support.synthetic import Manifest, Read, synthetic_manifest
from support.synthetic_circuits import with_circuits
from support.synthetic_edits import with_edits
from support.synthetic_effects import with_effects
from support.synthetic_traces import traced

PAGES = {
    "home": "index.html",
    "network": "net0/index.html",
    "layer": "net0/features.1/index.html",
    "layer of a broad network": "net1/features.0/index.html",
    "its second part": "net1/features.0/index-2.html",
    "unreached layer": "net0/features.3/index.html",
    "filter": "net0/features.1/2.html",
    "filter alone on a card": "net0/features.1/2.html#card",
    "filter of the first layer": "net0/features.0/0.html",
    "failing filter": "net0/features.1/7.html",
    "dead filter": "net0/features.1/3.html",
    "tried filter": "net0/features.1/11.html",
    "bare filter": "net0/features.1/5.html",
    "filter of the whole image": "net0/features.2/1.html",
    "unreached filter": "net0/features.3/1.html",
    "classes": "net0/classes/index.html",
    "class": "net0/classes/bannister.html",
    "edits": "edits/index.html",
    "edit": "edits/border/index.html",
    "class without images": "net0/classes/no-label-at-all-.html",
    "set": "images/photos/index.html",
    "image": "images/photos/{image}.html",
    "probes": "probes/index.html",
    "probe": "probes/probe0/index.html",
    "followed": "probes/probe0/net0/index.html",
    "comparison": "compare/net0--net1/index.html",
    "compared layer": "compare/net0--net1/features.2.html",
    "timeline": "compare/net0--net1/timeline.html",
    "claims": "hypotheses/index.html",
    "search": "search/index.html",
    "results": "search/index.html?q=bannister",
    "help": "help/index.html",
    "glossary": "about/glossary.html",
    "about": "about/index.html",
    "own page": "about/A-tour.html",
}
"""A page of each kind, where every filter has its own."""

MISSING = "net0/gone/nothing.html"
"""Where a host shows ``404.html``."""

GATHERED = {
    "filters of a layer": "net0/features.1/filters-0.html",
    "one of them": "net0/features.1/filters-0.html#7",
    "one alone on a card": "net0/features.1/filters-0.html#7-card",
    "layer of gathered filters": "net0/features.1/index.html",
    "image of gathered filters": "images/photos/{image}.html",
}
"""Those that differ where a page holds many filters."""

ATLAS = """
models: [{name: net0, source: x:y}, {name: net1, source: x:y}]
notes:
  net0/features.1/2: windows
  net0/features.1/4: {remark: "As *[2](atlas:net0/features.1/2)*: rows & columns."}
site:
  url: https://example.org/some/repo
  logo: logo.png
  footer: "By **us**, [there](https://us.org)"
  extra: [{title: A tour, file: tour.md}]
  highlights: [net1/features.0/1, {filter: net0/features.1/2, text: Windows & doors}]
"""
TOUR = """From [here](atlas:net0/features.1) [on](#next).

## Next

| a | b |
|---|---|
| 1 | 2 |

![noise](noise.png)
"""


class GateSite(NamedTuple):
    """A published site, and by its kind where each page stands, told from the root."""

    out: Path
    pages: Mapping[str, str]


def published(out: Path, *, gathered: bool = False) -> GateSite:
    """Publish it.

    Args:
        gathered: As ``site.pages: layer`` makes it.
    """
    told, read = manifest(out.parent / "owner", gathered=gathered)
    publish(told, read, out)
    image = next(iter(told["image_sets"][0]["images"]))
    pages = GATHERED if gathered else PAGES
    return GateSite(out, {kind: path.format(image=image) for kind, path in pages.items()})


def manifest(folder: Path, *, gathered: bool) -> tuple[Manifest, Read]:
    """Two networks, probes, claims, attribution, classes, notes, pages.

    One layer may need two pages.
    """
    made = synthetic_manifest(
        networks=2, layers=4, filters=16, probes=2, hypotheses=4, sprites=True
    )
    told, read = with_comparison(with_circuits(with_effects(traced(made))), timeline=True)
    if gathered:
        told = as_layers(told)
    else:
        _broaden(told["networks"][1]["layers"][0])
    with_edits((told, read))
    _write(folder)
    return customized((told, read), parsed(ATLAS, folder))


def _broaden(layer: Manifest) -> None:
    """530 filters, most of them bare, so that they take little time: a full page, and another."""
    bare = layer["filters"][5]
    layer["filters"] += [{**bare, "index": i, "href": f"{i}.html"} for i in range(16, 530)]
    layer["health"]["filters"] = len(layer["filters"])


def _write(folder: Path) -> None:
    """What an owner brings, in real files."""
    folder.mkdir(parents=True)
    (folder / "tour.md").write_text(TOUR)
    for name in ("noise.png", "logo.png"):
        Image.new("RGB", (64, 32), "teal").save(folder / name)
