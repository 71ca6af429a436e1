"""What readers of an atlas file make their own: texts in Markdown, and the filters they name."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from convatlas.config.markdown import EXTERNAL, Target, targets
from convatlas.config.raw_values import Place, entries, text_of
from convatlas.config.sources import is_file
from convatlas.model.records import Json

ATLAS = "atlas:"
"""How a link to the page of a network, layer or filter begins: ``atlas:squeezenet/features.0/3``"""


@dataclass(frozen=True)
class OwnText:
    """A text in Markdown: of the atlas file itself, or of a file that it names."""

    path: Place  # where the atlas file has or names it
    text: str
    file: str = ""  # as written in the atlas file

    @property
    def targets(self) -> list[Target]:
        """Its links and pictures."""
        return targets(self.text, block=bool(self.file))

    def said(self, target: Target) -> str:
        """What a sentence about one of its links begins with."""
        return f"{self.file}, line {target.line}: " if self.file else ""


@dataclass(frozen=True)
class Named:
    """A network, layer or filter that the atlas file, or a text that it names, refers to."""

    path: Place
    text: str
    key: bool = False  # the last key of the path has the name
    said: str = ""  # what a sentence about it begins with
    link: bool = False  # whether it may be a network or a layer, too
    shown: bool = True  # whether it has to have a page


def own_texts(data: Json, folder: Path) -> Iterator[OwnText]:
    """All texts in Markdown; of files, those that can be read."""
    site = data.get("site") if isinstance(data, dict) else None
    footer = text_of(site, "footer")
    if footer:
        yield OwnText(("site", "footer"), footer)
    for index, entry in entries(site, "extra"):
        name = text_of(entry, "file")
        text = read_text(folder / name) if name else None
        if name and text:
            yield OwnText(("site", "extra", index, "file"), text, name)
    for filter, note in notes(data):
        remark = text_of(note, "remark")
        if remark:
            yield OwnText(("notes", filter, "remark"), remark)


def notes(data: Json) -> Iterator[tuple[str, Json]]:
    """The filters that have notes, as written, with the notes of whatever type."""
    given = data.get("notes") if isinstance(data, dict) else None
    yield from (given if isinstance(given, dict) else {}).items()


def read_text(file: Path) -> str | None:
    """A text file; None where there is none that can be read as UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig") if is_file(file) else None
    except (OSError, UnicodeDecodeError):
        return None


def named(data: Json, folder: Path) -> Iterator[Named]:
    """All networks, layers and filters that are referred to, in the order of the file."""
    for filter, _ in notes(data):
        yield Named(("notes", filter), filter, key=True, shown=False)
    site = data.get("site") if isinstance(data, dict) else None
    highlights = site.get("highlights") if isinstance(site, dict) else None
    for index, each in enumerate(highlights if isinstance(highlights, list) else []):
        path: Place = ("site", "highlights", index)
        inside = text_of(each, "filter")
        if isinstance(each, str):
            yield Named(path, each)
        elif inside:
            yield Named((*path, "filter"), inside)
    for text in own_texts(data, folder):
        for target in text.targets:
            if target.kind == "link" and target.address.startswith(ATLAS):
                address = unquote(target.address.removeprefix(ATLAS))
                yield Named(text.path, address, said=text.said(target), link=True)


def parts(text: str, networks: Collection[str]) -> tuple[str, str | None, int | None]:
    """Network, layer and index of ``network``, ``network/layer`` or ``network/layer/index``.

    Raises:
        ValueError: the text has another form.
    """
    known = [name for name in networks if text == name or text.startswith(f"{name}/")]
    network = max(known, key=len) if known else text.partition("/")[0]
    layer, slash, index = text[len(network) + 1 :].partition("/")
    decimal = index.isascii() and index.isdigit() and len(index) < 10
    if not network or (slash and not (layer and decimal)):
        raise ValueError("write NETWORK, NETWORK/LAYER or NETWORK/LAYER/INDEX")
    return network, layer or None, int(index) if slash else None


def is_external(address: str) -> bool:
    """Whether an address leads out of the site."""
    return EXTERNAL.match(address) is not None


def beside(file: str, address: str) -> str:
    """A path as the atlas file would write it, for an address in a text file beside it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(address)))
