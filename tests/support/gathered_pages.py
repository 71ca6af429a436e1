"""A manifest of pages for each filter, as ``site.pages: layer`` makes it."""

from __future__ import annotations

import re
from typing import Any

from convatlas.ui.filter_layout import LAYOUTS

OWN = re.compile(r"(?<![^/])(\d+)\.html$")


def as_layers(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with other addresses, and with the filters' pictures inside of pages."""
    moved: dict[str, Any] = _moved(manifest)
    moved["filter_pages"] = "layer"
    layers = [layer for network in moved["networks"] for layer in network["layers"]]
    folders = {layer["href"].removesuffix("index.html") for layer in layers}
    moved["inside"] = LAYOUTS["layer"].take_inside(moved["files"], folders)
    return moved


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _led(inner) if key == "href" and isinstance(inner, str) else _moved(inner)
            for key, inner in value.items()
        }
    return [_moved(inner) for inner in value] if isinstance(value, list) else value


def _led(href: str) -> str:
    return OWN.sub(lambda found: LAYOUTS["layer"].address(int(found[1])), href)
