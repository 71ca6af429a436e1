"""YAML as plain values with their positions in the text."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from convatlas.config.environment import substitute
from convatlas.errors import Problem
from convatlas.model.records import Json

Path = tuple[str | int, ...]
"""The path of a value: keys and list indices from the root."""

LARGEST = 2 * 2**20
"""The size of the largest atlas file, in bytes: names and remarks for some 26,000 filters."""

MOST_MISTAKES = 100
"""How many mistakes are looked for; a file with more is not what it was meant to be."""

_MOST_VALUES = 200_000
"""How many values a file may have, where each alias counts as what it stands for."""
_LONG = 2**16
"""From this many characters on, libyaml reads the text if it is there. It is ten times as fast, but
its messages are not as good, and it refuses some of what PyYAML reads: ``{key:}``."""
_DEEPEST = 40
_LONGEST_KEY = 1000
_LARGEST_INTEGER = 2**64
_TEXT = "tag:yaml.org,2002:str"
_AS_WRITTEN = {_TEXT, "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
_TYPED = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null")}


@dataclass(frozen=True, order=True)
class Mistake:
    """A mistake and its position; line and column start from 1, or are 0 for the whole file."""

    line: int
    column: int
    path: Path = field(compare=False)
    message: str = field(compare=False)


class _TooLarge(Exception):
    """Aliases make a document larger than any file may be; the message says what to do."""


class Document:
    """A YAML file as plain values, with the position of each of them.

    ``value`` holds everything that could be read, with environment variables substituted, and
    ``written`` the same of the file itself where other values were made from it.
    ``mistakes`` lists what could not be read: syntax errors, duplicate keys, unknown variables.
    """

    def __init__(self, text: str, environment: Mapping[str, str], quick: bool = False) -> None:
        """Read a text.

        Args:
            text: the text.
            environment: the variables that may stand in it.
            quick: read it by libyaml, if that is there, however short it is.
        """
        self.mistakes: list[Mistake] = []
        self.value: Json = None
        self._environment = environment
        self._quick = quick
        self._loader = yaml.SafeLoader("")
        self._nodes: dict[Path, yaml.Node] = {}
        self._keys: dict[Path, yaml.Node] = {}
        self._origins: Mapping[Path, Path] = {}
        self._characters = 0
        root = self._compose(text)
        if root is not None:
            try:
                self.value = self._read(root, (), ())
            except _TooLarge as error:
                self.mistakes = [Mistake(*_place(root), (), str(error))]
        self.written = self.value

    def rearranged(self, value: Json, origins: Mapping[Path, Path]) -> Document:
        """Return other values that were made from those of this file.

        Args:
            value: The values.
            origins: The paths of some of them, and those of the values that they were made from.
                What is known of others stays as it is.
        """
        other = copy.copy(self)
        other.value, other._origins = value, {**self._origins, **origins}
        return other

    def position(self, path: Path) -> tuple[int, int]:
        """Return the line and column of the value at a path, or of the nearest value around it."""
        path = self._origin(path)
        around = (path[:length] for length in range(len(path), -1, -1))
        return next((_place(self._nodes[p]) for p in around if p in self._nodes), (1, 1))

    def key_position(self, path: Path) -> tuple[int, int]:
        """Return the line and column of a path's last key, or of the nearest value around it."""
        origin = self._origin(path)
        return _place(self._keys[origin]) if origin in self._keys else self.position(path[:-1])

    def _origin(self, path: Path) -> Path:
        """Return where in the file a value comes from."""
        known = (n for n in range(len(path), -1, -1) if path[:n] in self._origins)
        length = next(known, None)
        return path if length is None else (*self._origins[path[:length]], *path[length:])

    def place(self, problem: Problem) -> tuple[int, int]:
        """Return the line and column of a problem."""
        find = self.key_position if problem.key else self.position
        return find(problem.path)

    def spelling(self, path: Path) -> str | None:
        """Return a scalar as it is written in the file, or None for a list or mapping."""
        node = self._nodes.get(path)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            yaml.reader.Reader(text)  # refuses control characters
            root = yaml.compose(text, Loader=_loader(text, self._quick))
        except yaml.MarkedYAMLError as error:
            self._syntax(error, text)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
            code = error.character if isinstance(error.character, int) else ord(error.character)
            message = f"the character U+{code:04X} is not allowed in YAML; remove it"
            self.mistakes.append(Mistake(line, column, (), message))
        except RecursionError:
            self.mistakes.append(Mistake(1, 1, (), "lists and mappings are nested too deeply"))
        except (ValueError, OverflowError) as error:  # raised by PyYAML for escapes beyond Unicode
            self.mistakes.append(Mistake(1, 1, (), f"not YAML: {error}; check the \\U escapes"))
        else:
            assert root is None or isinstance(root, yaml.Node)
            return root
        return None

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = error.problem or "cannot be read"
        message = f"not YAML: {error.context} {said}" if said[:4] == "but " else f"not YAML: {said}"
        lines = text.splitlines()
        here = lines[line - 1] if line <= len(lines) else ""
        if "\t" in here:
            message += "; indent with blanks, not tabs"
        elif "${" in here:
            message += "; inside { } and [ ], put quotes around ${...}"
        elif ": " in here.partition(": ")[2]:
            message += '; put quotes around a text that holds ": "'
        self.mistakes.append(Mistake(line, column, (), message))

    def _note(self, node: yaml.Node, path: Path, message: str) -> None:
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append(Mistake(*_place(node), path, message))

    def _count(self, node: yaml.Node, path: Path) -> None:
        """Take down a node that is read.

        Raises:
            _TooLarge: too many were read, since an alias is read each time that it stands for one.
        """
        self._nodes[path] = node
        if isinstance(node, yaml.ScalarNode):
            self._characters += len(node.value)
        if len(self._nodes) > _MOST_VALUES or self._characters > LARGEST:
            limits = f"{_MOST_VALUES:,} values and {LARGEST:,} characters"
            raise _TooLarge(f"larger than {limits}, where each alias (*) counts; make it smaller")

    def _read(self, node: yaml.Node, path: Path, above: tuple[int, ...]) -> Json:
        self._count(node, path)
        if id(node) in above:
            self._note(node, path, "an alias (*) that stands inside its own anchor (&)")
            return None
        if len(above) >= _DEEPEST:
            self._note(node, path, f"nested more than {_DEEPEST} levels deep")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, (*above, id(node)))
        if isinstance(node, yaml.SequenceNode):
            inside = (*above, id(node))
            return [self._read(n, (*path, i), inside) for i, n in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, inside: tuple[int, ...]) -> Json:
        values: dict[str, Json] = {}
        first: dict[str, int] = {}
        for key, child in node.value:
            name = self._key(key, path)
            if name is None:
                continue
            self._keys[(*path, name)] = key
            if name in values:
                message = f"the key stands twice, first in line {first[name]}; keep one of them"
                self._note(key, (*path, name), message)
                continue
            first[name] = _place(key)[0]
            values[name] = self._read(child, (*path, name), inside)
        return values

    def _key(self, key: yaml.Node, path: Path) -> str | None:
        if not isinstance(key, yaml.ScalarNode):
            self._note(key, path, "a list or mapping cannot be a key; write a name")
        elif key.tag == "tag:yaml.org,2002:merge":
            self._note(key, path, "merge keys (<<) are not read here; write the keys out")
        elif key.tag not in _AS_WRITTEN:
            written = _short(key.value)
            message = f'YAML does not read the key {written} as text; write "{written}"'
            self._note(key, path, message)
        elif not _sound(key.value):
            self._note(key, path, "the key is no valid Unicode text")
        elif len(key.value) > _LONGEST_KEY:
            self._note(key, path, f"a key of {len(key.value):,} characters; shorten it")
        else:
            return str(key.value)
        return None

    def _scalar(self, node: yaml.Node, path: Path) -> Json:
        try:
            text = substitute(node.value, self._environment)
        except ValueError as error:
            self._note(node, path, str(error))
            return None
        tag, plain = node.tag, not getattr(node, "style", None)
        if text != node.value and tag in _AS_WRITTEN and plain:
            tag = self._loader.resolve(  # type: ignore[no-untyped-call]
                yaml.ScalarNode, text, (True, False)
            )
        if not _sound(text):
            self._note(node, path, "the text is no valid Unicode")
            return None
        if tag in _AS_WRITTEN or tag == "tag:yaml.org,2002:merge":
            return text
        if tag not in _TYPED:
            self._note(node, path, f"the tag {_short(tag)} is not read here; remove it")
            return None
        return self._typed(yaml.ScalarNode(tag, text, node.start_mark, node.end_mark), path)

    def _typed(self, node: yaml.ScalarNode, path: Path) -> Json:
        try:
            value = self._loader.construct_object(node)
        except (ValueError, KeyError, IndexError, OverflowError, yaml.YAMLError):
            message = f"{_short(node.value)} cannot be read; put quotes around a text"
            self._note(node, path, message)
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._note(node, path, f"expected a finite number, found {_short(node.value)}")
            return None
        if isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
            self._note(node, path, f"the number {_short(node.value)} has more than 64 bits")
            return None
        return value


def _loader(text: str, quick: bool) -> type[yaml.SafeLoader | yaml.CSafeLoader]:
    quick = quick or len(text) >= _LONG
    return yaml.CSafeLoader if quick and yaml.__with_libyaml__ else yaml.SafeLoader


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _sound(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8 and used as a path."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
