"""The options of the lens ``examples``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from convatlas.config.lens_options import LensOptions


class Examples(LensOptions):
    """The images that excite each filter most."""

    summary = "The images that excite each filter most."

    top: Annotated[int, Field(ge=1, le=100)] = 9
    """How many of the images that excite a filter most are kept."""
    lowest: Annotated[int, Field(ge=1, le=100)] = 3
    """How many of the images that inhibit a filter most are kept."""
