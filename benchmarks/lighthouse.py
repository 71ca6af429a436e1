"""Lighthouse on home, a layer and a filter of the demo atlas: ``lighthouse.py SITE``.

The site is served by ``convatlas serve``; each page is judged as on a slow phone and as on a desk.
Leaves with 1 where a score is below 95.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from convatlas.site.serve.server import Serving
from machine import ROOT, write

PAGES = ("index.html", "demo/conv4/index.html", "demo/conv4/12.html")
LEAST = 95
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def main(out: Path) -> int:
    """Writes the scores; how many of them are too low."""
    script = ROOT / "tests" / "browser" / "lighthouse.mjs"
    program = next(filter(None, map(shutil.which, PROGRAMS)), "chromium")
    with Serving(out, 0) as serving:
        command = ["node", str(script), program, *(serving.address + page for page in PAGES)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told = {
        where.removeprefix(serving.address): row for where, row in json.loads(done.stdout).items()
    }
    write("lighthouse", {"pages": told})
    scores = [
        score for row in told.values() for on in row.values() for score in on["scores"].values()
    ]
    return sum(score < LEAST for score in scores)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1])), 1))
