"""The pictures that probes and hypotheses name: files, folders, and images of image sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from convatlas.config import schema
from convatlas.config.raw_values import Place

SET, FOLDER = "set:", "folder:"


@dataclass(frozen=True)
class Reference:
    """A picture, or a folder of pictures, that a probe or hypothesis names in the atlas file."""

    path: Place  # its path in the atlas file
    owner: str  # the probe's name or the hypothesis's filter; empty for a folder of probes
    text: str  # as written, without ``folder:``
    folder: bool = False

    @property
    def kind(self) -> str:
        """The key that it belongs to: ``probes`` or ``hypotheses``."""
        return str(self.path[0])


def references(atlas: schema.Atlas) -> Iterator[Reference]:
    """Yield all pictures and folders that probes and hypotheses name, in the order of the file."""
    if isinstance(atlas.probes, str):
        yield Reference(("probes",), "", atlas.probes.removeprefix(FOLDER), folder=True)
    else:
        for index, probe in enumerate(atlas.probes):
            yield Reference(("probes", index, "image"), probe.name, probe.image)
    for index, hypothesis in enumerate(atlas.hypotheses):
        yield from tested_by(hypothesis, index)


def tested_by(hypothesis: schema.Hypothesis, index: int) -> Iterator[Reference]:
    """Yield the pictures that the hypothesis at ``index`` names."""
    path: Place = ("hypotheses", index)
    if hypothesis.image is not None:
        yield Reference((*path, "image"), hypothesis.filter, hypothesis.image)
    elif isinstance(hypothesis.images, str):
        text = hypothesis.images.removeprefix(FOLDER)
        yield Reference((*path, "images"), hypothesis.filter, text, folder=True)
    else:
        for number, text in enumerate(hypothesis.images or ()):
            yield Reference((*path, "images", number), hypothesis.filter, text)


def of_set(text: str, sets: Iterable[str]) -> tuple[str, str] | None:
    """Split ``set:SET/IMAGE`` into set and image; return None for any other text.

    Only a known image set may have a slash in its name.
    """
    if not text.startswith(SET):
        return None
    rest = text.removeprefix(SET)
    known = [name for name in sets if rest.startswith(f"{name}/")]
    name = max(known, key=len) if known else rest.partition("/")[0]
    return name, rest[len(name) + 1 :]
