"""Write a site into its folder: changed files are written, files that no longer belong removed."""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from convatlas.model.manifest import Manifest
from convatlas.model.records import Json
from convatlas.site.output.current import is_as_published
from convatlas.site.output.folder import make_folder
from convatlas.site.output.fork_pool import helpers, shared
from convatlas.site.output.kept import Kept
from convatlas.site.output.lock import locked
from convatlas.site.output.marker import Marker, claim, read_marker
from convatlas.site.output.tree import ExistingFile, Tree, listing, os_errors_explained, scan
from convatlas.site.output.write_file import write_file
from convatlas.site.pages import closing, is_listed, open_site, parts
from convatlas.site.templating.fingerprint import fingerprint
from convatlas.ui.page import Page

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
    keep: Sequence[str] = (),
) -> Published:
    """Make ``out`` hold the site of ``manifest``, and nothing else except dot files at its root.

    Args:
        read: returns the bytes of a picture, given its SHA-256.
        theme: a folder whose ``templates`` and ``static`` take precedence over ours.
        closed_for_fork: releases what ``read`` holds open while the process is forked.
        copies: the number of forked copies of this process that help; by default, as many as pay
            off.
        keep: patterns of a person's own files in ``out``, which stay.

    Raises:
        SiteError: ``out`` holds files that are not ours, or cannot be written.
    """
    origin = cache(partial(_origin, manifest, theme))  # takes seconds if there are many filters
    kept = Kept(tuple(keep))
    make_folder(out)
    with locked(out):
        claim(out)
        marker = read_marker(out)
        existing, strange, _ = scan(out, kept)
        if not strange and _is_current(out, marker, origin, kept, existing):
            total = sum(file.size for file in existing.values())
            return Published(0, len(existing), 0, len(existing), total)
        copies = _useful_copies(manifest) if copies is None else copies
        tree = Tree(out, kept, marker.digests.keys() if marker else frozenset())
        _write_site(manifest, read, tree, theme, closed_for_fork, copies, origin)
        tree.prune()
        _allow_underscores(out)
        Marker(origin(), listing(tree.sizes), kept.patterns, tree.digests).write(out)
    count, total = len(tree.sizes), sum(tree.sizes.values())
    written = len(tree.written)
    return Published(written, count - written, tree.removed, count, total)


def _useful_copies(manifest: Manifest) -> int:
    """Return how many copies of this process pay off: none for few filters."""
    return helpers() if sum(network["filters"] for network in manifest["networks"]) >= MANY else 0


def _write_site(
    manifest: Manifest,
    read: Callable[[str], bytes],
    tree: Tree,
    theme: Path | None,
    closed_for_fork: Callable[[], AbstractContextManager[None]],
    copies: int,
    origin: Callable[[], str],
) -> None:
    """Write all pictures and pages into a folder, which may also hold outdated files.

    Forked copies of this process make pages while it computes the origin and writes the pictures;
    then it helps them.
    """
    listed: list[str] = []

    def pictures() -> None:
        origin()
        for path, digest in manifest["files"].items():
            if not tree.keep(path, digest):
                tree.put(path, read(digest), digest)

    def put(pages: Callable[[], Iterator[Page]]) -> None:
        for path, data in pages():
            tree.put(path, data)
            if is_listed(path, data):
                listed.append(path)

    site = open_site(manifest, theme, read)
    jobs = [partial(put, part) for part in parts(site)]
    results = shared(jobs, pictures, lambda: (tree, listed), copies, closed_for_fork)
    for other, further in results:
        tree.add(other)
        listed += further
    put(partial(closing, site, listed))


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


def _is_current(
    out: Path,
    marker: Marker | None,
    origin: Callable[[], str],
    kept: Kept,
    existing: dict[str, ExistingFile],
) -> bool:
    """Return whether the folder is as it was published, and from the same origin."""
    if marker is None or marker.keep != kept.patterns:
        return False
    return is_as_published(out, marker, existing) and marker.origin == origin()


def _allow_underscores(out: Path) -> None:
    """Tell GitHub Pages to publish the folder as it is, unless there is anything of that name."""
    with os_errors_explained(out / ".nojekyll"):
        if not os.path.lexists(out / ".nojekyll"):
            write_file(str(out / ".nojekyll"), b"")
