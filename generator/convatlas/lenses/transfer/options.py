"""The options of the lens ``transfer``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from convatlas.config.lens_options import LensOptions


class Transfer(LensOptions):
    """What the other networks that saw the same images answer to the optimised pictures.

    Each picture that excites a filter is shown to the filter's most similar filter in each other
    network. An atlas with a single network has nothing of it.
    """

    summary = "What other networks that saw the same images answer to the optimised pictures."

    correlation: Annotated[float, Field(ge=0.3, le=1)] = 0.6
    """How similar the other network's filter has to be: the least correlation of the two filters'
    responses to the images."""
