"""Where the labels of a folder of images come from: the configuration, the folder, its folders."""

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
"""Written as ``labels`` of an image set whose classes are nobody's business."""

OWN = ("labels.json", "labels.csv")
"""Files that give labels to the folder that they stand in, without being named; the first counts"""


def labels_of(
    entry: schema.ImageSet, configuration: Configuration, folder: Path, names: Sequence[str]
) -> Mapping[str, Label]:
    """The labels of a folder's files, by their names.

    Raises:
        ConfigError: the configuration names a file of labels that cannot be used.
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
    """What a file of labels in the folder says; None without one, or where it says nothing."""
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
