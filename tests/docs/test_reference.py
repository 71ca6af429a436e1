"""What the documents name is there: options, keys, files, links; and they build without a word."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from convatlas.cli import cli
from convatlas.opening.configuration import check_without_files, parse
from support.documents import DOCS, PAGES, ROOT, Block, blocks, furnish

READABLE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
SHELL = ("sh", "bash")
SOME = "models: [{name: squeezenet, source: torchvision/squeezenet1_1}]\n"
"""What a part of an atlas is a part of."""
LENS = DOCS / "how-to" / "lens.md"
"""Has keys of its own: those of the lens that it writes, which check them when it is run."""


OTHERS = (LENS, DOCS / "theming.md")
"""Name files that the reader writes."""


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_the_references_are_what_the_code_says() -> None:
    script = [sys.executable, str(DOCS / "generate.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", READABLE, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), target


def _anchors(page: Path) -> set[str]:
    """What Python-Markdown calls the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    bare = (re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings)
    return {re.sub(r"[-\s]+", "-", heading) for heading in bare}


@pytest.mark.parametrize("page", READABLE, ids=_name)
def test_every_file_of_the_repository_that_is_named_is_there(page: Path) -> None:
    named = r"`((?:examples|docs|tests|benchmarks|generator|templates|static)/[\w./-]+\.\w+)`"
    for path in re.findall(named, page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists() or page in OTHERS, path


def _yaml() -> Iterator[tuple[str, Block]]:
    for page in READABLE:
        for number, block in enumerate(blocks(page)):
            if block.language == "yaml" and page != LENS and not block.title.startswith("."):
                yield f"{_name(page)}:{number}", block


@pytest.mark.parametrize("block", [pytest.param(b, id=name) for name, b in _yaml()])
def test_every_yaml_block_is_a_valid_atlas(block: Block, tmp_path: Path) -> None:
    code = block.code if "models:" in block.code else SOME + block.code
    furnish(tmp_path)
    parse(code, tmp_path / "atlas.yaml", {}, check_without_files)


def _commands() -> Iterator[tuple[str, str]]:
    for page in READABLE:
        for block in blocks(page):
            if block.language in SHELL:
                lines = block.code.replace("\\\n", " ").splitlines()
                yield from ((_name(page), line) for line in lines if line.startswith("convatlas"))


@pytest.mark.parametrize(("page", "line"), list(_commands()))
def test_every_command_is_one(page: str, line: str) -> None:
    command, context = cli, click.Context(cli, info_name="convatlas")
    words = shlex.split(line, comments=True)[1:]
    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(context, words)
        assert command is not None, line
        context = click.Context(command, parent=context)
    command.make_parser(context).parse_args(words)


def test_the_example_of_a_wrapper_is_the_one_that_is_shown() -> None:
    shown = {block.title: block.code for block in blocks(DOCS / "how-to" / "detectors.md")}
    example = ROOT / "examples" / "detectors.py"
    assert shown["detectors.py"] == example.read_text(encoding="utf-8")
    atlas = yaml.safe_load((ROOT / "examples" / "detectors.yaml").read_text(encoding="utf-8"))
    del atlas["store"]
    assert yaml.safe_load(shown["atlas.yaml"]) == atlas


def test_the_documents_build_and_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//[^"'>\s]+"""
        r"""|<link\b[^>]*\brel=["']?(?:stylesheet|preload|icon|preconnect)[^>]*href=["']?(?:https?:)?//"""
    )
    for page in tmp_path.rglob("*.html"):
        assert not loaded.search(page.read_text(encoding="utf-8")), page
    for sheet in tmp_path.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", sheet.read_text("utf-8")), sheet
