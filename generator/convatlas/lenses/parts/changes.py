"""What a lens adds to a comparison of two networks."""

from __future__ import annotations

from collections.abc import Mapping

from convatlas.model.manifest import Filter
from convatlas.ui.network_results import NetworkResults


class Changes:
    """What a lens adds to a comparison; by default nothing."""

    def state(self, filter: Filter) -> Mapping[str, object]:
        """Return fields of ``model.comparison.State`` for one of two filters."""
        return {}

    def pair(self, before: Filter, after: Filter) -> Mapping[str, object]:
        """Return fields of ``model.comparison.Pair`` for two filters."""
        return {}

    def networks(self, before: NetworkResults, after: NetworkResults) -> Mapping[str, object]:
        """Return fields of ``model.comparison.Comparison`` for two networks."""
        return {}
