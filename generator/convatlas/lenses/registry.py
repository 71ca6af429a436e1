"""All lenses in rendering order: the built-in ones, then those of installed packages."""

from __future__ import annotations

from functools import cache

from convatlas.lenses.attribution import Attribution
from convatlas.lenses.base import Lens
from convatlas.lenses.circuits import Circuits
from convatlas.lenses.crops.lens import Crops
from convatlas.lenses.edits import Edits
from convatlas.lenses.effects import Effects
from convatlas.lenses.examples import Examples
from convatlas.lenses.folded_kernels.lens import FoldedKernels
from convatlas.lenses.hypotheses.lens import Hypotheses
from convatlas.lenses.image_statistics.lens import Statistics
from convatlas.lenses.installed import installed
from convatlas.lenses.kernels.lens import Kernels
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.parts.sprite import SpriteView
from convatlas.lenses.photographs.lens import Photographs
from convatlas.lenses.probes import Probes
from convatlas.lenses.prune import Prune
from convatlas.lenses.suspects import Suspects
from convatlas.lenses.transfer import Transfer


@cache
def lenses() -> tuple[Lens, ...]:
    """Return all lenses; installed packages are searched only once.

    Raises:
        LensError: the lens of an installed package cannot be used.
    """
    own = (
        Kernels(),
        FoldedKernels(),
        Examples(),
        Photographs(),
        Crops(),
        Attribution(),
        Probes(),
        Hypotheses(),
        Statistics(),
        Effects(),
        Edits(),
        Suspects(),
        Prune(),
        Circuits(),
        Maximize(),
        Transfer(),
    )
    return (*own, *installed(own))


def lens_of(name: str) -> Lens:
    """Return the lens of this name."""
    return next(lens for lens in lenses() if lens.name == name)


def sprite_views() -> list[SpriteView]:
    """Return the views of a layer's sprites, in the order in which they determine a hue."""
    views = (lens.sprite for lens in lenses() if lens.sprite)
    return sorted(views, key=lambda view: view.place)
