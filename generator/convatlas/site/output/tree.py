"""The output folder: its existing files, and all the ways in which it is changed."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.images.codecs.registry import format_of
from convatlas.site.output.write_file import write_file


@dataclass(frozen=True)
class ExistingFile:
    """A regular file on disk."""

    size: int  # in bytes
    changed: int  # modification time in nanoseconds


def scan(root: Path) -> tuple[dict[str, ExistingFile], list[str], list[str]]:
    """Return everything below ``root``: regular files by relative path, other entries, folders.

    Other entries are neither files nor folders, such as symbolic links, which are never followed.
    Dot files and dot folders directly in ``root`` are not ours, and are ignored.
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
                if not folder and entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    files[path] = ExistingFile(facts.st_size, facts.st_mtime_ns)
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
    removed: int = 0
    sizes: dict[str, int] = field(default_factory=dict)  # of all files of the site, in bytes
    written: set[str] = field(default_factory=set)  # those that are new or changed
    existing: dict[str, ExistingFile] = field(init=False)  # before anything is written
    _old_folders: list[str] = field(init=False)
    _folders: set[str] = field(default_factory=lambda: {""})  # folders that certainly exist

    def __post_init__(self) -> None:
        self.existing, strange, self._old_folders = scan(self.root)
        with os_errors_explained(self.root):
            for path in strange:
                (self.root / path).unlink()
                self.removed += 1

    def put(self, path: str, data: bytes) -> None:
        """Make the file ``path`` hold ``data``; a file that already does is not touched."""
        self.sizes[path] = len(data)
        target = f"{self.root}/{path}"  # making a Path takes longer than writing the file
        with os_errors_explained(target):
            if not self._holds(path, data):
                self._make_folder(path.rpartition("/")[0])
                write_file(target, data)
                self.written.add(path)

    def keep(self, path: str) -> bool:
        """Keep a picture whose name contains its digest, if it exists and is complete.

        Files of some formats contain their own length, which shows whether a crash has truncated
        them. Files of other formats have to be put again.

        Returns:
            Whether the picture was kept.
        """
        existing = self.existing.get(path)
        if existing is None:
            return False
        with os_errors_explained(self.root / path), open(f"{self.root}/{path}", "rb", 0) as file:  # noqa: PTH123
            complete = _length_in_header(file, existing.size) == existing.size
        if complete:
            self.sizes[path] = existing.size
        return complete

    def add(self, sizes: Mapping[str, int], written: Set[str]) -> None:
        """Add the files that a copy of this tree, in another process, has put.

        A file that both have put counts once.
        """
        self.sizes.update(sizes)
        self.written |= written

    def prune(self) -> None:
        """Remove the files that were neither put nor kept, and the folders that are empty then."""
        with os_errors_explained(self.root):
            for path in sorted(self.existing.keys() - self.sizes.keys()):
                if (self.root / path).is_file():
                    (self.root / path).unlink()
                    self.removed += 1
            for folder in reversed(self._old_folders):  # the deepest first
                # One that is not empty is still needed; one that is gone was replaced by a file.
                with suppress(OSError):
                    (self.root / folder).rmdir()

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
            with suppress(FileNotFoundError, IsADirectoryError):  # another process was faster
                target.unlink()
        with suppress(FileExistsError):
            target.mkdir()
            target.chmod(0o755)  # regardless of the umask: a web server has to read it
        self._folders.add(path)


def _length_in_header(file: FileIO, size: int) -> int:
    """Return the file length in bytes that a picture's header gives; 0 if it gives none."""

    def read(count: int, start: int) -> bytes:
        file.seek(start)
        return file.read(count)

    format = format_of(read(12, 0))
    return format.length(read, size) if format else 0


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
