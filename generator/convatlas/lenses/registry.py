"""All lenses, in the order in which they render."""

from __future__ import annotations

from convatlas.lenses.attribution import Attribution
from convatlas.lenses.base import Lens
from convatlas.lenses.crops.lens import Crops
from convatlas.lenses.examples import Examples
from convatlas.lenses.hypotheses.lens import Hypotheses
from convatlas.lenses.image_statistics.lens import Statistics
from convatlas.lenses.kernels.lens import Kernels
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.photographs.lens import Photographs
from convatlas.lenses.probes import Probes

LENSES: tuple[Lens, ...] = (
    Kernels(),
    Examples(),
    Photographs(),
    Crops(),
    Attribution(),
    Probes(),
    Hypotheses(),
    Statistics(),
    Maximize(),
)


def lenses() -> tuple[Lens, ...]:
    """Return all lenses, in the order in which they render."""
    return LENSES


def lens_of(name: str) -> Lens:
    """The lens of a name."""
    return next(lens for lens in LENSES if lens.name == name)
