"""The output folder: its existing files, and all the ways in which it is changed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.site.output.digests import is_proved_by_name, short
from convatlas.site.output.kept import NOTHING_KEPT, Kept
from convatlas.site.output.strangers import Strangers
from convatlas.site.output.write_file import write_file


@dataclass(frozen=True)
class ExistingFile:
    """A regular file on disk."""

    size: int  # in bytes
    changed: int  # when its content, name or mode last changed, in nanoseconds


def scan(
    root: Path, kept: Kept = NOTHING_KEPT
) -> tuple[dict[str, ExistingFile], list[str], list[str]]:
    """Return everything below ``root``: regular files by relative path, other entries, folders.

    Other entries are neither files nor folders, such as symbolic links, which are never followed.
    Dot files and dot folders directly in ``root``, and what is ``kept``, are ignored: not ours.
    """
    files: dict[str, ExistingFile] = {}
    strange: list[str] = []
    folders: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        with os_errors_explained(root / folder, "read"), os.scandir(root / folder) as entries:
            for entry in entries:
                path = folder + entry.name
                if (not folder and entry.name.startswith(".")) or path in kept:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    # A copied or unpacked file has its old modification time.
                    changed = max(facts.st_mtime_ns, facts.st_ctime_ns)
                    files[path] = ExistingFile(facts.st_size, changed)
                else:
                    strange.append(path)
    return files, strange, folders


def listing(sizes: Mapping[str, int]) -> str:
    """Return a digest of the names and sizes of files."""
    lines = (f"{path}\0{sizes[path]}\n" for path in sorted(sizes))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass
class Tree:
    """The output folder while a site is written into it."""

    root: Path
    kept: Kept = NOTHING_KEPT  # what is not touched
    published: Set[str] = frozenset()  # listed by the last complete build; see ``digests``
    removed: int = 0
    sizes: dict[str, int] = field(default_factory=dict)  # of all files of the site, in bytes
    digests: dict[str, str] = field(default_factory=dict)  # short; of those not proved by name
    written: set[str] = field(default_factory=set)  # those that are new or changed
    existing: dict[str, ExistingFile] = field(init=False)  # before anything is written
    _strangers: Strangers = field(init=False)
    _old_folders: dict[str, None] = field(init=False)  # in an order that ends with the deepest
    _folders: set[str] = field(default_factory=lambda: {""})  # folders that certainly exist

    def __post_init__(self) -> None:
        self.existing, strange, folders = scan(self.root, self.kept)
        self._old_folders = dict.fromkeys(folders)
        self._strangers = Strangers(self.root, self.published)
        for path in strange:
            self._remove(path)

    def put(self, path: str, data: bytes, digest: str = "") -> None:
        """Make the file ``path`` hold ``data``; a file that already does is not touched.

        Args:
            digest: the SHA-256 of the data if it is known.

        Raises:
            SiteError: it cannot be written, or a person's own file is to be kept there.
        """
        self._check_not_kept(path)
        self._note(path, len(data), digest or hashlib.sha256(data).hexdigest())
        target = f"{self.root}/{path}"  # making a Path takes longer than writing the file
        with os_errors_explained(target):
            if not self._holds(path, data):
                self._make_folder(path.rpartition("/")[0])
                if path in self._old_folders:
                    self._strangers.tell(*self._below(path))
                write_file(target, data)
                self.written.add(path)

    def keep(self, path: str, digest: str) -> bool:
        """Keep a picture if it exists and is whole, given its SHA-256; return whether it is."""
        existing = self.existing.get(path)
        if existing is None:
            return False
        self._check_not_kept(path)
        with os_errors_explained(self.root / path), open(f"{self.root}/{path}", "rb", 0) as file:  # noqa: PTH123
            whole = hashlib.sha256(file.read()).hexdigest() == digest
        if whole:
            self._note(path, existing.size, digest)
        return whole

    def add(self, other: Tree) -> None:
        """Add the files that a copy of this tree, in another process, has put.

        A file that both have put counts once.
        """
        self.sizes.update(other.sizes)
        self.digests.update(other.digests)
        self.written |= other.written

    def prune(self) -> None:
        """Remove the files that were neither put nor kept, and the folders that are empty then."""
        for path in sorted(self.existing.keys() - self.sizes.keys()):
            self._remove(path)
        self._strangers.tell_rest()
        for folder in reversed(self._old_folders):  # the deepest first
            # One that is not empty is still needed; one that is gone was replaced by a file.
            with suppress(OSError):
                (self.root / folder).rmdir()

    def __getstate__(self) -> dict[str, object]:
        known = ("existing", "published", "_strangers", "_old_folders")  # by who receives this
        return {name: value for name, value in self.__dict__.items() if name not in known}

    def _note(self, path: str, size: int, digest: str) -> None:
        self.sizes[path] = size
        if not is_proved_by_name(path, digest):
            self.digests[path] = short(digest)

    def _remove(self, path: str) -> None:
        """Remove what is no folder, unless it has been replaced by one or is in one that was."""
        gone = suppress(FileNotFoundError, NotADirectoryError)
        with os_errors_explained(self.root / path), gone:
            if not stat.S_ISDIR((self.root / path).lstat().st_mode):
                self._strangers.tell(path)
                (self.root / path).unlink()
                self.removed += 1

    def _below(self, folder: str) -> list[str]:
        return [path for path in self.existing if path.startswith(f"{folder}/")]

    def _check_not_kept(self, path: str) -> None:
        if path in self.kept:
            raise SiteError(
                f"{path} is a file of the site, and cannot be one of your own that "
                "`site: {keep: [...]}` names; name the own files one by one"
            )

    def _holds(self, path: str, data: bytes) -> bool:
        existing = self.existing.get(path)
        if existing is None or existing.size != len(data):
            return False
        return (self.root / path).read_bytes() == data

    def _make_folder(self, path: str) -> None:
        """Make a folder and those above it, replacing a file or link of that name.

        Raises:
            SiteError: the path leads out of the site's folder.
        """
        if path in self._folders:
            return
        if ".." in path.split("/") or path.startswith("/"):
            raise SiteError(
                f"{path} is no path inside the site; its name has to go through slugs()"
            )
        self._make_folder(path.rpartition("/")[0])
        target = self.root / path
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            self._strangers.tell(path)
            with suppress(FileNotFoundError, IsADirectoryError):  # another process was faster
                target.unlink()
        with suppress(FileExistsError):
            target.mkdir()
            target.chmod(0o755)  # regardless of the umask: a web server has to read it
        self._folders.add(path)


@contextmanager
def os_errors_explained(path: Path | str, task: str = "written") -> Iterator[None]:
    """Turn an OSError into a SiteError that names the path and the remedy.

    Args:
        task: what could not be done to the path, as a participle.

    Raises:
        SiteError: the block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SiteError(
                f"the disk is full: {path} could not be written; free some space and build again"
            ) from error
        reason = error.strerror or str(error)
        raise SiteError(
            f"{path} could not be {task} ({reason}); correct its permissions or name another folder"
        ) from error
