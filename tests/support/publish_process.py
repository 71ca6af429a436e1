"""Publishing a synthetic manifest in its own process: ``python publish_process.py OUT OPTIONS``."""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from convatlas.errors import SiteError
from convatlas.site.publish import publish
from support.gathered_pages import as_layers
from support.synthetic import synthetic_manifest

ROOTS = [Path(sys.modules["convatlas"].__file__ or "").parents[1], Path(__file__).parents[1]]


def run(out: Path, manifest: str, **options: Any) -> dict[str, Any]:
    """What publishing said, or its ``error``.

    Args:
        manifest: Arguments of ``synthetic_manifest``: "layers=2, filters=4".
        options: ``copies``, ``pages``, ``theme``; ``cwd``, ``umask`` and ``environment``.
    """
    how = {
        "manifest": manifest,
        **{
            name: str(v) if isinstance(v, Path) else v
            for name, v in options.items()
            if name not in ("cwd", "umask", "environment")
        },
    }
    paths = {"PYTHONPATH": os.pathsep.join(map(str, ROOTS)), "PATH": os.environ.get("PATH", "")}
    done = subprocess.run(
        [sys.executable, __file__, str(out), repr(how)],
        cwd=options.get("cwd"),
        umask=options.get("umask", -1),
        env={**paths, **options.get("environment", {})},
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def contents(root: Path) -> dict[str, tuple[int, bytes]]:
    """The mode of everything below a folder, and the bytes of the files."""
    return {
        str(path.relative_to(root)): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else b"",
        )
        for path in root.rglob("*")
    }


def publish_slowly(manifest: dict[str, Any], out: Path) -> None:
    """Publish, and wait at each picture; another process can call it by its name."""

    def read(digest: str) -> bytes:
        time.sleep(0.02)
        return synthetic[digest]

    synthetic = dict.fromkeys(manifest["files"].values(), b"x")
    publish(manifest, read, out)


def main(out: str, options: str) -> None:
    """Publish, and print what came of it."""
    how = ast.literal_eval(options)
    arguments = ast.parse(f"f({how['manifest']})", mode="eval").body
    assert isinstance(arguments, ast.Call)
    sizes = {key.arg or "": ast.literal_eval(key.value) for key in arguments.keywords}
    manifest, read = synthetic_manifest(**sizes)
    if how.get("pages") == "layer":
        manifest = as_layers(manifest)
    theme = Path(how["theme"]) if "theme" in how else None
    try:
        done = publish(manifest, read, Path(out), theme, copies=how.get("copies"))
    except SiteError as error:
        json.dump({"error": str(error)}, sys.stdout)
    else:
        json.dump(asdict(done), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
