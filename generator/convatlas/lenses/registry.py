"""All lenses, in the order in which they render."""

from __future__ import annotations

from convatlas.lenses.attribution import Attribution
from convatlas.lenses.examples import Examples
from convatlas.lenses.hypotheses import Hypotheses
from convatlas.lenses.kernels import Kernels
from convatlas.lenses.lens import Lens
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.photographs import Photographs
from convatlas.lenses.probes import Probes
from convatlas.lenses.statistics import Statistics
from convatlas.lenses.windows import Windows

LENSES: tuple[Lens, ...] = (
    Kernels(),
    Examples(),
    Photographs(),
    Windows(),
    Attribution(),
    Probes(),
    Hypotheses(),
    Statistics(),
    Maximize(),
)
