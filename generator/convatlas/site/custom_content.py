"""What the owner of an atlas brings along: logo, footer, pages, notes and highlights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from convatlas.config import schema
from convatlas.config.custom_content import ATLAS, beside, parts, read_text
from convatlas.config.filters import Identity, identity
from convatlas.config.markdown import line, page, summary, words
from convatlas.config.picture_size import read_picture
from convatlas.config.read import Configuration
from convatlas.errors import SiteError
from convatlas.model.manifest import CustomPage, File, Highlight, Note
from convatlas.site.addresses import Addresses
from convatlas.ui.slugs import slugs

PAGES = ("index", "glossary")
"""What stands beside one's own pages, in `about/`."""


@dataclass(frozen=True)
class CustomContent:
    """What one's own texts and pictures become in the manifest."""

    logo: File | None = None
    footer: str = ""
    """HTML of one line."""
    pages: list[CustomPage] = field(default_factory=list)
    highlights: list[Highlight] = field(default_factory=list)
    notes: Mapping[Identity, Note] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """The path in the site of each picture that comes along, and the sha256 of its bytes."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """These bytes by their sha256."""

    def read(self, digest: str, elsewhere: Callable[[str], bytes]) -> bytes:
        """Return the bytes of a picture that comes along, or of one from ``elsewhere``."""
        return self.contents[digest] if digest in self.contents else elsewhere(digest)


NO_CUSTOM_CONTENT = CustomContent()


def custom_content(configuration: Configuration, addresses: Addresses) -> CustomContent:
    """Read all texts and pictures, with links to the pages of networks, layers and filters.

    Raises:
        SiteError: a file has gone since the configuration was checked.
    """
    site = configuration.atlas.site
    files = _Files(configuration)
    links = _Links(addresses)
    return CustomContent(
        logo=files.place("static", site.logo) if site.logo else None,
        footer=line(site.footer, links.link("../")) if site.footer else "",
        pages=_pages(site.extra, files, links),
        highlights=[links.highlight(each) for each in site.highlights],
        notes={
            links.identity(about): _note(note, links)
            for about, note in configuration.atlas.notes.items()
        },
        files=files.files,
        contents=files.contents,
    )


def _note(note: str | schema.Note, links: _Links) -> Note:
    given = schema.Note(name=note) if isinstance(note, str) else note
    remark = given.remark or ""
    return {
        "name": given.name,
        "remark": line(remark, links.link("../../")) if remark else None,
        "text": words(remark),
    }


def _pages(extra: Sequence[schema.Extra], files: _Files, links: _Links) -> list[CustomPage]:
    names = slugs([each.title for each in extra], PAGES)
    hrefs = {beside("", each.file): f"{names[each.title]}.html" for each in reversed(extra)}
    return [
        {
            "title": each.title,
            "summary": summary(files.text(each.file)),
            "href": f"about/{names[each.title]}.html",
            "html": page(
                files.text(each.file),
                partial(links.page_link, each.file, hrefs),
                partial(files.show, each.file),
            ),
        }
        for each in extra
    ]


@dataclass(frozen=True)
class _Files:
    """Reads files beside the atlas file, and publishes pictures."""

    configuration: Configuration
    contents: dict[str, bytes] = field(default_factory=dict)  # by digest
    files: dict[str, str] = field(default_factory=dict)  # path in the site to digest

    def text(self, name: str) -> str:
        text = read_text(self.configuration.resolve(name))
        if text is None:
            raise SiteError(f"{name} cannot be read any more; build again when it is there")
        return text

    def show(self, file: str, address: str) -> Mapping[str, str | int]:
        """Return the attributes of a picture of a page, which stands in `about/` too."""
        placed = self.place("about", beside(file, address))
        src = placed["file"].rpartition("/")[2]
        return {"src": src, "width": placed["width"], "height": placed["height"]}

    def place(self, folder: str, name: str) -> File:
        """Publish a picture under a name that carries its digest."""
        file = self.configuration.resolve(name)
        try:
            data, width, height = read_picture(file)
        except ValueError as error:
            raise SiteError(f"the picture {name} {error}") from error
        digest = hashlib.sha256(data).hexdigest()
        stem = slugs([Path(name).stem])[Path(name).stem]
        path = f"{folder}/{stem}-{digest[:12]}{file.suffix.lower()}"
        self.contents[digest], self.files[path] = data, digest
        return {"file": path, "width": width, "height": height}


@dataclass(frozen=True)
class _Links:
    """Where links lead, and what names of filters mean."""

    addresses: Addresses

    def identity(self, text: str) -> Identity:
        """Split a filter's identity into its parts."""
        return identity(text, self.addresses.networks)

    def highlight(self, given: str | schema.Highlight) -> Highlight:
        """Return a highlight of the home page."""
        wanted = schema.Highlight(filter=given) if isinstance(given, str) else given
        about = self.identity(wanted.filter)
        return {
            "href": self.addresses.filter(about.network, about.layer, about.index),
            "text": wanted.text,
            "network": about.network,
            "layer": about.layer,
            "index": about.index,
        }

    def link(self, root: str) -> Callable[[str], str]:
        """Return a function that rewrites links for a page ``root`` away from the site's root."""

        def link(address: str) -> str:
            return address if address.startswith("#") else root + self._href(address)

        return link

    def page_link(self, file: str, hrefs: Mapping[str, str], address: str) -> str:
        """Return a page link's target relative to `about/`; ``hrefs`` are the pages by file."""
        if address.startswith(("#", ATLAS)):
            return self.link("../")(address)
        target, mark, fragment = address.partition("#")
        return hrefs[beside(file, target)] + mark + fragment

    def _href(self, address: str) -> str:
        """Return the page of a network, layer or filter, from the site's root."""
        name = unquote(address.removeprefix(ATLAS))
        network, layer, index = parts(name, self.addresses.networks)
        if layer is None:
            return self.addresses.network(network)
        if index is None:
            return self.addresses.layer(network, layer)
        return self.addresses.filter(network, layer, index)
