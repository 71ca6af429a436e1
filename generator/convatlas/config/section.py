"""What the mappings of ``atlas.yaml`` have in common, and the values that stand in several."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[int, Field(gt=0)]
Method = Literal["deconvnet", "guided", "gradient"]
METHODS: tuple[Method, ...] = ("deconvnet", "guided", "gradient")


class Section(BaseModel):
    """A mapping of the file: unknown keys are mistakes, and nothing is converted silently."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
