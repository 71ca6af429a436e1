"""The whole atlas of a ResNet-20 for CIFAR-10 at ``standard``: what came of each layer."""

from __future__ import annotations

import shutil
from pathlib import Path

from convatlas.opening.configuration import parse
from machine import DATA, ROOT, WORK, peak_gib, write
from timed import rows, timed, totals


def main() -> None:
    """``examples/resnet20.yaml`` with the real weights and test images, from an empty store."""
    file = ROOT / "examples" / "resnet20.yaml"
    environment = {
        "RESNET20_WEIGHTS": str(DATA / "weights" / "resnet20_cifar10.pth"),
        "CIFAR10_TEST": str(DATA / "images" / "cifar10-test"),
    }
    configuration = parse(file.read_text(encoding="utf-8"), Path(file), environment)
    store, out = WORK / "resnet20-store", WORK / "resnet20-site"
    WORK.mkdir(exist_ok=True)
    store.unlink(missing_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    cold, result, seconds = timed(configuration, store, out)
    found = rows(out, "resnet20", seconds)
    write(
        "resnet20",
        {
            "cold_minutes": round(cold / 60, 2),
            "peak_gib": peak_gib(),
            "rendered": result.rendered,
            "failed": len(result.failures),
            **totals(found),
            "layers": found,
        },
    )


if __name__ == "__main__":
    main()
