"""The files and folders that an atlas names, from which a build opens or makes anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from convatlas.config.picture_references import references
from convatlas.config.read import Configuration
from convatlas.config.site_sources import site_sources
from convatlas.config.sources import is_file, is_folder, parse_source
from convatlas.images.label_sources import OWN
from convatlas.model.records import Json


def named_paths(configuration: Configuration) -> dict[str, list[str]]:
    """Return what an atlas names, as absolute paths by kind (see ``inputs.KINDS``); some may be
    missing.

    What else is read when a network is opened is known only then. The store is left out: builds
    write to it, and have the receipts of its records.
    """
    resolve, pictures = configuration.resolve, [*_pictures(configuration)]
    document = configuration.document
    texts = {*map(resolve, [*_texts(document.written), *_texts(document.value)])}
    texts.discard(resolve(configuration.atlas.store))
    found = [*filter(is_file, texts), *site_sources(configuration)]
    found += [folder / name for folder in pictures for name in OWN]
    return {
        "files": _sorted(path for path in found if not is_folder(path)),
        "trees": _sorted(path for path in found if is_folder(path)),
        "pictures": _sorted(pictures),
    }


def _pictures(configuration: Configuration) -> Iterator[Path]:
    """Yield the folders of image sets, probes and hypotheses."""
    atlas = configuration.atlas
    for entry in atlas.images:
        source = parse_source(entry.source)
        if source.kind == "folder":
            yield configuration.resolve(source.target)
    for reference in references(atlas):
        if reference.folder:
            yield configuration.resolve(reference.text)


def _texts(value: Json) -> Iterator[str]:
    """Yield every text in an atlas file that may be a path, or have one in it."""
    if isinstance(value, str):
        yield from (value, value.rpartition(":")[0], value.partition(":")[2])
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _sorted(paths: Iterable[Path]) -> list[str]:
    return sorted({str(path.absolute()) for path in paths})
