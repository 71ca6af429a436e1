"""The SqueezeNet 1.1 that benchmarks work on, with real weights and photographs."""

from __future__ import annotations

from pathlib import Path

from convatlas.config.read import Configuration
from convatlas.opening.configuration import parse
from machine import DATA, ROOT


def configuration(**lenses: object) -> Configuration:
    """``examples/squeezenet.yaml`` with the real data, or the reason why there is none.

    Raises:
        SystemExit: the real data is not there.
    """
    weights = DATA / "weights" / "squeezenet1_1.pth"
    if not weights.exists():
        raise SystemExit(f"no real weights in {DATA}; set CONVATLAS_REAL_DATA")
    environment = {
        "SQUEEZENET_WEIGHTS": str(weights),
        "IMAGENET_SAMPLE": str(DATA / "images" / "imagenet-1k-sample"),
    }
    file = ROOT / "examples" / "squeezenet.yaml"
    text = file.read_text(encoding="utf-8")
    if lenses:
        import json

        text += f"\nlenses: {json.dumps(lenses)}\n"
    return parse(text, Path(file), environment)
