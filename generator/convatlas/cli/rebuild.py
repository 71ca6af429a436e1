"""Rebuild the pages from the store whenever templates or the author's own texts change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from convatlas.config.custom_content import beside, own_texts
from convatlas.config.read import Configuration
from convatlas.opening.configuration import check_without_files, read
from convatlas.pipeline import check_places, republish
from convatlas.rendering.progress import silence
from convatlas.site.templating.theme import folders
from convatlas.store.store import Store


@dataclass
class Rebuilding:
    """An atlas whose pages are rebuilt; nothing is rendered, and torch is not needed."""

    file: Path
    environment: Mapping[str, str]
    store: Path | None
    out: Path
    known: Configuration | None = field(default=None, init=False)  # the last one without mistakes

    def rebuild(self) -> str:
        """Rebuild the pages from the store and return a message about it.

        Raises:
            AtlasError: the atlas file, a template or a text has a mistake, or the store is too old.
        """
        self.known = configuration = read(self.file, self.environment, check_without_files)
        place = self.store or configuration.resolve(configuration.atlas.store)
        check_places(configuration, place, self.out)
        with Store(place) as records:
            published = republish(configuration, records, self.out, silence).published
        assert published is not None
        return f"{published.written} files written, {published.removed} removed"

    def sources(self) -> Iterator[Path]:
        """Yield the files and folders that the pages are built from, except the store."""
        yield from (self.file, *folders("templates"), *folders("static"))
        if self.known is not None:
            yield from _named(self.known)


def _named(configuration: Configuration) -> Iterator[Path]:
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
