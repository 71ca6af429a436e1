"""Records, requests for them, and their keys; nothing here depends on torch, files or pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar

Json = Any
"""A value that ``json.dumps`` accepts: None, bool, int, float, str, lists, mappings with text keys.
"""


def canonical(value: Json) -> bytes:
    """Encode a JSON value in canonical form: sorted keys, no whitespace, no NaN, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )
    return text.encode()


def digest(value: Json) -> str:
    """Return the SHA-256 of a JSON value's canonical form, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def short(value: float) -> float:
    """Round a number to six significant digits."""
    return float(f"{value:.6g}")


@dataclass(frozen=True)
class Picture:
    """An encoded picture without its bytes; ``digest`` is their SHA-256.

    ``format`` is what the names of such files end in, as ``images/codecs`` says: "webp".
    """

    digest: str
    width: int
    height: int
    format: str

    def file(self, stem: str) -> str:
        """Return the name of its file, which contains the digest: an existing file is current."""
        return f"{stem}-{self.digest[:8]}.{self.format}"


@dataclass(frozen=True)
class Record:
    """What a lens found out about one filter: numbers, and encoded pictures by name.

    ``blobs`` are other bytes by name, which no page shows but from which other records are derived.
    """

    data: Mapping[str, Json]
    pictures: Mapping[str, EncodedPicture] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class EncodedPicture:
    """The bytes of a picture file and its size in pixels; ``format`` as in ``Picture``."""

    data: bytes
    width: int
    height: int
    format: str

    @property
    def facts(self) -> Picture:
        """The picture without its bytes."""
        digest = hashlib.sha256(self.data).hexdigest()
        return Picture(digest, self.width, self.height, self.format)


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """A requested record: its key, what it belongs to, and what the lens needs to render it."""

    key: str
    lens: str
    layer: str | None  # None for a record of the network as a whole
    item: int | str  # the filter's index, or an image's id
    role: str = ""  # which of the filter's records it is: "positive", "classic/negative", ...
    recipe: Json = None


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the store returns it: numbers, and pictures and other blobs by digest."""

    data: Mapping[str, Json]
    pictures: Mapping[str, Picture]
    blobs: Mapping[str, str] = field(default_factory=dict)

    @property
    def digests(self) -> Iterator[str]:
        """The digests of all bytes that belong to the record."""
        yield from (picture.digest for picture in self.pictures.values())
        yield from self.blobs.values()


Data = TypeVar("Data", covariant=True)


class RecordOf(Protocol[Data]):
    """A stored record whose data have a known shape, as each lens declares it for its own."""

    @property
    def data(self) -> Data:
        """What the lens found out, in numbers."""
        ...

    @property
    def pictures(self) -> Mapping[str, Picture]:
        """The record's pictures by name."""
        ...

    @property
    def blobs(self) -> Mapping[str, str]:
        """The digests of the record's other bytes by name."""
        ...


def plain(value: object) -> Json:
    """Return a dataclass instance as JSON data; the code that reads it has the inverse."""
    return asdict(value)  # type: ignore[call-overload]
