"""The demo's atlas, as ``bench_demo.py`` left it, with nothing changed.

``--before CHECKOUT`` has another version measured in turn.
"""

from __future__ import annotations

from again import again
from machine import WORK, write


def main() -> None:
    """Build, plan and help; nothing may be rendered or written."""
    store, site = WORK / "demo" / "store", WORK / "demo" / "site"
    if not store.exists():
        raise SystemExit("run bench_demo.py before")
    write("rebuild_demo", again("atlas.yaml", store, site, {}))


if __name__ == "__main__":
    main()
