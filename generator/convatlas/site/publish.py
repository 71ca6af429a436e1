"""From the manifest to the folder: what differs is written, what no longer belongs is removed."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import marshal
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO

from convatlas.errors import SiteError
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json
from convatlas.site.output.fork_pool import helpers, shared
from convatlas.site.output.tree import Standing, Tree, explained, listing, scan
from convatlas.site.pages import closing, is_listed, open_site, parts
from convatlas.site.templating.fingerprint import fingerprint
from convatlas.ui.page import Page

MARKER = ".convatlas-site"
"""Says that the folder is ours, what it was made from, and is what publishers lock."""

MANY = 500
"""Filters from which on copies of the process help; fewer are done before those have begun."""

UNSHARED = 2
"""The last format of marshal that does not depend on which values are the same object."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """What publishing did; ``files`` and ``bytes`` count all that the site now holds."""

    written: int
    unchanged: int
    removed: int
    files: int
    bytes: int


def publish(
    manifest: Manifest,
    read: Callable[[str], bytes],
    out: Path,
    theme: Path | None = None,
    *,
    closed_for_fork: Callable[[], AbstractContextManager[None]] = nullcontext,
    copies: int | None = None,
) -> Published:
    """Makes ``out`` hold the site of ``manifest``, and nothing else but dot files at its root.

    :param read: the bytes of a picture by its sha256.
    :param theme: a folder whose ``templates`` and ``static`` go before ours.
    :param apart: what ``read`` has to let go of while the process is copied.
    :param copies: how many copies of this process help; by default as many as are of use.
    :raises SiteError: ``out`` holds files that are not ours, or cannot be written.
    """
    origin = cache(partial(_origin, manifest, theme))  # takes seconds where filters are many
    with _locked(out) as marker:
        standing, strange, _ = scan(out)
        if not strange and _current(marker, origin, standing):
            total = sum(file.size for file in standing.values())
            return Published(0, len(standing), 0, len(standing), total)
        copies = _copies(manifest) if copies is None else copies
        tree = _written(manifest, read, out, theme, closed_for_fork, copies, origin)
        tree.prune()
        with explained(out / ".nojekyll"):
            (out / ".nojekyll").touch()
            (out / ".nojekyll").chmod(0o644)
        _mark(marker, origin(), tree.sizes)
    count, total = len(tree.sizes), sum(tree.sizes.values())
    written = len(tree.written)
    return Published(written, count - written, tree.removed, count, total)


def _copies(manifest: Manifest) -> int:
    """How many copies of this process are of use: for few filters none."""
    return helpers() if sum(network["filters"] for network in manifest["networks"]) >= MANY else 0


def _written(
    manifest: Manifest,
    read: Callable[[str], bytes],
    out: Path,
    theme: Path | None,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
    copies: int,
    origin: Callable[[], str],
) -> Tree:
    """The folder with all pictures and pages; it may hold more.

    Copies of this process make pages while it finds its origin and writes pictures, and then helps.
    """
    tree, listed = Tree(out), list[str]()

    def pictures() -> None:
        origin()
        for path, digest in manifest["files"].items():
            if not tree.keep(path):
                tree.put(path, read(digest))

    def put(pages: Callable[[], Iterator[Page]]) -> None:
        for path, data in pages():
            tree.put(path, data)
            if is_listed(path, data):
                listed.append(path)

    site = open_site(manifest, theme, read)
    jobs = [partial(put, part) for part in parts(site)]
    told = shared(
        jobs, pictures, lambda: (tree.sizes, tree.written, listed), copies, closed_for_fork
    )
    for sizes, written, further in told:
        tree.add(sizes, written)
        listed += further
    put(partial(closing, site, listed))
    return tree


def _origin(manifest: Manifest, theme: Path | None) -> str:
    """A digest of all that the site is a function of."""
    # Not as JSON: only whether it is the same matters, and marshal is many times as quick. Layer by
    # layer, as the whole would be hundreds of megabytes in one piece.
    made = hashlib.sha256()
    for part in _pieces(manifest):
        made.update(marshal.dumps(part, UNSHARED))
    made.update(fingerprint(theme).encode())
    return made.hexdigest()


def _pieces(manifest: Manifest) -> Iterator[Json]:
    """All of a manifest: its layers, then what is around them."""
    around = []
    for network in manifest["networks"]:
        yield from network["layers"]
        around.append({**network, "layers": len(network["layers"])})
    yield {**manifest, "networks": around}


def _current(marker: IO[bytes], origin: Callable[[], str], standing: dict[str, Standing]) -> bool:
    """Whether the folder stands as it was published from the same origin.

    Names and sizes agree, and no file has been changed since the marker was written.
    """
    published = os.fstat(marker.fileno()).st_mtime_ns
    if any(file.changed > published for file in standing.values()):
        return False
    marker.seek(0)
    sizes = {path: file.size for path, file in standing.items()}
    return bool(written := marker.read()) and written == _text(origin(), sizes)


def _mark(marker: IO[bytes], origin: str, sizes: Mapping[str, int]) -> None:
    """Writes the marker in place: replacing it would take the lock away from who waits for it."""
    with explained(Path(MARKER)):
        marker.seek(0)
        marker.truncate()
        marker.write(_text(origin, sizes))
        marker.flush()


def _text(origin: str, sizes: Mapping[str, int]) -> bytes:
    return (
        "convatlas writes this folder, and removes from it what it did not write.\n"
        f"origin {origin}\nlisting {listing(sizes)}\n"
    ).encode()


@contextmanager
def _locked(out: Path) -> Iterator[IO[bytes]]:
    """The folder's marker, open and locked; a second publisher waits here for the first."""
    _claim(out)
    with explained(out / MARKER):
        marker = (out / MARKER).open("ab+")
    with marker:
        with explained(out / MARKER):
            os.fchmod(marker.fileno(), 0o644)
            _lock(marker, out)
        yield marker


def _lock(marker: IO[bytes], out: Path) -> None:
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("another build writes %s: waiting for it", out)
        fcntl.flock(marker, fcntl.LOCK_EX)


def _claim(out: Path) -> None:
    """Makes the folder, or refuses one that holds what is not ours."""
    if out.exists() and not out.is_dir():
        raise SiteError(f"{out} is a file; name a folder for the site")
    with explained(out):
        out.mkdir(parents=True, exist_ok=True)
        if (out / MARKER).is_file():
            return
        foreign = sorted(entry.name for entry in out.iterdir() if not entry.name.startswith("."))
    if foreign:
        raise SiteError(
            f"{out} holds files that convatlas did not write, {foreign[0]} among them; "
            "empty it or name another folder for the site"
        )
