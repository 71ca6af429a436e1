"""The source of a folder's labels: a configured file, a file in the folder, or its subfolders."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from convatlas.config import schema
from convatlas.config.read import Configuration
from convatlas.config.sources import is_file
from convatlas.errors import Problem
from convatlas.images.labels import Label, from_folders, read_labels

log = logging.getLogger(__name__)

NONE = "none"
"""The value of ``labels`` for an image set whose classes are not to be used."""

OWN = ("labels.json", "labels.csv")
"""Names of label files that are found in the folder itself; the first that exists is used."""


def labels_of(
    entry: schema.ImageSet, configuration: Configuration, folder: Path, names: Sequence[str]
) -> Mapping[str, Label]:
    """Return the labels of a folder's files, by file name.

    Raises:
        ConfigError: the configured label file cannot be used.
    """
    if entry.labels == NONE:
        return {}
    labels = (
        _own(entry, folder, names)
        if entry.labels is None
        else _named(entry, entry.labels, configuration, names)
    )
    if labels is None:
        return from_folders(names)
    lacking = len(names) - len(labels)
    if lacking:
        log.warning("%s: %d of %d images have no label", entry.name, lacking, len(names))
    return labels


def _named(
    entry: schema.ImageSet, file: str, configuration: Configuration, names: Sequence[str]
) -> Mapping[str, Label]:
    place = (*configuration.place(entry), "labels")
    try:
        return read_labels(configuration.resolve(file)).of(names)
    except ValueError as error:
        configuration.fail([Problem(place, f"{file} {error}")])
    except OSError as error:
        configuration.fail([Problem(place, f"{file} cannot be read ({error.strerror})")])


def _own(entry: schema.ImageSet, folder: Path, names: Sequence[str]) -> Mapping[str, Label] | None:
    """Return the labels of a label file in the folder, or None if it has none for its files."""
    file = next((folder / name for name in OWN if is_file(folder / name)), None)
    if file is None:
        return None
    try:
        return read_labels(file).of(names)
    except (ValueError, OSError) as error:
        why = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
        remedy = "or name another file in `labels`; until then its folders are the classes"
        log.warning("%s: %s in its folder %s, %s", entry.name, file.name, why, remedy)
        return None
