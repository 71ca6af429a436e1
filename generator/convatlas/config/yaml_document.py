"""YAML as plain values with their positions in the text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from convatlas.config.environment import substitute
from convatlas.errors import Problem
from convatlas.model.records import Json

Path = tuple[str | int, ...]
"""The path of a value: keys and list indices from the root."""

_DEEPEST = 40
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


class Document:
    """A YAML file as plain values, with the position of each of them.

    ``value`` holds everything that could be read, with environment variables substituted.
    ``mistakes`` lists what could not be read: syntax errors, duplicate keys, unknown variables.
    """

    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        self.mistakes: list[Mistake] = []
        self.value: Json = None
        self._environment = environment
        self._loader = yaml.SafeLoader("")
        self._root = self._compose(text)
        if self._root is not None:
            self.value = self._read(self._root, (), ())

    def position(self, path: Path) -> tuple[int, int]:
        """Return the line and column of the value at a path, or of the nearest value around it."""
        return self._walk(path)[1]

    def key_position(self, path: Path) -> tuple[int, int]:
        """Return the line and column of a path's last key, or of the nearest value around it."""
        node, place = self._walk(path[:-1])
        if path and isinstance(node, yaml.MappingNode):
            places = [_place(key) for key, _ in node.value if key.value == path[-1]]
            place = places[-1] if places else place
        return place

    def place(self, problem: Problem) -> tuple[int, int]:
        """Return the line and column of a problem."""
        find = self.key_position if problem.key else self.position
        return find(problem.path)

    def spelling(self, path: Path) -> str | None:
        """Return a scalar as it is written in the file, or None for a list or mapping."""
        node = self._walk(path)[0]
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def _walk(self, path: Path) -> tuple[yaml.Node | None, tuple[int, int]]:
        node, place = self._root, _place(self._root) if self._root else (1, 1)
        for step in path:
            child = _child(node, step)
            if child is None:
                return None, place
            node, place = child, _place(child)
        return node, place

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
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
        self.mistakes.append(Mistake(*_place(node), path, message))

    def _read(self, node: yaml.Node, path: Path, above: tuple[int, ...]) -> Json:
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
            message = f'YAML does not read the key {key.value} as text; write "{key.value}"'
            self._note(key, path, message)
        elif not _sound(key.value):
            self._note(key, path, "the key is no valid Unicode text")
        else:
            return str(key.value)
        return None

    def _scalar(self, node: yaml.Node, path: Path) -> Json:
        try:
            text = substitute(node.value, self._environment)
        except ValueError as error:
            self._note(node, path, str(error))
            return None
        tag, plain = node.tag, getattr(node, "style", None) is None
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
            self._note(node, path, f"the tag {tag} is not read here; remove it")
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
        return value


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _sound(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8 and used as a path."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
