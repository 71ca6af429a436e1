"""Checks of a configuration beyond its schema: consistency, and that files it names exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from pathlib import Path

from convatlas.config.check_comparisons import check_comparisons
from convatlas.config.check_custom_content import check_own
from convatlas.config.check_edits import check_edits
from convatlas.config.check_probes import check_claims
from convatlas.config.filters import ranges
from convatlas.config.raw_values import Place, check_pictures, entries, missing, text_of
from convatlas.config.reserved_names import RESERVED
from convatlas.config.sources import Source, is_file, parse_source, weights_file
from convatlas.config.suggestions import did_you_mean
from convatlas.errors import Problem
from convatlas.model.records import Json

_FORMS = "package.module:callable or path/to/file.py:callable"


def check(data: Json, folder: Path) -> Iterator[Problem]:
    """Yield every problem that the schema cannot detect, except in the options of lenses.

    Values of a wrong type are skipped, so that one mistake does not hide another.

    Args:
        data: The file as plain values, whether or not they match the schema.
        folder: The folder that relative paths start from.
    """
    if not isinstance(data, dict):
        return
    models, sets = list(entries(data, "models")), list(entries(data, "images"))
    yield from _names("models", "network", models)
    yield from _names("images", "image set", sets)
    yield from _names("probes", "probe", list(entries(data, "probes")))
    names = dict.fromkeys(text_of(entry, "name") or "" for _, entry in sets)
    for index, model in models:
        path: Place = ("models", index)
        yield from _model(model, folder, path)
        yield from _chosen_set(model, names, path)
    for index, entry in sets:
        yield from _image_set(entry, folder, ("images", index))
    yield from check_claims(data, folder)
    yield from check_edits(data, folder)
    yield from check_comparisons(data)
    yield from check_own(data, folder)


def _names(key: str, what: str, named: list[tuple[int, dict[str, Json]]]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, entry in named:
        name = text_of(entry, "name")
        if name is None:
            continue
        folded = name.casefold()
        if folded in RESERVED and key == "models":
            message = f"the name '{name}' is reserved for a page of the site; choose another"
            yield Problem((key, index, "name"), message)
        if folded in first:
            message = f"{key}[{first[folded]}] has the same name; give every {what} its own"
            yield Problem((key, index, "name"), message)
        first.setdefault(folded, index)


def _model(model: dict[str, Json], folder: Path, path: Place) -> Iterator[Problem]:
    source, weights = text_of(model, "source"), text_of(model, "weights")
    forms = f"torchvision/NAME, {_FORMS}"
    yield from _source(source, forms, {"torchvision", "file", "module"}, folder, path)
    torchvision = source is not None and source.startswith("torchvision/")
    if weights == "DEFAULT" and source is not None and not torchvision:
        message = "only torchvision's networks have DEFAULT weights; name a file, or leave it out"
        yield Problem((*path, "weights"), message)
    file = weights_file(source or "", weights, folder)
    if weights is not None and file is not None and not is_file(file):
        yield Problem((*path, "weights"), missing("file", weights), absent=True)
    classes = text_of(model, "classes")
    if classes is not None and not is_file(folder / classes):
        yield Problem((*path, "classes"), missing("file", classes), absent=True)
    filters = text_of(model, "filters")
    if filters is not None and filters != "all":
        yield from _value_error(lambda: ranges(filters), (*path, "filters"))
    arguments = model.get("arguments")
    if torchvision and isinstance(arguments, dict) and "weights" in arguments:
        message = "torchvision's weights are chosen beside `arguments`, not in it; use `weights`"
        yield Problem((*path, "arguments", "weights"), message)


def _value_error(question: Callable[[], object], path: Place) -> Iterator[Problem]:
    try:
        question()
    except ValueError as error:
        yield Problem(path, str(error))


def _source(
    text: str | None, forms: str, kinds: set[str], folder: Path, path: Place
) -> Iterator[Problem]:
    if text is None:
        return
    try:
        source: Source | None = parse_source(text)
    except ValueError:
        source = None
    if source is None or source.kind not in kinds:
        yield Problem((*path, "source"), f"cannot tell what '{text}' is; write {forms}")
    elif source.kind == "file" and not is_file(folder / source.target):
        yield Problem((*path, "source"), missing("file", source.target), absent=True)


def _chosen_set(model: dict[str, Json], known: Collection[str], path: Place) -> Iterator[Problem]:
    images = text_of(model, "images")
    if images is None and model.get("images") is None and len(known) > 1:
        listed = " or ".join(filter(None, islice(known, 12)))
        message = f"there are several image sets; say which is shown: `images: {listed}`"
        yield Problem(path, message)
    elif images is not None and images not in known:
        message = f"no image set is called '{images}'; {did_you_mean(images, known)}"
        yield Problem((*path, "images"), message)


def _image_set(entry: dict[str, Json], folder: Path, path: Place) -> Iterator[Problem]:
    text, labels = text_of(entry, "source"), text_of(entry, "labels")
    forms = f"folder:PATH, torchvision/NAME, {_FORMS}"
    kinds = {"folder", "torchvision", "file", "module"}
    yield from _source(text, forms, kinds, folder, path)
    is_folder_set = text is not None and text.startswith("folder:")
    if is_folder_set and text != "folder:":
        yield from check_pictures(str(text).removeprefix("folder:"), folder, (*path, "source"))
        if entry.get("arguments"):
            message = "a folder takes no arguments; leave them out"
            yield Problem((*path, "arguments"), message)
    if labels is None or labels == "none":
        return
    if text is not None and not is_folder_set:
        message = "only a folder takes a labels file; a data set brings its own; leave it out"
        yield Problem((*path, "labels"), message)
    elif Path(labels).suffix.lower() not in (".json", ".csv"):
        yield Problem((*path, "labels"), f"cannot read labels from '{labels}'; use .json or .csv")
    elif not is_file(folder / labels):
        yield Problem((*path, "labels"), missing("file", labels), absent=True)
