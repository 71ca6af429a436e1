"""The documents' code blocks, and running them in the order in which they stand.

What a block is for is told by its language: ``python`` and ``sh`` are run; ``bash`` is shown, for
what takes long or a server; ``yaml`` is an atlas or part of one; ``diff`` is applied to the file
that its title names. A block of any language with a title is written to the file of that name.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.prepared import run_prepared

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
PROGRAMS = {"convatlas": "-m convatlas ", "pip": "-m pip ", "python": ""}
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


SECONDS = 300
"""How long one command may take."""


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    language: str
    title: str
    code: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for language, title, code in FENCE.findall(page.read_text(encoding="utf-8")):
        yield Block(language, title, code)


def run(page: Path, folder: Path, environment: Mapping[str, str] | None = None) -> None:
    """Do what a page says, in a folder; Python blocks without a title are one program."""
    program = ""
    for block in blocks(page):
        if block.language == "diff":
            apply(block.code, folder / block.title)
        elif block.title:
            write(folder / block.title, block.code)
        elif block.language == "python":
            program += block.code
        elif block.language == "sh":
            shell(block.code, folder, environment or {})
    if program:
        execute([sys.executable, "-c", program], folder, environment or {})


def furnish(folder: Path) -> None:
    """Put there what the documents' atlases name beside themselves, besides networks and images."""
    (folder / "my-theme").mkdir()
    write(folder / "tour.md", "# A tour\n")
    write(folder / "logo.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>\n')


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def apply(diff: str, file: Path) -> None:
    """Apply hunks, which are told apart by ``@@`` alone, each in the one place where it fits."""
    text = file.read_text(encoding="utf-8")
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if not line.startswith("+"))
        new = "".join(line[1:] for line in lines if not line.startswith("-"))
        assert text.count(old) == 1, f"{file.name} has not this, once:\n{old}"
        text = text.replace(old, new)
    write(file, text)


def shell(code: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run commands; those of convatlas in prepared processes, if the environment is this one."""
    if environment:
        execute(["bash", "-eu", "-c", code], folder, environment)
        return
    for line in code.splitlines():
        name, *arguments = shlex.split(line)
        if name == "convatlas":
            done = run_prepared(folder, *arguments, seconds=SECONDS)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        else:
            execute(["bash", "-eu", "-c", line], folder, environment)


def execute(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command in a folder, with the programs of the environment under test."""
    programs = folder / ".programs"
    for name, arguments in PROGRAMS.items():
        write(programs / name, f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        (programs / name).chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    # Small networks are slower on several threads, above all where other programs run.
    inherited = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, cwd=folder, env=inherited, capture_output=True, text=True)
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
