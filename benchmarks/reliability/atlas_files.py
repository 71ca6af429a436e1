"""Atlas files that are damaged, hostile or absurd are read, or refused in a few short lines.

python benchmarks/reliability/atlas_files.py [TIMES]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from campaign import Work, campaign, kept, sentence
from mutations import BYTES, Change, changed
from PIL import Image

from convatlas.errors import ConfigError
from convatlas.opening.configuration import read

ROOT = Path(__file__).resolve().parents[2]
FILES = (ROOT / "docs/reference/everything.yaml", ROOT / "atlas.yaml")

VALUES = [
    *("~", "[]", "{}", "true", "no", "''", "0", "-1", "1e400", ".nan", ".inf", "0x" + "f" * 5000),
    *("9" * 5000, "1" + ":1" * 3000, "2020-01-01", "&a [*a]", "*a", "!!python/object:os.system x"),
    *("'" + "x" * 300_000 + "'", "${" + "X" * 1000 + "}", "${", "$${", "${HOME}", "'\\0'", '"\\0"'),
    *('"\\ud800"', "folder:pipe", "pipe", "zero", "folder:zero", "../../../../etc", "/dev/zero"),
    *("broken.png", "eps.png", "script.svg", "huge.svg", "[" * 300, "{a: " * 300, "\t", "- ", "? "),
    *("[" + "a, " * 50_000 + "]", "{" + ", ".join(f"k{n}: 1" for n in range(20_000)) + "}"),
    *("a/b/c/1", "set:a/b", "file.py:x", "torchvision/x", "[[[1]]]", "{a: {b: {c: 1}}}", "|\n  a"),
    *(
        "'[a](" + "(" * 5000 + ")'",
        "'" + "*a" * 5000 + "'",
        "'" + "`" * 5000 + "'",
        "'" + "![" * 5000 + "'",
    ),
]
"""What stands in the place of a value."""


def another_value(data: bytes, chosen: random.Random) -> bytes:
    """Replace the value of a key."""
    lines = data.decode("utf-8", "replace").splitlines()
    places = [number for number, line in enumerate(lines) if ": " in line]
    if not places:
        return data
    place = chosen.choice(places)
    lines[place] = f"{lines[place].partition(': ')[0]}: {chosen.choice(VALUES)}"
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def repeated(data: bytes, chosen: random.Random) -> bytes:
    """Repeat a line many times."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    place = chosen.randrange(len(lines))
    return b"".join(
        [*lines[:place], lines[place] * chosen.choice([2, 100, 20_000]), *lines[place:]]
    )


def laughs(data: bytes, chosen: random.Random) -> bytes:
    """Add aliases of aliases."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 20)]
    return "\n".join(lines).encode() + b"\n" + data


def shuffled(data: bytes, chosen: random.Random) -> bytes:
    """Indent a line otherwise."""
    lines = data.splitlines(keepends=True)
    if lines:
        place = chosen.randrange(len(lines))
        lines[place] = b" " * chosen.choice([0, 1, 3, 200]) + lines[place].lstrip()
    return b"".join(lines)


def large(data: bytes, chosen: random.Random) -> bytes:
    """Make the file as large as one may be, or larger."""
    return data + b"# x\n" * chosen.choice([100_000, 500_000, 2_000_000])


CHANGES: tuple[Change, ...] = (
    *(another_value,) * 6,
    *(repeated, repeated, shuffled, shuffled, laughs, large, *BYTES),
)


def make_folder(folder: Path) -> None:
    """Make files that the changed ones may name."""
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "eps.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    (folder / "script.svg").write_text("<svg viewBox='0 0 1 1'><script/></svg>")
    (folder / "huge.svg").write_text(f"<svg width='{'9' * 400}' height='1'/>")
    for name in ("photos", "pictures", "theme"):
        (folder / name).mkdir()
        Image.new("RGB", (4, 4)).save(folder / name / "a.png")
    for name in ("tour.md", "page.md"):
        (folder / name).write_text("# A\n" + "> " * 3000 + "[a](b.md) " * 300)


def tried(file: Path) -> str:
    """Read a file, and return what is wrong."""
    try:
        read(file, {})
    except ConfigError as error:
        return sentence(str(error))
    return ""


def inputs(times: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """Yield changed files; a file is written when its turn comes."""
    for number in range(times):
        chosen = random.Random(number)
        data = changed(FILES[number % 4 == 3].read_bytes(), chosen, CHANGES)
        yield f"number {number}", partial(tried, kept(folder, "atlas.yaml", data))


def main(times: int = 500) -> None:
    """Try changed files."""
    with tempfile.TemporaryDirectory(prefix="atlas-files-") as name:
        folder = Path(name)
        make_folder(folder)
        campaign("changed atlas files", inputs(times, folder))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
