"""The options of the lens ``circuits``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from convatlas.config.lens_options import LensOptions
from convatlas.errors import Problem
from convatlas.model.records import Json


class Circuits(LensOptions):
    """What makes each filter respond to its strongest images, and which filters go on from it."""

    summary = "Which filters make each filter respond to its strongest images, and what they feed."

    inputs: Annotated[int, Field(ge=1, le=50)] = 6
    """How many exciting, how many inhibiting inputs, and how many consumers are kept."""

    @classmethod
    def check(cls, options: dict[str, Json], atlas: dict[str, Json]) -> Iterator[Problem]:
        """Yield a problem if there are no strongest images."""
        lenses = atlas.get("lenses")
        if isinstance(lenses, dict) and lenses.get("examples") is False:
            message = "it explains the images that `examples` keeps, which is off; switch that on"
            yield Problem(("lenses", "circuits"), message)
