"""SqueezeNet's atlas, as ``bench_squeezenet.py`` left it, with nothing changed.

``--before CHECKOUT`` has another version measured in turn.
"""

from __future__ import annotations

from again import again
from machine import DATA, WORK, write


def main() -> None:
    """Build, plan and help; nothing may be rendered or written."""
    store, site = WORK / "squeezenet-store", WORK / "squeezenet-site"
    if not store.exists():
        raise SystemExit("run bench_squeezenet.py before")
    environment = {
        "SQUEEZENET_WEIGHTS": str(DATA / "weights" / "squeezenet1_1.pth"),
        "IMAGENET_SAMPLE": str(DATA / "images" / "imagenet-1k-sample"),
    }
    write("rebuild", again("examples/squeezenet.yaml", store, site, environment))


if __name__ == "__main__":
    main()
