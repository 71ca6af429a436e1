"""The base class of all mappings in ``atlas.yaml``, and types that several of them share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from convatlas.config.filters import LONGEST_NAME

LONGEST_GLOB = 1000
"""How many characters a glob may have: comparing with a longer one takes seconds."""

LONGEST_LINE = 10_000
"""How many characters of Markdown may stand in the atlas file itself; a page has a file."""

LONGEST_SIDE = 10_000
"""How many pixels a side of a picture may have that a network is shown: a square of them takes a
gigabyte."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Glob = Annotated[str, Field(max_length=LONGEST_GLOB)]
Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[int, Field(gt=0)]
Side = Annotated[int, Field(gt=0, le=LONGEST_SIDE)]
Method = Literal["deconvnet", "guided", "gradient"]
METHODS: tuple[Method, ...] = ("deconvnet", "guided", "gradient")


class Section(BaseModel):
    """A mapping in the file: unknown keys are mistakes, and values are never converted silently."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
