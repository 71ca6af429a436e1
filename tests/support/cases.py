"""Networks and files that once went wrong, each in a folder with an ``atlas.yaml`` of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.prepared import run_prepared

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ("small", "photos", "mixed")
"""The folders of images that the cases share."""
SECONDS = 300
"""How long one command may take."""


def case(name: str, place: Path) -> Path:
    """Copy one case and the images of all of them to ``place``; return the case's folder.

    The test is skipped where the cases are not at hand: they are not part of the project.
    """
    named = os.environ.get("CONVATLAS_CASES")
    cases = Path(named) if named else ROOT.parent / "shared" / "cases"
    if not cases.is_dir():
        pytest.skip(f"no cases in {cases}; set CONVATLAS_CASES")
    for images in IMAGES:
        shutil.copytree(cases / images, place / images, dirs_exist_ok=True)
    return Path(shutil.copytree(cases / name, place / name))


def convatlas_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, in a process of its own: a case may change its process."""
    return run_prepared(folder, *arguments, seconds=SECONDS)
