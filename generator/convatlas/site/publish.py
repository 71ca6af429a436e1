"""Write a site into its folder: changed files are written, files that no longer belong removed."""

from __future__ import annotations

import hashlib
import marshal
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.model.manifest import Manifest
from convatlas.model.records import Json
from convatlas.site.output.fork_pool import helpers, shared
from convatlas.site.output.lock import locked
from convatlas.site.output.tree import (
    ExistingFile,
    Tree,
    listing,
    os_errors_explained,
    scan,
)
from convatlas.site.output.write_file import write_file
from convatlas.site.pages import closing, is_listed, open_site, parts
from convatlas.site.templating.fingerprint import fingerprint
from convatlas.ui.page import Page

MARKER = ".convatlas-site"
"""The file that marks a folder as ours, and records its origin and what it holds."""

MANY = 500
"""Number of filters from which forking pays off; fewer are done before the copies have started."""

UNSHARED = 2
"""The last version of marshal's format that does not depend on the identity of objects."""


@dataclass(frozen=True)
class Published:
    """The outcome of publishing; ``files`` and ``bytes`` count everything in the site now."""

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
    """Make ``out`` hold the site of ``manifest``, and nothing else except dot files at its root.

    Args:
        read: returns the bytes of a picture, given its SHA-256.
        theme: a folder whose ``templates`` and ``static`` take precedence over ours.
        closed_for_fork: releases what ``read`` holds open while the process is forked.
        copies: the number of forked copies of this process that help; by default, as many as pay
            off.

    Raises:
        SiteError: ``out`` holds files that are not ours, or cannot be written.
    """
    origin = cache(partial(_origin, manifest, theme))  # takes seconds if there are many filters
    _make_folder(out)
    with locked(out):
        _claim(out / MARKER)
        existing, strange, _ = scan(out)
        if not strange and _is_current(out / MARKER, origin, existing):
            total = sum(file.size for file in existing.values())
            return Published(0, len(existing), 0, len(existing), total)
        copies = _useful_copies(manifest) if copies is None else copies
        tree = _write_site(manifest, read, out, theme, closed_for_fork, copies, origin)
        tree.prune()
        with os_errors_explained(out / ".nojekyll"):
            (out / ".nojekyll").touch()
            (out / ".nojekyll").chmod(0o644)
        _write_marker(out, origin(), tree.sizes)
    count, total = len(tree.sizes), sum(tree.sizes.values())
    written = len(tree.written)
    return Published(written, count - written, tree.removed, count, total)


def _useful_copies(manifest: Manifest) -> int:
    """Return how many copies of this process pay off: none for few filters."""
    return helpers() if sum(network["filters"] for network in manifest["networks"]) >= MANY else 0


def _write_site(
    manifest: Manifest,
    read: Callable[[str], bytes],
    out: Path,
    theme: Path | None,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
    copies: int,
    origin: Callable[[], str],
) -> Tree:
    """Write all pictures and pages, and return the folder, which may also hold outdated files.

    Forked copies of this process make pages while it computes the origin and writes the pictures;
    then it helps them.
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
    results = shared(
        jobs, pictures, lambda: (tree.sizes, tree.written, listed), copies, closed_for_fork
    )
    for sizes, written, further in results:
        tree.add(sizes, written)
        listed += further
    put(partial(closing, site, listed))
    return tree


def _origin(manifest: Manifest, theme: Path | None) -> str:
    """Return a digest of everything that the site depends on."""
    # Not as JSON, since marshal is many times as fast and the digest is only compared. Layer by
    # layer, since the whole manifest would be hundreds of megabytes in one piece.
    total = hashlib.sha256()
    for part in _pieces(manifest):
        total.update(marshal.dumps(part, UNSHARED))
    total.update(fingerprint(theme).encode())
    return total.hexdigest()


def _pieces(manifest: Manifest) -> Iterator[Json]:
    """Yield a whole manifest in pieces: its layers, then everything else."""
    rest = []
    for network in manifest["networks"]:
        yield from network["layers"]
        rest.append({**network, "layers": len(network["layers"])})
    yield {**manifest, "networks": rest}


def _is_current(marker: Path, origin: Callable[[], str], existing: dict[str, ExistingFile]) -> bool:
    """Return whether the folder is as it was published, and from the same origin.

    It is if names and sizes agree, and no file has changed since the marker was written.
    """
    if not _is_regular(marker):
        return False
    published = marker.lstat().st_mtime_ns
    if any(file.changed > published for file in existing.values()):
        return False
    sizes = {path: file.size for path, file in existing.items()}
    return bool(written := marker.read_bytes()) and written == _marker_text(origin(), sizes)


def _claim(marker: Path) -> None:
    """Mark the folder as ours before anything is written, so that a killed build can go on."""
    if not _is_regular(marker):
        with os_errors_explained(marker):
            write_file(str(marker), b"")


def _write_marker(out: Path, origin: str, sizes: Mapping[str, int]) -> None:
    with os_errors_explained(out / MARKER):
        write_file(str(out / MARKER), _marker_text(origin, sizes))


def _marker_text(origin: str, sizes: Mapping[str, int]) -> bytes:
    return (
        "convatlas writes this folder, and removes from it what it did not write.\n"
        f"origin {origin}\nlisting {listing(sizes)}\n"
    ).encode()


def _is_regular(file: Path) -> bool:
    """Return whether there is a file of that name, and no link to one."""
    try:
        return stat.S_ISREG(file.lstat().st_mode)
    except FileNotFoundError:
        return False


def _make_folder(out: Path) -> None:
    """Make the folder, or refuse one that holds files that are not ours."""
    if out.exists() and not out.is_dir():
        raise SiteError(f"{out} is a file; name a folder for the site")
    with os_errors_explained(out):
        out.mkdir(parents=True, exist_ok=True)
        if _is_regular(out / MARKER):
            return
        foreign = sorted(entry.name for entry in out.iterdir() if not entry.name.startswith("."))
    if foreign:
        raise SiteError(
            f"{out} holds files that convatlas did not write, {foreign[0]} among them; "
            "empty it or name another folder for the site"
        )
