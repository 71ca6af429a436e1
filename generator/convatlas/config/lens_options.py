"""What the options of all lenses have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, TypeVar

from convatlas.config.section import Section
from convatlas.errors import Problem
from convatlas.model.records import Json


class LensOptions(Section):
    """The options of a lens: the mapping under its name in ``lenses``.

    Each lens with options derives a class from it, with one documented field for each key. Every
    field has a default, since the lens may be on although the file does not mention it.
    """

    summary: ClassVar[str] = ""
    """What the lens shows, in a sentence: the description of its key."""
    default_on: ClassVar[bool] = True
    """Whether the lens is on if the file does not mention it."""

    @classmethod
    def check(cls, options: dict[str, Json], atlas: dict[str, Json]) -> Iterator[Problem]:
        """Yield the problems of the lens's options that the types of its fields cannot detect.

        Both arguments are plain values that may be of any type; values of a wrong type are to be
        skipped, so that one mistake does not hide another.

        Args:
            options: What the file says under the lens's name.
            atlas: The whole file.
        """
        return iter(())

    def functions(self) -> Iterator[tuple[str, str]]:
        """Yield the options that name functions of the user's own: key, and ``file.py:callable``.

        Lenses know them by these texts: ``PlanContext.functions``, ``RenderContext.functions``.
        """
        return iter(())

    def check_layers(self, names: Sequence[str]) -> Iterator[Problem]:
        """Yield the options that apply to no layer.

        Args:
            names: The names of the layers of all networks, sorted.
        """
        return iter(())


Options = TypeVar("Options", bound=LensOptions)


def options_of(lenses: Mapping[str, LensOptions], kind: type[Options]) -> Options | None:
    """Return the options of the lens whose options are of this class; None if it is off."""
    return next((each for each in lenses.values() if isinstance(each, kind)), None)
