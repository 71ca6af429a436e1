"""Open the pictures that probes and hypotheses name, to be decoded on demand."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from PIL import Image

from convatlas.config.picture_references import Reference, of_set, references
from convatlas.config.raw_values import Place, missing, unreadable, without_images
from convatlas.config.read import Configuration
from convatlas.config.sources import is_folder
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.images.files import picture_files, read_again, shown, usable
from convatlas.images.scan import USABLE, Memo, Scanned, Stamp, scan
from convatlas.images.sets import OpenSet
from convatlas.model.facts import ImageSetFacts
from convatlas.model.records import Json


@dataclass(frozen=True)
class Shown:
    """A picture of a probe or hypothesis."""

    name: str
    """Its displayed name; in a folder of probes, the probe's name."""
    id: str
    """The first 12 hexadecimal digits of the digest of its content."""
    picture: Callable[[], Image.Image]
    """Returns the decoded, upright picture of mode RGB or L.

    Raises:
        RenderError: the file has been removed or changed since it was opened."""


@dataclass
class ProbePictures:
    """The pictures by the path in the atlas file that names them, and all problems with them."""

    shown: dict[Place, list[Shown]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[tuple[str, str, str]] = field(default_factory=list)
    """Key (``probes`` or ``hypotheses``), file and reason of each unusable file in a folder."""

    @property
    def pictures(self) -> dict[str, Callable[[], Image.Image]]:
        """All pictures by id."""
        return {each.id: each.picture for found in self.shown.values() for each in found}


def open_probe_pictures(
    configuration: Configuration, sets: Mapping[str, OpenSet], memo: Memo
) -> ProbePictures:
    """Open all pictures that probes and hypotheses name.

    ``sets`` are the image sets that could be opened; problems with others are not reported here.
    """
    probe_pictures = ProbePictures()
    atlas = configuration.atlas
    names, files = [entry.name for entry in atlas.images], list[Reference]()
    for reference in references(atlas):
        found = of_set(reference.text, names)
        if reference.folder:
            _open_folder(probe_pictures, reference, configuration, memo)
        elif found is None:
            files.append(reference)
        elif found[0] in sets:
            _open_image(probe_pictures, reference, sets[found[0]], found[1])
    _open_files(probe_pictures, files, configuration, memo)
    return probe_pictures


def seat(image: str, facts: ImageSetFacts) -> int:
    """Return the index of an image in its set.

    Raises:
        LookupError: the set has no such image, or leaves it out; the message says which.
    """
    names = [each.name for each in facts.images]
    if image in names:
        return names.index(image)
    reason = dict(facts.left_out).get(shown(image))
    if reason is not None:
        raise LookupError(f"the set '{facts.name}' leaves {image} out ({reason}); name another")
    raise LookupError(
        f"the set '{facts.name}' has no image '{image}'; {did_you_mean(image, names)}"
    )


def _open_image(
    probe_pictures: ProbePictures, reference: Reference, images: OpenSet, name: str
) -> None:
    try:
        index = seat(name, images.facts)
    except LookupError as error:
        probe_pictures.problems.append(Problem(reference.path, str(error)))
        return
    identity = images.facts.images[index].id
    picture = Shown(reference.text, identity, partial(images.picture, index))
    probe_pictures.shown[reference.path] = [picture]


def _open_files(
    probe_pictures: ProbePictures,
    files: Sequence[Reference],
    configuration: Configuration,
    memo: Memo,
) -> None:
    found = {each.text: _stamp(configuration.resolve(each.text)) for each in files}
    stamps = {text: stamp for text, stamp in found.items() if stamp is not None}
    aside = _Aside(memo, f"pictures/{configuration.file.name}/")
    scanned = scan(configuration.folder, stamps, aside) if stamps else {}
    for each in files:
        if each.text not in scanned:
            probe_pictures.problems.append(Problem(each.path, missing("file", each.text)))
        elif scanned[each.text].verdict != USABLE:
            reason = scanned[each.text].verdict
            message = f"{each.text} cannot be used: {reason}; mend it, or name another picture"
            probe_pictures.problems.append(Problem(each.path, message))
        else:
            probe_pictures.shown[each.path] = [_file(each, scanned[each.text], configuration)]


def _file(reference: Reference, scanned: Scanned, configuration: Configuration) -> Shown:
    file, identity = configuration.resolve(reference.text), scanned.digest[:12]
    title = f"{reference.kind}: {reference.text}"
    return Shown(reference.text, identity, partial(read_again, file, identity, title))


def _stamp(file: Path) -> Stamp | None:
    """Return a file's size and times of change, or None if it does not exist."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return (status.st_size, *times) if stat.S_ISREG(status.st_mode) else None


@dataclass(frozen=True)
class _Aside:
    """A part of the memo with its own keys, because an image set may be in the same folder."""

    memo: Memo
    prefix: str

    def get(self, key: str) -> Json | None:
        return self.memo.get(self.prefix + key)

    def put(self, key: str, value: Json) -> None:
        self.memo.put(self.prefix + key, value)


def _open_folder(
    probe_pictures: ProbePictures, reference: Reference, configuration: Configuration, memo: Memo
) -> None:
    folder, text = configuration.resolve(reference.text), reference.text
    if not is_folder(folder):
        probe_pictures.problems.append(Problem(reference.path, missing("folder", text)))
        return
    try:
        sound, left_out = picture_files(folder)
    except OSError as error:
        probe_pictures.problems.append(Problem(reference.path, unreadable(text, error)))
        return
    kept, unusable = usable(folder, sound, memo)
    left_out = sorted([*left_out, *unusable])
    news = ((reference.kind, name, reason) for name, reason in left_out)
    probe_pictures.left_out += [each for each in news if each not in probe_pictures.left_out]
    if not kept:
        probe_pictures.problems.append(Problem(reference.path, _nothing(text, folder, left_out)))
        return
    names = stems(kept.values())
    probe_pictures.shown[reference.path] = [
        Shown(
            names[name],
            content[:12],
            partial(read_again, folder / name, content[:12], f"{reference.kind}: {name}"),
        )
        for content, name in kept.items()
    ]


def _nothing(text: str, folder: Path, left_out: Sequence[tuple[str, str]]) -> str:
    if not left_out:
        return without_images(text, folder)
    reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out[:3])
    return f"not a single picture of {text} can be used ({reasons}); add pictures"


def stems(files: Iterable[str]) -> dict[str, str]:
    """Return a name for each file of a folder: its stem, or its path if stems are not unique."""
    names = {file: PurePosixPath(file).stem for file in files}
    while True:
        counts = Counter(name.casefold() for name in names.values())
        same = [f for f, name in names.items() if counts[name.casefold()] > 1 and name != f]
        if not same:
            return names
        names |= {file: file for file in same}
