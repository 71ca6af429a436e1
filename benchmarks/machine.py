"""Where a benchmark ran, and where its numbers go."""

from __future__ import annotations

import json
import os
import platform
import resource
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
WORK = ROOT / "bench-work"
DATA = Path(os.environ.get("CONVATLAS_REAL_DATA", ROOT.parent / "shared" / "data"))


def machine() -> dict[str, Any]:
    """Processor, cores, memory and versions."""
    import torch

    import convatlas

    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "convatlas": convatlas.__version__,
    }


def peak_gib() -> float:
    """The largest resident size of this process so far.

    Not by ``getrusage`` where it can be helped: that counts what the parent held before the fork.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return round(int(fields["VmHWM"].split()[0]) / 2**20, 2)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


def write(name: str, result: dict[str, Any]) -> None:
    """Write ``results/<name>.json`` and print it."""
    text = json.dumps({"machine": machine(), **result}, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)
