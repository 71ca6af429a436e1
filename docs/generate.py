"""Write the references that follow from the code: ``python docs/generate.py [--check]``.

``reference/configuration.md`` comes from the schema of atlas.yaml, ``reference/commands.md`` from
what each command's ``--help`` says, ``atlas.schema.json`` is the schema itself. With ``--check``
nothing is written; the exit code is 1 where a file is not what it would be.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from convatlas.cli import cli
from convatlas.config.json_schema import json_schema
from convatlas.opening.configuration import atlas_schema

DOCS = Path(__file__).resolve().parent
EXAMPLE = DOCS / "reference" / "everything.yaml"
KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}
Schema = Mapping[str, Any]

CONFIGURATION = """# atlas.yaml

<!-- Written by docs/generate.py from the schema. -->

Only `models` is needed. Relative paths start from the file they stand in; `${NAME}` and
`${NAME:-default}` are taken from the environment. Mistakes are told all at once, each with its
line and column; of more than 20, the first. The file may have up to 2 MiB, 200,000 values (an
alias counts as all that it stands for) and numbers of up to 64 bits.
[`atlas.schema.json`](../atlas.schema.json) is the same for editors: where yours has YAML's
language server, begin the file with

    # yaml-language-server: $schema=path/to/atlas.schema.json

"""
COMMANDS = """# Commands

<!-- Written by docs/generate.py from the commands' --help. -->

Results go to standard output, progress and messages to standard error. Exit codes: 0 done; 1
something failed and was reported; 2 usage or configuration; 130 interrupted.

"""


def pages() -> dict[Path, str]:
    """Each generated file with what belongs into it."""
    return {
        DOCS / "reference" / "configuration.md": configuration(),
        DOCS / "reference" / "commands.md": commands(),
        DOCS / "atlas.schema.json": json_schema(atlas_schema()),
    }


def configuration() -> str:
    """All keys of atlas.yaml, section by section, and a file that has them all."""
    schema = atlas_schema().model_json_schema()
    titles = dict(_titles(schema))
    sections = [("The whole file", schema)]
    sections += [(f"`{title}`", schema["$defs"][name]) for name, title in titles.items()]
    told = [_section(title, section, titles) for title, section in sections]
    whole = f"## A file with everything\n\n```yaml\n{EXAMPLE.read_text(encoding='utf-8')}```\n"
    return CONFIGURATION + "\n".join([*told, whole])


def _titles(schema: Schema) -> Iterator[tuple[str, str]]:
    """The definition of each section with the keys that lead to it, where it is first named."""
    waiting, seen = [("", schema)], set[str]()
    while waiting:
        place, section = waiting.pop(0)
        for name, key in section["properties"].items():
            for reference in re.findall(r'"#/\$defs/(\w+)"', json.dumps(key)):
                if reference not in seen:
                    seen.add(reference)
                    title = f"{place}: {name}".removeprefix(": ")
                    yield reference, title
                    waiting.append((title, schema["$defs"][reference]))


def _section(title: str, section: Schema, titles: Mapping[str, str]) -> str:
    required = section.get("required", ())
    rows = [
        f"| `{name}` | {_words(key)}<br>*{_value(key, titles)}*{_default(name in required, key)} |"
        for name, key in section["properties"].items()
    ]
    head = ["| key | |", "|---|---|"]
    words = [] if section.get("description") == f"{title}." else [_words(section), ""]
    return "\n".join([f"## {title}", "", *words, *head, *rows, ""])


def _value(key: Schema, titles: Mapping[str, str]) -> str:
    """What may stand there, in words."""
    if "$ref" in key:
        title = titles[key["$ref"].rpartition("/")[2]]
        return f"[{title}](#{title.replace(': ', '-')})"
    if "anyOf" in key:
        kinds = (each for each in key["anyOf"] if each.get("type") != "null")
        return " or ".join(_value(each, titles) for each in kinds)
    if "const" in key:
        return _code(key["const"])
    if "enum" in key:
        return ", ".join(f"`{each}`" for each in key["enum"])
    if key.get("type") == "array":
        return _list(key, titles)
    if key.get("type") == "object":
        inner = key.get("additionalProperties")
        return f"mapping to {_value(inner, titles)}" if isinstance(inner, dict) else "mapping"
    return (KINDS[key["type"]] if "type" in key else "anything") + _bounds(key)


def _list(key: Schema, titles: Mapping[str, str]) -> str:
    least, most = key.get("minItems"), key.get("maxItems")
    count = f"{least} of " if least and least == most else ""
    return f"list of {count}{_value(key['items'], titles)}"


def _bounds(key: Schema) -> str:
    signs = {
        "minimum": "from {:g}",
        "exclusiveMinimum": "above {:g}",
        "maximum": "to {:g}",
        "exclusiveMaximum": "below {:g}",
    }
    said = [text.format(key[name]) for name, text in signs.items() if name in key]
    if "maxLength" in key:
        said.append(f"of at most {key['maxLength']} characters")
    return " " + ", ".join(said) if said else ""


def _default(required: bool, key: Schema) -> str:
    """Whether it may be left out, and what then counts; nothing where words tell it."""
    if required:
        return ", required"
    value = key.get("default")
    if value is None or value == "" or isinstance(value, dict):
        return ""
    return f"; default: {_code(value)}"


def _code(value: object) -> str:
    """A value as YAML spells it, with quotes only where it needs them."""
    return "`" + re.sub(r'"([\w. -]+)"', r"\1", json.dumps(value)) + "`"


def _words(described: Schema) -> str:
    """A description as one line of Markdown."""
    text = " ".join(described.get("description", "").replace("``", "`").split())
    return text.replace("|", "\\|")


def commands() -> str:
    """Every command with its usage, its words and its options."""
    context = click.Context(cli, info_name="convatlas", **cli.context_settings)
    return COMMANDS + "\n".join(_commands(cli, context)) + "\n"


def _commands(command: click.Command, context: click.Context) -> Iterator[str]:
    yield _command(command, context)
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _commands(each, click.Context(each, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [_option(*record) for record in records if record]
    words = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    lines = [f"## {context.command_path}", "", f"    {usage}", "", words, ""]
    return "\n".join([*lines, "| option | |", "|---|---|", *rows, ""])


def _option(spelling: str, words: str) -> str:
    spelling = spelling.replace("[", "&#91;").replace("|", "&#124;")  # a bar would end the cell
    return f"| <code>{spelling}</code> | {words} |"


def main(check: bool) -> int:
    """Write what is not as it should be, or say it; returns the exit code."""
    stale = [path for path, text in pages().items() if not _same(path, text)]
    for path in stale:
        sys.stderr.write(f"{path.name}: {'run docs/generate.py' if check else 'written'}\n")
        if not check:
            path.write_text(pages()[path], encoding="utf-8")
    return int(check and bool(stale))


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
