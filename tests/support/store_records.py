"""Records for a store, and a process that writes some."""

from __future__ import annotations

import hashlib
from pathlib import Path

from convatlas.model.records import EncodedPicture, Record, RecordRequest
from convatlas.store.store import Store


def request(number: int) -> RecordRequest:
    return RecordRequest(
        hashlib.sha256(str(number).encode()).hexdigest(), "kernels", "conv1", number
    )


def record(number: int) -> Record:
    return Record(
        {"number": number}, {"kernel": EncodedPicture(b"picture %d" % number, 3, 2, "webp")}
    )


def write_many(path: Path, start: int) -> None:
    with Store(path) as store:
        for number in range(start, start + 200):
            store.add([("net", request(number), record(number))])
