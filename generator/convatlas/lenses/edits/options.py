"""The options of the lens ``edits``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from convatlas.config.lens_options import LensOptions


class Edits(LensOptions):
    """Which filters notice each of the `edits`, and what these do to the scores of classes."""

    images: Annotated[int, Field(ge=10)] = 1000
    """How many images of the set are shown edited, at most; of more, so many are evenly spread."""
