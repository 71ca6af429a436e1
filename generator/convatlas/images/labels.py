"""The labels of an image set: the class of each file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from convatlas.config.content import content
from convatlas.images import label_csv as table
from convatlas.model.records import Json

LARGEST = 2**28
"""The size of the largest label file that is read, in bytes."""

LAST_INDEX = 2**31 - 1
"""The highest index of a class."""


class Label(NamedTuple):
    """A class name, and the class index if known."""

    name: str | None = None
    target: int | None = None


@dataclass(frozen=True)
class Given:
    """The content of a label file: the label of each file, or the order of the class folders."""

    files: Mapping[str, Label] = field(default_factory=dict)
    classes: Sequence[str] = ()

    def of(self, names: Iterable[str]) -> dict[str, Label]:
        """Return the labels of the files that have one, by the given names.

        Raises:
            ValueError: none of the listed files or folders exists; the message gives the remedy.
        """
        names = list(names)
        found = self._of_folders(names) if self.classes else self._of_files(names)
        if names and not found:
            written = next(iter(self.files), "")
            message = f"names none of the set's files; it has '{written}', the set has '{names[0]}'"
            raise ValueError(f"{message}: write paths relative to the set's folder")
        return found

    def _of_files(self, names: Iterable[str]) -> dict[str, Label]:
        spelled = ((name, spelling(name)) for name in names)
        return {name: self.files[same] for name, same in spelled if same in self.files}

    def _of_folders(self, names: Iterable[str]) -> dict[str, Label]:
        found = from_folders(names, self.classes)
        folders = {label.name for label in found.values()}
        if found and folders.isdisjoint(self.classes):
            message = (
                f"has the class '{self.classes[0]}', the set the folder '{min(map(str, folders))}'"
            )
            raise ValueError(f"lists classes that are none of the set's folders; it {message}")
        if not found:
            message = "where no file of the set lies in a folder"
            raise ValueError(f'lists classes {message}; write {{"file.jpg": "label", ...}}')
        return found


def from_folders(names: Iterable[str], classes: Sequence[str] = ()) -> dict[str, Label]:
    """Label each file with its first folder; the index counts the folders.

    Folders in ``classes`` come first, in that order, whether they exist or not, followed by the
    other folders sorted by name. Files outside a subfolder have no label.
    """
    tops = {name: spelling(name).partition("/")[0] for name in names if "/" in name}
    others = sorted(set(tops.values()).difference(classes))
    order = {folder: index for index, folder in enumerate([*classes, *others])}
    return {name: Label(folder, order[folder]) for name, folder in tops.items()}


def spelling(name: str) -> str:
    """Normalise a path for comparison: ``/`` as separator, and accents in one Unicode form."""
    return normalize("NFC", name.replace("\\", "/").removeprefix("./"))


def read_labels(path: Path) -> Given:
    """Read the labels in a .json or .csv file, by the files' relative paths.

    JSON is ``{"file": "label"}`` or ``{"files": {"file": {"index": 0, "name": "label"}}}``, where
    other keys are ignored, or ``{"classes": ["folder", ...]}``, the order of the class folders. CSV
    has a header ``file,label`` or ``file,label,index`` and is separated by commas.

    Raises:
        ValueError: the file has another form; the message gives the fault and the remedy.
        OSError: the file cannot be read.
    """
    try:
        text = content(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text; save it as UTF-8") from None
    if path.suffix.lower() != ".csv":
        return _from_json(text)
    rows = table.rows(text)
    return Given({spelling(file): Label(name, index) for file, name, index in rows})


def _from_json(text: str) -> Given:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error}); correct it") from None
    entries = data.get("files", data) if isinstance(data, dict) else data
    if isinstance(data, dict) and "files" not in data and isinstance(data.get("classes"), list):
        return Given(classes=_classes(data["classes"]))
    if not isinstance(entries, dict) or not entries:
        raise ValueError('names no file; write {"file.jpg": "label", ...}')
    return Given({spelling(name): _label(name, value) for name, value in entries.items()})


def _classes(names: list[Json]) -> tuple[str, ...]:
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError('lists classes that are no names; write {"classes": ["folder", ...]}')
    classes = tuple(map(spelling, names))
    twice = next((name for name, count in Counter(classes).items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"lists the class '{twice}' twice; a class has one index")
    return classes


def _label(name: str, value: Json) -> Label:
    if isinstance(value, str) and value:
        return Label(value)
    if isinstance(value, Mapping):
        title, index = value.get("name"), value.get("index")
        known = title is not None or index is not None
        if known and isinstance(title, str | None) and _is_index(index):
            return Label(title if title is not None else str(index), index)
    raise ValueError(
        f"gives {name!r} no label that can be read; "
        'write "label" or {"index": 0, "name": "label"}'
    )


def _is_index(value: Json) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value is None or (whole and 0 <= value <= LAST_INDEX)
