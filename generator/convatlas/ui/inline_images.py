"""Pictures inside of pages, as data: URIs, where a site is to have few files."""

from __future__ import annotations

import posixpath
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from convatlas.images.codecs.registry import media_type

_LINKED = re.compile(r'<a(?: class="?[\w -]+"?)? href="?([^\s">]+)"?>(\s*<img[^>]*>\s*)</a>')
_NAMED = re.compile(r'(?<=[ ])(src|href)=("?)([^\s":?#>]+\.\w+)\2(?=[\s/>])')
_POLICY = "img-src 'self'"


@dataclass(frozen=True)
class InlineImages:
    """The pictures that are no files."""

    digests: Mapping[str, str]
    """Their sha256 by the paths that they would have."""
    read: Callable[[str], bytes]
    """Return the bytes of a picture by its sha256."""

    def embed(self, path: str, text: str) -> str:
        """Return a page with its pictures inside, allowed by its policy.

        They stand there without a link to them: no browser opens a data: URI as a page.
        """
        folder = posixpath.dirname(path)

        def known(name: str) -> str | None:
            return self.digests.get(posixpath.normpath(posixpath.join(folder, name)))

        def alone(found: re.Match[str]) -> str:
            return found[2] if known(found[1]) else found[0]

        def filled(found: re.Match[str]) -> str:
            digest = known(found[3])
            return f'{found[1]}="{self._uri(found[3], digest)}"' if digest else found[0]

        full = _NAMED.sub(filled, _LINKED.sub(alone, text))
        return full if full == text else full.replace(_POLICY, f"{_POLICY} data:", 1)

    def _uri(self, name: str, digest: str) -> str:
        return f"data:{media_type(name)};base64,{b64encode(self.read(digest)).decode()}"


def fileless(value: object) -> object:
    """Return plain data without the names of pictures, as these are no files."""
    if isinstance(value, dict):
        size = value.keys() == {"file", "width", "height"}
        return {
            key: None if size and key == "file" else fileless(inner) for key, inner in value.items()
        }
    return [fileless(inner) for inner in value] if isinstance(value, list) else value
