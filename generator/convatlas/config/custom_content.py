"""What the author of an atlas writes: texts in Markdown, and references to filters."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from convatlas.config.content import content
from convatlas.config.filters import network_of
from convatlas.config.markdown import EXTERNAL, Target, targets
from convatlas.config.raw_values import Place, entries, text_of
from convatlas.config.section import LONGEST_LINE
from convatlas.model.records import Json

ATLAS = "atlas:"
"""The prefix of links to a network, layer or filter: ``atlas:squeezenet/features.0/3``."""


LARGEST_TEXT = 2**18
"""The size of the largest page that is read, in bytes: some 50,000 words.

Parsing a larger one could take minutes."""


@dataclass(frozen=True)
class OwnText:
    """A Markdown text, either in the atlas file or in a file that it names."""

    path: Place  # of the text, or of the file's name, in the atlas file
    text: str
    file: str = ""  # as written in the atlas file; empty if the text is in the atlas file itself

    @property
    def targets(self) -> list[Target]:
        """The links and pictures in the text."""
        return targets(self.text, block=bool(self.file))

    def said(self, target: Target) -> str:
        """Return the prefix of a message about a link or picture: file and line, if any."""
        return f"{self.file}, line {target.line}: " if self.file else ""


@dataclass(frozen=True)
class Named:
    """A reference to a network, layer or filter, in the atlas file or in a text that it names."""

    path: Place
    text: str
    key: bool = False  # whether the name is the last key of the path rather than its value
    said: str = ""  # prefix of a message about it
    link: bool = False  # whether it may also name a network or a layer
    shown: bool = True  # whether it must have a page in the site


def own_texts(data: Json, folder: Path) -> Iterator[OwnText]:
    """Yield all Markdown texts; those that cannot be read or are too long are skipped."""
    site = data.get("site") if isinstance(data, dict) else None
    footer = text_of(site, "footer")
    if footer and len(footer) <= LONGEST_LINE:
        yield OwnText(("site", "footer"), footer)
    for index, entry in entries(site, "extra"):
        name = text_of(entry, "file")
        text = read_text(folder / name) if name else None
        if name and text:
            yield OwnText(("site", "extra", index, "file"), text, name)
    for filter, note in notes(data):
        remark = text_of(note, "remark")
        if remark and len(remark) <= LONGEST_LINE:
            yield OwnText(("notes", filter, "remark"), remark)


def notes(data: Json) -> Iterator[tuple[str, Json]]:
    """Yield each filter that has a note, as written, with its note, which may be of any type."""
    given = data.get("notes") if isinstance(data, dict) else None
    yield from (given if isinstance(given, dict) else {}).items()


def read_text(file: Path) -> str | None:
    """Return the content of a text file, or None if it cannot be read as UTF-8 or is too large."""
    try:
        return content(file, LARGEST_TEXT).decode("utf-8-sig")
    except (OSError, ValueError):
        return None


def named(data: Json, folder: Path) -> Iterator[Named]:
    """Yield all references to networks, layers and filters, in the order of the file."""
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
    """Split ``network``, ``network/layer`` or ``network/layer/index`` into its parts.

    Only a known network may have a slash in its name.

    Raises:
        ValueError: the text has another form.
    """
    network = text if text in networks else network_of(text, networks)
    layer, slash, index = text[len(network) + 1 :].partition("/")
    decimal = index.isascii() and index.isdigit() and len(index) < 10
    if not network or (slash and not (layer and decimal)):
        raise ValueError("write NETWORK, NETWORK/LAYER or NETWORK/LAYER/INDEX")
    return network, layer or None, int(index) if slash else None


def is_external(address: str) -> bool:
    """Return whether an address leads out of the site."""
    return EXTERNAL.match(address) is not None


def beside(file: str, address: str) -> str:
    """Return the path, as the atlas file would write it, of an address relative to ``file``."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(address)))
