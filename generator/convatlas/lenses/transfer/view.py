"""Transfer on a filter's page."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.lenses.parts.view import PageSection, View
from convatlas.lenses.transfer import text


class TransferView(View):
    """A sentence for each other network."""

    sections = (PageSection("lenses/transfer/others.html", 150),)
    globals: Mapping[str, object] = {"transferred": text}
