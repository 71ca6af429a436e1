"""Rebuild the pages from the store whenever templates or the author's own texts change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from convatlas.config.read import Configuration
from convatlas.config.site_sources import site_sources
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
            yield from site_sources(self.known)
