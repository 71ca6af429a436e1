"""How to cite a filter, and how to reproduce its pictures."""

from __future__ import annotations

import glob
import re
import shlex
from dataclasses import dataclass

from convatlas.model.manifest import Filter, Layer, Manifest, Network, layer_folder


@dataclass(frozen=True)
class Cite:
    """Texts to copy; ``url`` is the filter's page, empty if ``site.url`` is not configured."""

    name: str  # "squeezenet/features.9.expand3x3/66"
    text: str
    bibtex: str
    command: str
    url: str


def cite(site: Manifest, network: Network, layer: Layer, filter: Filter) -> Cite:
    """Return the texts for citing and reproducing a filter."""
    name = f"{network['name']}/{layer['name']}/{filter['index']}"
    title = f"{site['title']}: {name}"
    base = (site["url"] or "").rstrip("/")
    url = f"{base}/{layer_folder(layer)}{filter['href']}" if base else ""
    return Cite(
        name=name,
        text=f"{title}. Made with convatlas {site['version']}." + (f" {url}" if url else ""),
        bibtex=_bibtex(name, title, site["version"], url),
        command=f"convatlas build -c atlas.yaml --only {shlex.quote(glob.escape(name))}",
        url=url,
    )


def _bibtex(name: str, title: str, version: str, url: str) -> str:
    key = re.sub(r"[^A-Za-z0-9.:-]+", "-", name)
    fields = {"title": f"{{{_escaped(title)}}}", "howpublished": f"convatlas {version}", "url": url}
    lines = [f"  {field} = {{{value}}}" for field, value in fields.items() if value]
    return "\n".join([f"@misc{{{key},", ",\n".join(lines), "}"])


def _escaped(text: str) -> str:
    """Escape a text for BibTeX."""
    return re.sub(r"([#$%&_{}])", r"\\\1", text)
