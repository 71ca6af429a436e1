"""The files beside the atlas file that only the site's pages are made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from convatlas.config.custom_content import beside, own_texts
from convatlas.config.read import Configuration


def site_sources(configuration: Configuration) -> Iterator[Path]:
    """Yield what the atlas file names for the site: theme, logo, and pages with their pictures."""
    site = configuration.atlas.site
    if site.theme:
        theme = configuration.resolve(site.theme)
        yield from (theme / "templates", theme / "static")
    if site.logo:
        yield configuration.resolve(site.logo)
    yield from (configuration.resolve(extra.file) for extra in site.extra)
    for text in own_texts(configuration.document.value, configuration.folder):
        for target in text.targets:
            if target.kind == "picture":
                yield configuration.resolve(beside(text.file, target.address))
