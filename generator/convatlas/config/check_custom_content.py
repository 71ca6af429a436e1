"""Checks of `site` and `notes` that need no network or image set to be opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from convatlas.config.custom_content import (
    ATLAS,
    LARGEST_TEXT,
    Named,
    OwnText,
    beside,
    is_external,
    named,
    notes,
    own_texts,
    parts,
    read_text,
)
from convatlas.config.filters import identity
from convatlas.config.markdown import Target
from convatlas.config.picture_size import LOGOS, SHOWN, read_picture
from convatlas.config.raw_values import Place, entries, missing, text_of, texts
from convatlas.config.sources import is_file, is_folder
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json

_UNREADABLE = f"is no UTF-8 text of at most {LARGEST_TEXT:,} bytes; save it as UTF-8, or split it"


@dataclass(frozen=True)
class _Known:
    """What the rest of the file says, and the folder that its paths are relative to."""

    folder: Path
    networks: Collection[str]
    pages: Collection[str]  # files of the pages in `site.extra`


def check_own(data: dict[str, Json], folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with `site` and `notes`.

    ``data`` holds plain values that may be of any type.
    """
    site = data.get("site")
    networks = [text_of(entry, "name") for _, entry in entries(data, "models")]
    pages = [text_of(entry, "file") for _, entry in entries(site, "extra")]
    names = dict.fromkeys(name for name in networks if name)
    known = _Known(folder, names, {_plain(page) for page in pages if page})
    yield from _address(text_of(site, "url"))
    theme = text_of(site, "theme")
    if theme is not None and not is_folder(folder / theme):
        yield Problem(("site", "theme"), missing("folder", theme))
    yield from _logo(text_of(site, "logo"), folder)
    yield from _pages(site, folder)
    yield from _kept(site)
    yield from _notes(data, known)
    for name in named(data, folder):
        yield from _name(name, known)
    for text in own_texts(data, folder):
        for target in text.targets:
            message = _target(target, text, known)
            if message:
                yield Problem(text.path, text.said(target) + message)


def _address(url: str | None) -> Iterator[Problem]:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and not url.split()[1:]
        extra = parts.query or parts.fragment
    except ValueError:
        fine, extra = None, ""
    if not fine or extra:
        message = f"'{url}' is no address of a site; write https://HOST/ or https://HOST/FOLDER/"
        yield Problem(("site", "url"), message)


def _logo(logo: str | None, folder: Path) -> Iterator[Problem]:
    if logo is not None:
        message = _picture(logo, folder, LOGOS)
        if message:
            yield Problem(("site", "logo"), message)


def _picture(name: str, folder: Path, suffixes: Sequence[str]) -> str:
    """Return why a picture cannot be shown, or an empty string."""
    file = folder / name
    if file.suffix.lower() not in suffixes:
        return f"{name} is no picture that every browser shows; take {', '.join(suffixes)}"
    if not is_file(file):
        return missing("file", name)
    try:
        read_picture(file)
    except ValueError as error:
        return f"{name} {error}"
    return ""


def _pages(site: Json, folder: Path) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, entry in entries(site, "extra"):
        path: Place = ("site", "extra", index)
        title, name = text_of(entry, "title"), text_of(entry, "file")
        if title is not None and title in first:
            message = f"extra[{first[title]}] has the same title; give every page its own"
            yield Problem((*path, "title"), message)
        first.setdefault(title or "", index)
        if name is None:
            continue
        if not is_file(folder / name):
            yield Problem((*path, "file"), missing("file", name))
        elif read_text(folder / name) is None:
            yield Problem((*path, "file"), f"{name} {_UNREADABLE}")


def _kept(site: Json) -> Iterator[Problem]:
    for index, pattern in texts(site.get("keep") if isinstance(site, dict) else None):
        if pattern.startswith("/") or not {"", ".", ".."}.isdisjoint(
            pattern.rstrip("/").split("/")
        ):
            message = f"'{pattern}' is no path in the site's folder; write CNAME or papers/*.pdf"
            yield Problem(("site", "keep", index), message)


def _notes(data: dict[str, Json], known: _Known) -> Iterator[Problem]:
    first: dict[object, str] = {}
    for filter, note in notes(data):
        if isinstance(note, dict) and not note:
            yield Problem(("notes", filter), "the note is empty; add `name` or `remark`")
        try:
            about = identity(filter, known.networks)
        except ValueError:
            continue
        if about in first:
            message = f"'{first[about]}' is the same filter; keep one of them"
            yield Problem(("notes", filter), message, key=True)
        first.setdefault(about, filter)


def _name(name: Named, known: _Known) -> Iterator[Problem]:
    """Check a reference to a network, layer or filter as far as the file alone allows."""
    try:
        if name.link:
            network = parts(name.text, known.networks)[0]
        else:
            network = identity(name.text, known.networks).network
    except ValueError as error:
        message = f"{name.said}'{name.text}' names no {'page' if name.link else 'filter'}; {error}"
        yield Problem(name.path, message, key=name.key)
        return
    if network not in known.networks:
        message = f"no network is called '{network}'; {did_you_mean(network, known.networks)}"
        yield Problem(name.path, name.said + message, key=name.key)


def _target(target: Target, text: OwnText, known: _Known) -> str:
    """Return why a link or picture cannot be published as written, or an empty string."""
    if target.kind == "picture":
        return _shown(target.address, text, known)
    if is_external(target.address):
        return ""
    if text.path == ("site", "footer"):
        what = f"the footer stands on pages of all folders, and the link {target.address} on none"
        return f"{what}; write a full address: https://..."
    if target.address.startswith(ATLAS) or (text.file and target.address.startswith("#")):
        return ""
    page = beside(text.file, target.address.partition("#")[0])
    if text.file and page in known.pages:
        return ""
    return (
        f"the link {target.address} leads to no page of the site; write https://..., "
        f"{ATLAS}NETWORK/LAYER/INDEX, or the file of another page of `extra`"
    )


def _shown(address: str, text: OwnText, known: _Known) -> str:
    if not text.file:
        return f"the picture {address} cannot stand in a line of text; show it on a page of `extra`"
    if urlsplit(address).scheme or address.startswith("//"):
        return (
            f"the picture {address} is not loaded from elsewhere, for pages work offline; "
            f"put it beside {text.file}"
        )
    name = beside(text.file, address)
    folder = (known.folder / text.file).parent.resolve()
    if "\0" not in name and not (known.folder / name).resolve().is_relative_to(folder):
        return f"the picture {address} lies outside of the page's folder; put it beside {text.file}"
    return _picture(name, known.folder, SHOWN)


def _plain(path: str) -> str:
    return beside("", path)
