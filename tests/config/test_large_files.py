"""Atlas files that are large, or become large, are refused in a sentence and in time."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from convatlas.config.yaml_document import LARGEST
from convatlas.errors import ConfigError
from convatlas.opening.configuration import parse, read

MODEL = "models:\n  - name: a\n    source: torchvision/resnet18\n"
LONG = 300_000


def mistakes(text: str) -> tuple[str, ...]:
    """Return what is told about a text, none of it long."""
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("atlas.yaml"), {})
    assert len(caught.value.lines) <= 21
    assert all(len(line) < 1000 for line in caught.value.lines)
    return caught.value.lines


def laughs(each: str) -> str:
    """A text of aliases of aliases, which stands for 9 to the power of 25 values."""
    lines = [f"a: &a [{', '.join([each] * 9)}]"]
    names = "abcdefghijklmnopqrstuvwxyz"
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        laughs("x"),
        f"a: &a {'x' * LONG}\nb: [{', '.join(['*a'] * 1000)}]",
        f"a: &a [{'x,' * 1000}]\nb: [{', '.join(['*a'] * 1000)}]",
        "- a\n" * 300_000,
    ],
)
def test_aliases_do_not_multiply_a_file_without_end(text: str) -> None:
    assert "larger than 200,000 values" in mistakes(text)[0]


def test_an_alias_is_still_a_value_twice() -> None:
    text = MODEL + "    arguments: {a: &a [1, {b: 2}], c: *a}\n"
    assert parse(text, Path("atlas.yaml"), {}).atlas.models[0].arguments == {
        "a": [1, {"b": 2}],
        "c": [1, {"b": 2}],
    }


@pytest.mark.parametrize(
    "text",
    [
        MODEL + f"? {'k' * LONG}\n: 1\n",
        MODEL + f"? {'k' * 900}\n: 1\n",
        MODEL + f"'{'k' * 900} {'l' * 50}': 1\n",
        MODEL + f"title: ${{{'X' * LONG}}}\n",
        MODEL + f"title: !{'x' * LONG} y\n",
        MODEL + f"store: [{'x' * LONG}]\n",
        MODEL + f"notes: {{? '{'a' * 999}' : b}}\n",
        f"models: [{{name: {'n' * LONG}, source: {'s' * LONG}}}]",
        f"models: [{{name: a, source: x:y, images: {'i' * LONG}, weights: {'w' * LONG}.pth}}]",
        MODEL + f"probes: [{{name: a, image: {'i' * LONG}, networks: [{'x' * LONG}]}}]",
        MODEL + f"hypotheses: [{{filter: {'f' * LONG}, claim: x, image: y}}]",
        MODEL + f"site: {{logo: {'l' * LONG}.png, theme: {'t' * LONG}, url: {'u' * LONG}}}",
        MODEL + f"site: {{footer: '[a]({'a' * LONG})'}}",
        MODEL + f"lenses: {{maximize: {{preset: {'p' * LONG}}}}}",
        MODEL + f"notes: {{a/b/1: {{remark: '[a](atlas:{'a' * LONG})'}}}}",
    ],
)
def test_what_is_quoted_is_shortened(text: str) -> None:
    told = "\n".join(mistakes(text))
    assert len(told) < 4000


def test_a_shortened_message_still_ends_with_its_remedy() -> None:
    (line,) = mistakes(MODEL + f"site: {{theme: {'t' * LONG}}}")
    assert line.startswith("atlas.yaml:4:15: site.theme: there is no folder ttt")
    assert line.endswith("ttt; paths are relative to the file they stand in")


@pytest.mark.parametrize(
    "number",
    [
        *("9" * 4301, "0x" + "f" * 5000, "0b" + "1" * 20_000, "0" + "7" * 6000, "1" + ":1" * 3000),
        *(str(2**64), str(-(2**64)), "'0" + "0" * 5000 + "1'"),
    ],
)
def test_a_number_of_thousands_of_digits_is_a_mistake(number: str) -> None:
    assert len(mistakes(f"models: [{{name: a, source: x:y, strict: {number}}}]")) == 1
    for place in ("top: ", "lowest: "):
        mistakes(MODEL + f"lenses: {{examples: {{{place}{number}}}}}")


def test_a_number_of_64_bits_is_none() -> None:
    text = MODEL + f"    arguments: {{a: {2**64 - 1}, b: {-(2**63)}}}\n"
    assert parse(text, Path("atlas.yaml"), {}).atlas.models[0].arguments["a"] == 2**64 - 1


@pytest.mark.parametrize(
    "text",
    [
        MODEL + "".join(f"key{n}: 1\n" for n in range(10_000)),
        MODEL + "notes:\n" + "".join(f"  none{n}/layer/{n}: x\n" for n in range(10_000)),
        "models:\n" + "".join(f"  - {{name: n{n}, source: no}}\n" for n in range(10_000)),
        "a: 1\n" * 50_000,
        MODEL + "hypotheses: [" + "{}, " * 10_000 + "]",
        "models:\n"
        + "".join(f"  - {{name: n{n}, source: a:b}}\n" for n in range(5000))
        + "notes:\n"
        + "".join(f"  m{n}/layer/{n}: x\n" for n in range(10_000)),
    ],
)
def test_of_very_many_mistakes_the_first_are_told(text: str) -> None:
    told = mistakes(text)
    assert len(told) == 21
    assert told[-1] == "atlas.yaml: there are more mistakes; correct these first"
    places = [int(line.split(":")[1]) for line in told[:-1]]
    assert places == sorted(places)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "atlas.yaml"
    file.write_text(MODEL + "#" * LARGEST)
    with pytest.raises(ConfigError, match=r"\(larger than 2,097,152 bytes\); shorten it"):
        read(file, {})


def test_a_file_with_a_note_for_each_filter_of_a_large_network_is_read(tmp_path: Path) -> None:
    notes = [f"  a/layer{n % 50}/{n}: {{name: stripes {n}, remark: at 45°}}" for n in range(10_000)]
    (tmp_path / "atlas.yaml").write_text(MODEL + "notes:\n" + "\n".join(notes))
    assert len(read(tmp_path / "atlas.yaml", {}).atlas.notes) == 10_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_device_or_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match="this is a folder; name the file in it"):
        read(tmp_path / "folder.yaml", {})
    for name in ("pipe.yaml", "zero.yaml"):
        with pytest.raises(
            ConfigError, match=r"\(neither a file nor a folder\); name an atlas file"
        ):
            read(tmp_path / name, {})


@pytest.mark.parametrize("piece", ["[", "![", "[a](", "`", "*a ", "> ", "<"])
def test_texts_are_not_so_long_that_they_take_minutes_to_parse(tmp_path: Path, piece: str) -> None:
    long = "'" + piece * (LONG // len(piece)) + "'"
    for place in ("site: {footer: %s}", "notes: {a/b/1: {remark: %s}}"):
        (line,) = mistakes(MODEL + place % long)
        assert "expected at most 10000 characters, found" in line
    (tmp_path / "page.md").write_text(piece * LONG)
    text = MODEL + "site: {extra: [{title: A, file: page.md}]}"
    with pytest.raises(ConfigError, match="no UTF-8 text of at most 262,144 bytes"):
        parse(text, tmp_path / "atlas.yaml", {})
