"""What transfer adds to the about page."""

from __future__ import annotations

from convatlas.lenses.parts.overview import AboutSection, Overview
from convatlas.lenses.transfer.entries import transfers
from convatlas.model.manifest import Manifest


def _told(manifest: Manifest) -> bool:
    """Return whether any filter's page tells of it."""
    return any(
        transfers(filter)
        for network in manifest["networks"]
        for layer in network["layers"]
        for filter in layer["filters"]
    )


class TransferOverview(Overview):
    """A section on what transfer means."""

    about = (AboutSection("transfer", "Transfer", "lenses/transfer/about.html", 150, _told),)
