"""The output folder: what stands in it, and the only ways in which it is changed."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import FileIO
from pathlib import Path

from convatlas.errors import SiteError
from convatlas.images.codecs.registry import format_of


@dataclass(frozen=True)
class Standing:
    """A regular file that stands in the folder."""

    size: int
    changed: int  # modification time in nanoseconds


def scan(root: Path) -> tuple[dict[str, Standing], list[str], list[str]]:
    """All regular files under ``root`` by relative path, what is neither file nor folder, folders.

    Dot files and dot folders directly in ``root`` are not ours: they are passed over. Symbolic
    links are never followed.
    """
    files: dict[str, Standing] = {}
    strange: list[str] = []
    folders: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        with explained(root / folder, "read"), os.scandir(root / folder) as entries:
            for entry in entries:
                path = folder + entry.name
                if not folder and entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    files[path] = Standing(facts.st_size, facts.st_mtime_ns)
                else:
                    strange.append(path)
    return files, strange, folders


def listing(sizes: Mapping[str, int]) -> str:
    """A digest of the names and sizes of files."""
    lines = (f"{path}\0{sizes[path]}\n" for path in sorted(sizes))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass
class Tree:
    """Puts files into the folder where they differ, and removes what was not asked for."""

    root: Path
    removed: int = 0
    sizes: dict[str, int] = field(default_factory=dict)  # of all files that belong
    written: set[str] = field(default_factory=set)  # those of them that did not stand there
    standing: dict[str, Standing] = field(init=False)
    _found: list[str] = field(init=False)  # folders that stood there
    _folders: set[str] = field(default_factory=lambda: {""})  # folders that are there for certain

    def __post_init__(self) -> None:
        self.standing, strange, self._found = scan(self.root)
        with explained(self.root):
            for path in strange:
                (self.root / path).unlink()
                self.removed += 1

    def put(self, path: str, data: bytes) -> None:
        """Makes the file ``path`` hold ``data``; one that holds it already is not touched."""
        self.sizes[path] = len(data)
        target = f"{self.root}/{path}"  # a Path takes longer to make than the file
        with explained(target):
            if not self._holds(path, data):
                self._folder(path.rpartition("/")[0])
                if path in self.standing or not _create(target, data):
                    _replace(target, data)
                self.written.add(path)

    def keep(self, path: str) -> bool:
        """Whether a picture whose name carries its digest stands there whole; then it belongs.

        Of some formats a file tells its own length, so that one cut off by a crash is noticed; one
        of another has to be put anew.
        """
        standing = self.standing.get(path)
        if standing is None:
            return False
        with explained(self.root / path), open(f"{self.root}/{path}", "rb", 0) as file:  # noqa: PTH123
            whole = _told(file, standing.size) == standing.size
        if whole:
            self.sizes[path] = standing.size
        return whole

    def add(self, sizes: Mapping[str, int], written: Set[str]) -> None:
        """Counts what a copy of this tree, in another process, has put.

        Two may put the same file at once, and both find that it is not there: it counts once.
        """
        self.sizes.update(sizes)
        self.written |= written

    def prune(self) -> None:
        """Removes the files that were neither put nor kept, and the folders that held only them."""
        with explained(self.root):
            for path in sorted(self.standing.keys() - self.sizes.keys()):
                if (self.root / path).is_file():
                    (self.root / path).unlink()
                    self.removed += 1
            for folder in reversed(self._found):  # the deepest first
                # One that is not empty belongs; one that is gone gave way to a file.
                with suppress(OSError):
                    (self.root / folder).rmdir()

    def _holds(self, path: str, data: bytes) -> bool:
        standing = self.standing.get(path)
        if standing is None or standing.size != len(data):
            return False
        return (self.root / path).read_bytes() == data

    def _folder(self, path: str) -> None:
        """Makes a folder and those above it; a file or link in its place gives way."""
        if path in self._folders:
            return
        if ".." in path.split("/") or path.startswith("/"):
            raise SiteError(
                f"{path} is no path inside the site; its name has to go through slugs()"
            )
        self._folder(path.rpartition("/")[0])
        target = self.root / path
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            with suppress(FileNotFoundError, IsADirectoryError):  # another process was quicker
                target.unlink()
        with suppress(FileExistsError):
            target.mkdir()
            target.chmod(0o755)  # whatever the umask: a web server has to read it
        self._folders.add(path)


def _told(file: FileIO, size: int) -> int:
    """The length that a picture's own first bytes tell; 0 where they tell none."""
    read = partial(os.pread, file.fileno())
    format = format_of(read(12, 0))
    return format.length(read, size) if format else 0


def _create(path: str, data: bytes) -> bool:
    """Writes a file where nothing stands, at once; false where something does.

    Plain system calls: with a hundred thousand files, pathlib would take longer than the disk.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    _fill(file, path, data)
    return True


def _replace(path: str, data: bytes) -> None:
    """Writes beside the file and moves it there, so that no reader ever sees half of it."""
    # No dot in front: what a killed process leaves behind is removed by the next one.
    beside = f"{path}.{os.getpid()}.tmp"
    _fill(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), beside, data)
    try:
        try:
            os.replace(beside, path)  # noqa: PTH105
        except IsADirectoryError:
            shutil.rmtree(path)
            os.replace(beside, path)  # noqa: PTH105
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _fill(file: int, path: str, data: bytes) -> None:
    """Writes a new file, readable for all whatever the umask, and closes it; whole or not."""
    try:
        try:
            os.fchmod(file, 0o644)
            if os.write(file, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(file)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


@contextmanager
def explained(path: Path | str, task: str = "written") -> Iterator[None]:
    """Turns what the operating system says into a sentence with a remedy.

    :param task: what was to be done to the path.
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
