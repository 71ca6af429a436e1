"""A small atlas to break: a network, images, a site with a file of its owner, and neighbours."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]

NETWORK = """
from torch import nn


def network():
    return nn.Sequential(
        nn.Conv2d(3, {filters}, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d({filters}, {filters}, 3), nn.ReLU(),
    )
"""
ATLAS = """
title: {title}
models: [{{name: small, source: "net.py:network", input: {{size: 32, resize: 32}}}}]
images: [{{name: noise, source: "folder:images"}}]
lenses: {{maximize: {maximize}}}
site: {{keep: [CNAME, papers]}}
"""
NAME = "papers/mine.txt"


@dataclass(frozen=True)
class Project:
    """The folder of an atlas."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, filters: int, maximize: str = "false") -> Project:
        """Write the atlas file and all that it names."""
        (folder / "images").mkdir(parents=True)
        random = np.random.default_rng(0)
        for number in range(12):
            pixels = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
            picture = Image.fromarray(pixels).resize((40, 40))
            picture.save(folder / "images" / f"{number}.png")
        (folder / "net.py").write_text(NETWORK.format(filters=filters))
        project = cls(folder)
        project.configure("One", maximize)
        (folder / "neighbours").mkdir()
        (folder / "neighbours" / "thesis.tex").write_text("mine")
        return project

    def configure(self, title: str, maximize: str = "false") -> None:
        """Write the atlas file; another title makes every page anew."""
        text = ATLAS.format(title=title, maximize=maximize)
        (self.folder / "atlas.yaml").write_text(text)

    def own_files(self) -> None:
        """Put files of the owner into the site, and a link that leads out of it."""
        (self.site / "papers").mkdir(parents=True, exist_ok=True)
        (self.site / NAME).write_text("mine")
        (self.site / "CNAME").write_text("atlas.example.org")
        link = self.site / "small-link"
        link.unlink(missing_ok=True)
        link.symlink_to("../neighbours")

    @property
    def site(self) -> Path:
        """The output folder."""
        return self.folder / "site"

    @property
    def store(self) -> Path:
        """The store."""
        return self.folder / ".convatlas"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "convatlas", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "generator"), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end; return what it said.

        Raises:
            RuntimeError: another exit code, or a traceback.
        """
        process = self.start(*arguments)
        said = process.communicate(timeout=600)[0]
        if process.returncode != code or "Traceback" in said:
            raise RuntimeError(f"{arguments} ended with {process.returncode}:\n{said}")
        return said

    def contents(self) -> dict[str, str]:
        """Digest and mode of every file of the site, and where links lead."""
        found = {}
        for path in sorted(self.site.rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.site))] = f"-> {path.readlink()}"
            elif path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path.relative_to(self.site))] = f"{path.stat().st_mode:o} {digest}"
        return found

    def faults(self, reference: dict[str, str]) -> list[str]:
        """Return how the site and its neighbours differ from what they should be."""
        now = self.contents()
        wrong = [f"differs: {path}" for path in reference if now.get(path) != reference[path]]
        wrong += [f"too many: {path}" for path in now.keys() - reference.keys()]
        if (self.folder / "neighbours" / "thesis.tex").read_text() != "mine":
            wrong.append("a neighbour has changed")
        if len(list((self.folder / "neighbours").iterdir())) != 1:
            wrong.append("something new among the neighbours")
        return wrong


def row(what: str, tried: int, held: int, note: str = "") -> None:
    """Print a row of the table in docs/reliability.md."""
    print(f"| {what} | {tried} | {held} | {note} |", flush=True)
