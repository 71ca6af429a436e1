"""The base class of all mappings in ``atlas.yaml``, and types that several of them share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[int, Field(gt=0)]
Method = Literal["deconvnet", "guided", "gradient"]
METHODS: tuple[Method, ...] = ("deconvnet", "guided", "gradient")


class Section(BaseModel):
    """A mapping in the file: unknown keys are mistakes, and values are never converted silently."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
