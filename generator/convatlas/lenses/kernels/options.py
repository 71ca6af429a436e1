"""The options of the kernels lens."""

from __future__ import annotations

from typing import Literal

from convatlas.config.lens_options import LensOptions
from convatlas.config.section import Positive


class Kernels(LensOptions):
    """The weights of the convolution as pictures."""

    summary = "The weights themselves as pictures."

    slices: Literal["all"] | Positive = 16
    """How many input slices of a deep kernel are shown, strongest first, or ``all``."""
