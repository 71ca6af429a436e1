"""Whether data sets from code are those that were opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from convatlas.config.sources import Source, parse_source
from convatlas.model.records import Json


def changed_datasets(atlas: Json, folder: Path, known: Collection[str]) -> Iterator[str]:
    """Yield the names of the data sets from code that have no fingerprint, or another one.

    Those of our own package are left out: they are functions of code and arguments.

    Args:
        atlas: the values of an atlas file without mistakes.
        folder: the atlas file's folder.
        known: what the memo calls the data sets that were opened.
    """
    for entry in atlas.get("images") or ():
        source = parse_source(entry["source"])
        if source.kind != "folder" and not _is_ours(source) and _key(entry, folder) not in known:
            yield entry["name"]


def _is_ours(source: Source) -> bool:
    return source.kind == "module" and source.target.startswith(f"{__name__.partition('.')[0]}.")


def _key(entry: Json, folder: Path) -> str | None:
    """Return what the memo calls a data set; None if there is no telling."""
    from convatlas.config.user_code import UserCodeError, call, value_of
    from convatlas.images.dataset_memo import loaded_by, memo_key

    text, source = entry["source"], parse_source(entry["source"])
    if source.kind == "torchvision":
        return None
    try:
        dataset = loaded_by(value_of(source, entry.get("arguments") or {}, folder))
        return call(lambda: memo_key(dataset, text), text)
    except UserCodeError:  # the build that follows tells of it
        return None
