"""`convatlas serve` answers many requests at once, nonsense, and those beside slow clients.

python benchmarks/reliability/server_requests.py [TIMES]
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from campaign import LARGEST, LONGEST, row
from mutations import changed

SECONDS_TO_STOP = 2.0

REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"


@contextmanager
def served(site: Path, said: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve a site in a process of its own, which is interrupted in the end."""
    command = [sys.executable, "-m", "convatlas", "serve", str(site), "--port", "0"]
    with said.open("wb") as sink:
        process = subprocess.Popen(command, stderr=sink, stdout=sink)
    try:
        while "http://" not in said.read_text():
            time.sleep(0.05)
        yield int(said.read_text().rpartition(":")[2].partition("/")[0]), process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


async def ask(port: int, data: bytes) -> tuple[bytes, float]:
    """Send bytes, and return what is answered and after how many seconds."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        await writer.drain()
        return await reader.read(), time.monotonic() - began
    except ConnectionError:
        return b"", time.monotonic() - began
    finally:
        writer.close()


def get(path: str = "/", host: str = "localhost") -> bytes:
    """Return the bytes of a request."""
    return REQUEST.format(path=path, host=host).encode("latin-1")


async def at_once(port: int, times: int) -> None:
    """Ask for a page at the same moment as many others."""
    began = time.monotonic()
    answers = await asyncio.gather(*(ask(port, get(f"/?{n}")) for n in range(times)))
    held = sum(data.startswith(b"HTTP/1.1 200") for data, _ in answers)
    row("requests at once", times, held, f"the last after {time.monotonic() - began:.1f} s")


async def nonsense(port: int, times: int) -> None:
    """Send changed requests, most of which are none."""
    turns = asyncio.Semaphore(50)

    async def one(number: int) -> float:
        data = changed(get("/net/index.html"), random.Random(number))
        async with turns:
            answer = await asyncio.wait_for(ask(port, data + b"\r\n\r\n"), 2 * LONGEST)
        return answer[1]

    seconds = await asyncio.gather(*map(one, range(times)), return_exceptions=True)
    took = [each for each in seconds if isinstance(each, float)]
    row("changed requests", times, len(took), f"at most {max(took):.1f} s")


PATHS = [
    *("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/.git/config", "/%2egit/config"),
    *("/out.txt", "/up/secret.txt", "/%00", "/index.html%00.txt", "/pipe", "/zero", "//secret.txt"),
    *("/net/..%5c..%5csecret.txt", "/.convatlas-site", "/" + "a/" * 5000, "/" + "%41" * 10_000),
]


async def outside(port: int) -> None:
    """Ask for what is hidden, outside, or no file, and as a page of another site would."""
    asked = [get(path) for path in PATHS]
    asked += [get("/", host) for host in ("evil.com", f"evil.com:{port}", "127.0.0.1.evil.com", "")]
    answers = [(await asyncio.wait_for(ask(port, data), LONGEST))[0] for data in asked]
    held = sum(b"secret" not in each and b"HTTP/1.1 200" not in each for each in answers)
    row("hidden files, links out, devices, other hosts", len(asked), held)


async def slow(port: int, times: int) -> None:
    """Ask while others say nothing, or a byte now and then."""
    quiet = [await asyncio.open_connection("127.0.0.1", port) for _ in range(times)]
    for _, writer in quiet[::2]:
        writer.write(b"GET / HTTP/1.1\r\n")
    answers = [await ask(port, get()) for _ in range(20)]
    held = sum(data.startswith(b"HTTP/1.1 200") and t < LONGEST for data, t in answers)
    longest = max(t for _, t in answers)
    row(f"requests beside {times} slow clients", 20, held, f"at most {longest:.1f} s")
    began, closed = time.monotonic(), 0
    while time.monotonic() - began < 3 * LONGEST and closed < len(quiet):
        for _, writer in quiet[::2]:
            writer.write(b"a")
        await asyncio.sleep(0.5)
        closed = sum(reader.at_eof() or writer.is_closing() for reader, writer in quiet)
    row("slow clients that are left", times, closed, f"within {time.monotonic() - began:.0f} s")
    for _, writer in quiet:
        writer.close()


def make_site(folder: Path) -> Path:
    """Make a site of a few files, and secrets in it and beside it."""
    site = folder / "site"
    for name in ("net", ".git"):
        (site / name).mkdir(parents=True)
    for name in ("index.html", "net/index.html", "404.html"):
        (site / name).write_text("<html>" + "home " * 2000)
    for name in (".git/config", ".convatlas-site", "../secret.txt"):
        (site / name).write_text("secret")
    (site / "out.txt").symlink_to(folder / "secret.txt")
    (site / "up").symlink_to(folder)
    (site / "zero").symlink_to("/dev/zero")
    os.mkfifo(site / "pipe")
    return site


async def all_of(port: int, times: int) -> None:
    """Try everything on one server."""
    await at_once(port, times)
    await nonsense(port, times)
    await outside(port)
    await slow(port, max(10, times // 5 * 2))
    await at_once(port, times)


def main(times: int = 1000) -> None:
    """Serve a site, and ask for more than a reader would."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of connections that are closed
    with tempfile.TemporaryDirectory(prefix="requests-") as name:
        said = Path(name, "said.txt")
        with served(make_site(Path(name)), said) as (port, process):
            asyncio.run(all_of(port, times))
            status = Path(f"/proc/{process.pid}/status").read_text()
            size = int(status.partition("VmHWM:")[2].split()[0]) * 1024
            began = time.monotonic()
        seconds = time.monotonic() - began
        whole = process.returncode == 130 and seconds < SECONDS_TO_STOP
        sound = size < LARGEST and "Traceback" not in said.read_text()
        note = f"{seconds:.1f} s after the signal, {size / 2**20:.0f} MiB"
        row("servers that end as they should, without a traceback", 1, int(whole and sound), note)
        if not sound:
            print(said.read_text()[-3000:], file=sys.stderr)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
