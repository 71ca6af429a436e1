"""The options of the lens ``attribution``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from convatlas.config.lens_options import LensOptions
from convatlas.config.section import METHODS, Method
from convatlas.errors import Problem
from convatlas.model.records import Json


class Attribution(LensOptions):
    """Which pixels of its strongest images each filter responds to."""

    summary = "Which pixels of its strongest images each filter responds to; takes a while."
    default_on = False

    methods: Annotated[list[Method], Field(min_length=1)] = [*METHODS]
    """The attribution methods: deconvnet, guided backpropagation, plain gradient."""
    top: Annotated[int, Field(ge=1, le=100)] = 9
    """How many of the strongest images are traced; at most as many as ``examples`` keeps."""

    @classmethod
    def check(cls, options: dict[str, Json], atlas: dict[str, Json]) -> Iterator[Problem]:
        """Yield a problem if there are no images to trace."""
        lenses = atlas.get("lenses")
        place = ("lenses", "attribution")
        if isinstance(lenses, dict) and lenses.get("examples") is False:
            message = "it traces the images that `examples` keeps, which is off; switch that on"
            yield Problem(place, message)
        elif not atlas.get("images"):
            yield Problem(place, "there are no images to trace; add a set to `images`")
