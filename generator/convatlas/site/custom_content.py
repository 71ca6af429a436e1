"""What the owner of an atlas brings along: logo, footer, pages, notes and highlights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from convatlas.config import schema
from convatlas.config.custom_content import ATLAS, beside, parts, read_text
from convatlas.config.filters import Identity, identity
from convatlas.config.markdown import line, page, summary, words
from convatlas.config.picture_size import picture_size
from convatlas.config.read import Configuration
from convatlas.errors import SiteError
from convatlas.model.records import Json
from convatlas.ui.slugs import slugs

Fact = Mapping[str, Any]

PAGES = ("index", "glossary")
"""What stands beside one's own pages, in `about/`."""


@dataclass
class CustomContent:
    """What one's own texts and pictures become; ``contents`` are the files that they bring along.

    Files are read while the facts are made, and ``files`` of the manifest tells where they stand.
    """

    configuration: Configuration
    contents: dict[str, bytes] = field(default_factory=dict)  # by digest
    files: dict[str, str] = field(default_factory=dict)  # path in the site to digest

    def facts(self, networks: Sequence[Fact]) -> dict[str, Json]:
        """The manifest's ``url``, ``logo``, ``footer``, ``pages`` and ``highlights``.

        ``networks`` is that part of the manifest; their filters get their notes.

        Raises:
            SiteError: a file has gone since the configuration was checked.
        """
        site = self.configuration.atlas.site
        addresses = Addresses(networks)
        self._note(addresses)
        return {
            "url": f"{site.url.rstrip('/')}/" if site.url else None,
            "logo": self._place("static", site.logo) if site.logo else None,
            "footer": line(site.footer, addresses.link("../")) if site.footer else "",
            "pages": self._pages(addresses),
            "highlights": [addresses.highlight(each) for each in site.highlights],
        }

    def read(self, digest: str, elsewhere: Callable[[str], bytes]) -> bytes:
        """The bytes of a file of ours, or of one from ``elsewhere``."""
        return self.contents[digest] if digest in self.contents else elsewhere(digest)

    def _note(self, addresses: Addresses) -> None:
        for about, note in self.configuration.atlas.notes.items():
            filter = addresses.filter(addresses.identity(about))
            if filter is not None:
                given = schema.Note(name=note) if isinstance(note, str) else note
                remark = given.remark or ""
                filter["note"] = {
                    "name": given.name,
                    "remark": line(remark, addresses.link("../../")) if remark else None,
                    "text": words(remark),
                }

    def _pages(self, addresses: Addresses) -> Json:
        extra = self.configuration.atlas.site.extra
        names = slugs([each.title for each in extra], PAGES)
        hrefs = {beside("", each.file): f"{names[each.title]}.html" for each in reversed(extra)}
        return [
            {
                "title": each.title,
                "summary": summary(self._text(each.file)),
                "href": f"about/{names[each.title]}.html",
                "html": page(
                    self._text(each.file),
                    partial(self._link, each.file, hrefs, addresses.link("../")),
                    partial(self._show, each.file),
                ),
            }
            for each in extra
        ]

    def _text(self, name: str) -> str:
        text = read_text(self.configuration.resolve(name))
        if text is None:
            raise SiteError(f"{name} cannot be read any more; build again when it is there")
        return text

    def _link(
        self, file: str, hrefs: Mapping[str, str], atlas: Callable[[str], str], address: str
    ) -> str:
        """Where a link of a page leads, told from `about/`."""
        if address.startswith(("#", ATLAS)):
            return atlas(address)
        target, mark, fragment = address.partition("#")
        return hrefs[beside(file, target)] + mark + fragment

    def _show(self, file: str, address: str) -> Mapping[str, str | int]:
        """The attributes of a picture of a page, which stands in `about/` too."""
        placed = self._place("about", beside(file, address))
        size = {"width": placed["width"], "height": placed["height"]}
        return {"src": placed["file"].rpartition("/")[2], **size}

    def _place(self, folder: str, name: str) -> dict[str, Any]:
        """Publish a picture under a name that carries its digest."""
        file = self.configuration.resolve(name)
        try:
            data = file.read_bytes()
            width, height = picture_size(file)
        except (OSError, ValueError) as error:
            raise SiteError(f"the picture {name} cannot be read any more; see to it") from error
        digest = hashlib.sha256(data).hexdigest()
        stem = slugs([Path(name).stem])[Path(name).stem]
        path = f"{folder}/{stem}-{digest[:12]}{file.suffix.lower()}"
        self.contents[digest], self.files[path] = data, digest
        return {"file": path, "width": width, "height": height}


class Addresses:
    """Where the pages of networks, layers and filters stand, by their names."""

    def __init__(self, networks: Sequence[Fact]) -> None:
        self._networks = {network["name"]: network for network in networks}
        self._layers = {
            (network["name"], layer["name"]): layer
            for network in networks
            for layer in network["layers"]
        }

    def identity(self, text: str) -> Identity:
        """A filter's identity, taken apart."""
        return identity(text, self._networks)

    def filter(self, about: Identity) -> Any:
        """A filter's facts; None where the site does not have it."""
        layer = self._layers.get((about.network, about.layer))
        filters = layer["filters"] if layer else ()
        return next((each for each in filters if each["index"] == about.index), None)

    def highlight(self, given: str | schema.Highlight) -> Json:
        """A highlight of the home page."""
        wanted = schema.Highlight(filter=given) if isinstance(given, str) else given
        about = self.identity(wanted.filter)
        return {
            "href": self.href(about.network, about.layer, about.index),
            "text": wanted.text,
            "network": about.network,
            "layer": about.layer,
            "index": about.index,
        }

    def href(self, network: str, layer: str | None, index: int | None) -> str:
        """The address of a page, from the site's root."""
        if layer is None:
            return str(self._networks[network]["href"])
        page = str(self._layers[network, layer]["href"])
        if index is None:
            return page
        filter = self.filter(Identity(network, layer, index))
        return page.removesuffix("index.html") + str(filter["href"])

    def link(self, root: str) -> Callable[[str], str]:
        """What turns a link as written into one of a page ``root`` away from the site's root."""

        def link(address: str) -> str:
            if address.startswith("#"):
                return address
            return root + self.href(*parts(unquote(address.removeprefix(ATLAS)), self._networks))

        return link
