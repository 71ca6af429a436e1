"""Translate pydantic's errors into messages for people who write YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from convatlas.config.described_keys import DescribedKeys
from convatlas.config.schema import Atlas
from convatlas.config.suggestions import did_you_mean
from convatlas.config.yaml_document import MOST_MISTAKES, Document, Mistake, Path
from convatlas.model.records import Json

_WRONG_TYPE = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


_LONGEST_NUMBER = 40


@dataclass(frozen=True)
class _Error:
    """One of pydantic's errors, with its location split into a path and the branches of unions.

    ``branches`` holds, for each union along the path, the path of its value and the branch tried.
    """

    path: Path
    branches: tuple[tuple[Path, str], ...]
    details: ErrorDetails

    @property
    def kind(self) -> str:
        return self.details["type"]


def explain(
    errors: Iterable[ErrorDetails], document: Document, atlas: type[Atlas]
) -> list[Mistake]:
    """Return one mistake for each wrong value, however many errors pydantic reports for it.

    Of very many, only those that stand first in the file are returned.
    """
    read = [_locate(error, document.value) for error in errors]
    keys = DescribedKeys(atlas)
    groups = sorted(_fold(read), key=lambda group: document.position(group[0].path))
    return [_mistake(group, document, keys) for group in groups[:MOST_MISTAKES]]


def _locate(details: ErrorDetails, value: Json) -> _Error:
    path: Path = ()
    branches: list[tuple[Path, str]] = []
    steps = details["loc"][:-1] if details["type"] == "missing" else details["loc"]
    for step in steps:
        inside = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if inside or (isinstance(value, dict) and step in value):
            value, path = value[step], (*path, step)
        else:
            branches.append((path, str(step)))
    return _Error(path, tuple(branches), details)


def _fold(errors: Sequence[_Error]) -> list[list[_Error]]:
    """Group errors by the value they are about; of a union, keep the branch that got furthest."""
    groups: list[list[_Error]] = []
    unions: dict[Path, list[_Error]] = {}
    for error in errors:
        if not error.branches:
            groups.append([error])
        elif error.branches[0][0] in unions:
            unions[error.branches[0][0]].append(error)
        else:
            unions[error.branches[0][0]] = [error]
    for path, members in unions.items():
        groups.extend(_union(path, members))
    return groups


def _union(path: Path, members: Sequence[_Error]) -> list[list[_Error]]:
    inside = [error for error in members if _meant(error, path)]
    if inside:
        branch = max(inside, key=lambda error: len(error.path)).branches[0]
        kept = [error for error in members if error.branches[0] == branch]
        return _fold([_Error(e.path, e.branches[1:], e.details) for e in kept])
    return [list(members)]


def _meant(error: _Error, path: Path) -> bool:
    """Return whether an error shows that this branch was meant, because the value has its type."""
    return len(error.path) > len(path) or not (
        error.kind in _WRONG_TYPE or error.kind == "literal_error"
    )


def _mistake(group: Sequence[_Error], document: Document, keys: DescribedKeys) -> Mistake:
    error = group[0]
    path, details = error.path, error.details
    if error.kind == "extra_forbidden":
        near = did_you_mean(str(path[-1]), keys.below(path[:-1]))
        message = f"unknown key '{path[-1]}'; {near}"
        return Mistake(*document.key_position(path), path, message)
    if error.kind == "missing":
        path = (*path, details["loc"][-1])
        message = "this key is missing; add it"
    elif all(each.kind in _WRONG_TYPE or each.kind == "literal_error" for each in group):
        message = _wrong_type(group, document, keys)
    else:
        message = _out_of_range(details)
    return Mistake(*document.position(path), path, message)


def _wrong_type(group: Sequence[_Error], document: Document, keys: DescribedKeys) -> str:
    path, value = group[0].path, group[0].details["input"]
    choices = [choice for error in group for choice in _choices(error.details)]
    expected = [_WRONG_TYPE[e.kind] for e in group if e.kind in _WRONG_TYPE]
    wanted = list(dict.fromkeys([*choices, *expected]))
    found = f"expected {_either(wanted)}, found {_describe_value(value, document.spelling(path))}"
    remedy = _remedy(value, wanted, document.spelling(path)) or _meaning(keys.sentence(path))
    return f"{found}; {remedy}" if remedy else found


def _choices(details: ErrorDetails) -> list[str]:
    if details["type"] != "literal_error":
        return []
    expected = str(details.get("ctx", {}).get("expected", ""))
    return ["false" if each == "False" else each for each in re.findall(r"'[^']*'|\w+", expected)
            if each != "or"]  # fmt: skip


def _describe_value(value: Json, spelling: str | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        word = "true" if value else "false"
        return word if spelling in (word, None) else f"{word} (YAML's reading of {spelling})"
    if isinstance(value, int | float):
        written = str(value)
        different = spelling not in (written, None) and "${" not in str(spelling)
        return f"the number {written}" + (f" (YAML's reading of {spelling})" if different else "")
    if isinstance(value, str):
        return f"the text {_quoted(value)}"
    return "a list" if isinstance(value, list) else "a mapping"


def _remedy(value: Json, wanted: Sequence[str], spelling: str | None) -> str:
    choices = [each.strip("'") for each in wanted if each.startswith("'")]
    if isinstance(value, str) and choices:
        near = did_you_mean(value, choices)
        if near.startswith("did"):
            return near
    if value is None:
        return "give a value, or leave the key out"
    if value is True and "false" in wanted:
        return "write {} to switch it on"
    if "text" in wanted and isinstance(value, bool | int | float):
        return f'write "{spelling}"'
    if isinstance(value, str) and {"a number", "a whole number"} & set(wanted):
        number = _number(value)
        return f"write {number}" if number else ""
    if isinstance(value, float) and "a whole number" in wanted and value.is_integer():
        return f"write {int(value)}"
    if isinstance(value, str) and "true or false" in wanted and value.lower() in ("true", "false"):
        return f"write {value.lower()}"
    if "a list" in wanted and isinstance(value, str | int | float) and len(wanted) == 1:
        return f"write [{spelling}]"
    return ""


def _number(text: str) -> str:
    """Return a number in the form that YAML reads, or an empty string if the text is no number."""
    if len(text) > _LONGEST_NUMBER:
        return ""
    try:
        value = float(text)
    except ValueError:
        return ""
    if not abs(value) < 1e300:
        return ""
    if re.fullmatch(r"[+-]?\d+", text.strip()):
        return str(int(text))
    mantissa, exponent, power = repr(value).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{exponent}{power}"


def _out_of_range(details: ErrorDetails) -> str:
    limits: Mapping[str, Any] = details.get("ctx", {})
    value = details["input"]
    match details["type"]:
        case "greater_than":
            expected = f"a number above {limits['gt']:g}"
        case "greater_than_equal":
            expected = f"a number of at least {limits['ge']:g}"
        case "less_than":
            expected = f"a number below {limits['lt']:g}"
        case "less_than_equal":
            expected = f"a number of at most {limits['le']:g}"
        case "too_short" | "too_long":
            few = limits.get("min_length", limits.get("max_length"))
            bound = "at least" if "min_length" in limits else "at most"
            plural = "entry" if few == 1 else "entries"
            return f"expected {bound} {few} {plural}, found {limits['actual_length']}"
        case "string_too_short":
            return "expected a text, found an empty one; fill it in"
        case "string_too_long":
            return f"expected at most {limits['max_length']} characters, found {len(value)}"
        case _:
            return details["msg"]
    return f"expected {expected}, found {value}"


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _meaning(sentence: str) -> str:
    return f"it means: {sentence[:1].lower()}{sentence[1:]}" if sentence else ""
