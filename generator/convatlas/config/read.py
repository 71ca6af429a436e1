"""Read ``atlas.yaml`` into a checked configuration, and report all mistakes at once."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from convatlas.config import schema
from convatlas.config.content import content
from convatlas.config.explain import explain
from convatlas.config.sources import weights_file
from convatlas.config.yaml_document import LARGEST, MOST_MISTAKES, Document, Mistake
from convatlas.config.yaml_document import Path as Place
from convatlas.errors import ConfigError, Problem, brief
from convatlas.model.records import Json

_INIT = "`convatlas init` writes one to start from"


_MOST_LINES = 20
"""How many mistakes are told at once."""

_REMEDIES = {
    errno.EFBIG: "shorten it, or split it into several atlases",
    errno.EINVAL: "name an atlas file",
}

Checks = Callable[[Json, Path], Iterable[Problem]]
"""Given the file as plain values, and its folder: the problems that the schema cannot detect."""


@dataclass(frozen=True)
class Configuration:
    """A checked ``atlas.yaml`` that knows the position of every value in the file."""

    atlas: schema.Atlas
    file: Path
    document: Document
    folder: Path
    """The folder that relative paths in the file start from, as an absolute path, so that it stays
    the same when the user's code changes the working directory."""

    def resolve(self, text: str) -> Path:
        """Return a path of the file as a path that can be opened."""
        return self.folder / text

    def locate(self, path: Place) -> str:
        """Return the position of a value, or of the nearest one around it: ``atlas.yaml:4:11``."""
        return "{}:{}:{}".format(self.file, *self.document.position(path))

    def weights_file(self, model: schema.Model) -> Path | None:
        """Return the file with a network's weights, or None if ``weights`` does not name a file."""
        return weights_file(model.source, model.weights, self.folder)

    def place(self, entry: schema.Model | schema.ImageSet) -> Place:
        """Return the path of a network or image set in the file, or ``()`` if it is not in it."""
        entries: Sequence[schema.Model | schema.ImageSet] = self.atlas.models
        key = "models"
        if isinstance(entry, schema.ImageSet):
            entries, key = self.atlas.images, "images"
        found = [(key, index) for index, each in enumerate(entries) if each.name == entry.name]
        return found[0] if found else ()

    def fail(self, problems: Sequence[Problem]) -> NoReturn:
        """Report problems, sorted by their position in the file.

        Raises:
            ConfigError: always.
        """
        mistakes = [Mistake(*self.document.place(p), p.path, p.message) for p in problems]
        raise ConfigError(_lines(self.file, mistakes))


def read(
    file: Path, environment: Mapping[str, str], whole: type[schema.Atlas], checks: Checks
) -> Configuration:
    """Read and check a configuration file.

    Raises:
        ConfigError: the file cannot be read, or has mistakes; the error lists all of them.
    """
    try:
        text = content(file, LARGEST).decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([f"{file}: there is no such file; {_INIT}"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{file}: this is a folder; name the file in it"]) from None
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "see to its rights")
        message = f"{file}: cannot be read ({error.strerror}); {remedy}"
        raise ConfigError([message]) from None
    except UnicodeDecodeError as error:
        message = f"{file}: not UTF-8 text (byte {error.start}); save it as UTF-8; {_INIT}"
        raise ConfigError([message]) from None
    return parse(text, file, environment, whole, checks)


def parse(
    text: str,
    file: Path,
    environment: Mapping[str, str],
    whole: type[schema.Atlas],
    checks: Checks,
) -> Configuration:
    """Check the text of a configuration.

    Args:
        file: The path of the text, for messages and relative paths.
        whole: The schema, with the options of the lenses.

    Raises:
        ConfigError: the text has mistakes; the error lists all of them.
    """
    document = Document(text, environment)
    if not isinstance(document.value, dict) and not document.mistakes:
        what = "the file is empty" if document.value is None else "expected a mapping of keys"
        raise ConfigError([f"{file}:1:1: {what}; {_INIT}"])
    mistakes = list(document.mistakes)
    atlas: schema.Atlas | None = None
    if isinstance(document.value, dict):
        try:
            atlas = whole.model_validate(document.value)
        except ValidationError as error:
            mistakes += explain(error.errors(include_url=False), document, whole)
        for problem in islice(checks(document.value, file.parent), MOST_MISTAKES):
            mistakes.append(Mistake(*document.place(problem), problem.path, problem.message))
    if mistakes or atlas is None:
        raise ConfigError(_lines(file, mistakes))
    return Configuration(atlas, file, document, file.parent.absolute())


def _lines(file: Path, mistakes: Iterable[Mistake]) -> list[str]:
    """Return one line for each mistake, sorted by position; only the first one for each value."""
    lines: dict[tuple[object, ...], str] = {}
    for mistake in sorted(mistakes):
        name = f"{_spelled(mistake.path)}: " if mistake.path else ""
        key = (mistake.line, mistake.column, mistake.path)
        place = f"{file}:{mistake.line}:{mistake.column}: "
        lines.setdefault(key, place + brief(_one_line(name + mistake.message)))
    told = list(lines.values())
    if len(told) > _MOST_LINES:
        told[_MOST_LINES:] = [f"{file}: there are more mistakes; correct these first"]
    return told


def _one_line(text: str) -> str:
    """Return a text with line breaks, tabs and other control characters escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _spelled(path: Place) -> str:
    """Return a path as ``models[0].weights``, with unusual keys quoted in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]{1,60}", step):
            text += f".{step}" if text else step
        else:
            text += f'["{brief(step, 60)}"]'
    return text
