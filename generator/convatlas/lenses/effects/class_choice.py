"""Which filters are told of a class."""

from __future__ import annotations

from collections.abc import Sequence

from convatlas.lenses.effects.entries import ClassFilter

MOST = 32
"""Maximum number of filters that are told of a class."""


def strongest(filters: Sequence[ClassFilter]) -> list[ClassFilter]:
    """Return at most ``MOST`` filters in their order: each layer's strongest, then others.

    Of more layers than that, those count whose strongest filters do most.
    """
    by_size = sorted(filters, key=lambda each: -abs(each["logit"]))
    layers = {each["layer"]: each for each in reversed(by_size)}
    first = [each for each in by_size if layers[each["layer"]] is each]
    rest = [each for each in by_size if layers[each["layer"]] is not each]
    kept = {(each["layer"], each["index"]) for each in [*first, *rest][:MOST]}
    return [each for each in filters if (each["layer"], each["index"]) in kept]
