"""What templates say of the prune audit; filters' pages say nothing of it."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.lenses.parts.view import View
from convatlas.lenses.prune import text


class PruneView(View):
    """The sentences of a network's page."""

    globals: Mapping[str, object] = {"prune_text": text}
