"""What an atlas file names must not be in the output folder, where builds remove files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from convatlas.config.custom_content import beside, own_texts
from convatlas.config.picture_references import SET, references
from convatlas.config.raw_values import Place
from convatlas.config.read import Configuration
from convatlas.config.sources import is_file, parse_source
from convatlas.errors import ConfigError, Problem
from convatlas.model.records import Json


@dataclass(frozen=True)
class _Named:
    """A file or folder, and where in the atlas file it is named."""

    place: Place
    text: str
    pictures: bool = False  # whether it is a folder whose pictures are taken


def check_output(configuration: Configuration, store: Path, out: Path) -> None:
    """Check that neither the atlas file nor anything it names is in the output folder.

    Nor may the output folder be among the pictures of an image set, which would be its own.

    Args:
        store: The path of the store, whether or not the atlas file names it.

    Raises:
        ConfigError: something is; the error lists all of it.
    """
    why = f"lies in the output folder {out}, where a build removes what it did not write"
    instead = "move it, or name another folder with -o"
    for what, path in (("the atlas file", configuration.file), ("the store", store)):
        if _is_inside(path, out):
            raise ConfigError([f"{path}: {what} {why}; {instead}"])
    problems = []
    for named in _named(configuration):
        path = configuration.resolve(named.text)
        if _is_inside(path, out):
            problems.append(Problem(named.place, f"{named.text} {why}; {instead}"))
        elif named.pictures and _is_among(out, path):
            what = f"{named.text} contains the output folder {out}, whose pictures would be taken"
            problems.append(Problem(named.place, f"{what}; {instead}"))
    if problems:
        configuration.fail(problems)


def _named(configuration: Configuration) -> Iterator[_Named]:
    """Yield all files and folders that the atlas file names, except the store."""
    atlas, site = configuration.atlas, configuration.atlas.site
    for number, model in enumerate(atlas.models):
        path: Place = ("models", number)
        yield from _code(model.source, model.arguments, path, configuration)
        weights = configuration.weights_file(model)
        if weights is not None:
            yield _Named((*path, "weights"), str(model.weights))
        if isinstance(model.classes, str):
            yield _Named((*path, "classes"), model.classes)
    for number, images in enumerate(atlas.images):
        path = ("images", number)
        yield from _code(images.source, images.arguments, path, configuration)
        if images.labels not in (None, "none"):
            yield _Named((*path, "labels"), str(images.labels))
    for each in references(atlas):
        if not each.text.startswith(SET):
            yield _Named(each.path, each.text, pictures=each.folder)
    for key, text in (("theme", site.theme), ("logo", site.logo)):
        if text is not None:
            yield _Named(("site", key), text)
    for number, extra in enumerate(site.extra):
        yield _Named(("site", "extra", number, "file"), extra.file)
    for own in own_texts(configuration.document.value, configuration.folder):
        for target in own.targets:
            if target.kind == "picture":
                yield _Named(own.path, beside(own.file, target.address))


def _code(
    source: str, arguments: Json, path: Place, configuration: Configuration
) -> Iterator[_Named]:
    """Yield the file or folder of a source, and those of its arguments that are files."""
    parsed = parse_source(source)
    if parsed.kind in ("file", "folder"):
        yield _Named((*path, "source"), parsed.target, pictures=parsed.kind == "folder")
    for key, value in arguments.items():
        if isinstance(value, str) and (key == "root" or is_file(configuration.resolve(value))):
            yield _Named((*path, "arguments", key), value)


def _is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path, or what it leads to, is in a folder or is the folder itself."""
    others = [Path(os.path.abspath(folder)), Path(os.path.realpath(folder))]  # noqa: PTH100
    try:
        starts = [Path(os.path.abspath(path)), Path(os.path.realpath(path))]  # noqa: PTH100
        places = {place for start in starts for place in (start, *start.parents)}
        return any(_is_same(place, other) for place in places for other in others)
    except (OSError, ValueError):
        return False  # no name that any file can have


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two paths are the same, also where the file system ignores case."""
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _is_among(out: Path, folder: Path) -> bool:
    """Return whether the output folder is in a folder of pictures, and is not hidden there."""
    inner, outer = Path(os.path.realpath(out)), Path(os.path.realpath(folder))
    if not inner.is_relative_to(outer):
        return False
    return not any(part.startswith(".") for part in inner.relative_to(outer).parts)
