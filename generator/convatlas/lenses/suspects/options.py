"""The options of the lens ``suspects``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from convatlas.config.lens_options import LensOptions


class Suspects(LensOptions):
    """What looks odd about the classes of a network."""

    summary = (
        "What looks odd about classes, as if the network decided by something else than what they"
        " are; only where effects on classes, and labels, are known."
    )

    images: Annotated[int, Field(ge=2)] = 5
    """How many images a class must have to be looked into."""
