"""All lenses, in the order in which they render."""

from __future__ import annotations

from convatlas.lenses.examples import Examples
from convatlas.lenses.kernels import Kernels
from convatlas.lenses.lens import Lens
from convatlas.lenses.maximize import Maximize
from convatlas.lenses.photographs import Photographs
from convatlas.lenses.statistics import Statistics

LENSES: tuple[Lens, ...] = (Kernels(), Examples(), Photographs(), Statistics(), Maximize())
