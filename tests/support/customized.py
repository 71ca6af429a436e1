"""What an owner brings along, put into a manifest that no build made."""

from __future__ import annotations

from pathlib import Path

from convatlas.config.filters import Identity
from convatlas.config.read import Configuration
from convatlas.opening.configuration import check_without_files, parse
from convatlas.site.addresses import Addresses
from convatlas.site.custom_content import custom_content
from convatlas.ui.filter_layout import LAYOUTS
from support.synthetic import Manifest, Read


def parsed(text: str, folder: Path) -> Configuration:
    """An atlas file of this text, which names files of the folder."""
    return parse(text, folder / "atlas.yaml", {}, check_without_files)


def customized(made: tuple[Manifest, Read], configuration: Configuration) -> tuple[Manifest, Read]:
    """The manifest with the custom content of an atlas file, and what reads pictures."""
    manifest, read = made
    custom = custom_content(configuration, _addresses(manifest))
    url = configuration.atlas.site.url
    manifest |= {
        "url": f"{url.rstrip('/')}/" if url else None,
        "logo": custom.logo,
        "footer": custom.footer,
        "pages": custom.pages,
        "highlights": custom.highlights,
        "files": {**manifest["files"], **custom.files},
    }
    for network in manifest["networks"]:
        for layer in network["layers"]:
            for filter in layer["filters"]:
                own = Identity(network["name"], layer["name"], filter["index"])
                filter["note"] = custom.notes.get(own, filter["note"])
    return manifest, lambda digest: custom.read(digest, read)


def _addresses(manifest: Manifest) -> Addresses:
    networks = manifest["networks"]
    layers = {
        (network["name"], layer["name"]): layer["slug"]
        for network in networks
        for layer in network["layers"]
    }
    slugs = {network["name"]: network["slug"] for network in networks}
    return Addresses(slugs, layers, LAYOUTS[manifest["filter_pages"]])
