"""A local web server for the site, under any base path."""

from __future__ import annotations

import logging
import select
import socket
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from weakref import WeakKeyDictionary

from waitress import create_server, wasyncore

from convatlas.errors import SiteError
from convatlas.site.serve.site_files import SiteFiles

log = logging.getLogger(__name__)

HOST = "127.0.0.1"

IDLE = 5
"""Seconds after which a connection is closed on which nothing happens."""
SLOWEST = 4
"""Seconds that a client may take to send a request."""

_LIMITS = {
    "ident": None,
    "asyncore_use_poll": hasattr(select, "poll"),
    "threads": 4,
    "backlog": 1024,
    "connection_limit": 200,  # further ones wait; systems allow as few as 256 open files
    "channel_timeout": IDLE,
    "cleanup_interval": 1,
    "max_request_header_size": 2**16,
    "max_request_body_size": 2**16,
}


class Serving:
    """A server of a site on 127.0.0.1, which answers while it is used as a context manager."""

    def __init__(self, out: Path, port: int = 8000, base: str = "/") -> None:
        """Bind a port; port 0 picks a free one.

        Args:
            base: the path below which the site is served, as on a project's GitHub Pages:
                ``/repo/``.

        Raises:
            SiteError: there is no site in ``out``, or the port cannot be used.
        """
        if not (out / "index.html").is_file():
            raise SiteError(f"{out} holds no site; run convatlas build first")
        below = f"/{base.strip('/')}/" if base.strip("/") else "/"
        try:
            listening = socket.create_server((HOST, port))
        except OSError as error:
            message = f"port {port} cannot be used ({error.strerror}); name another"
            raise SiteError(message) from error
        self.port: int = listening.getsockname()[1]
        self.address = f"http://{HOST}:{self.port}{below}"
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        app = SiteFiles(out, below)
        self._server = create_server(app, map=self._sockets, sockets=[listening], **_LIMITS)
        self._begun: WeakKeyDictionary[object, float] = WeakKeyDictionary()
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Serving:
        """Answer requests from now on, in a thread of its own."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop, and close all connections."""
        self._stopped.set()
        self._server.pull_trigger()
        self._thread.join()
        self._server.task_dispatcher.shutdown()
        for each in list(self._sockets.values()):
            each.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            wasyncore.loop(0.5, self._server.adj.asyncore_use_poll, self._sockets, count=1)
            self._close_slow(time.monotonic())

    def _close_slow(self, now: float) -> None:
        """Close connections whose request does not come to its end."""
        for channel in self._server.active_channels.values():
            request = channel.request  # of which a part has come
            if request and now - self._begun.setdefault(request, now) > SLOWEST:
                channel.will_close = True


def serve(
    out: Path,
    port: int = 8000,
    base: str = "/",
    open_browser: bool = False,
    meanwhile: Callable[[], None] | None = None,
) -> None:
    """Serve ``out`` until interrupted.

    Args:
        base: as in ``Serving``.
        meanwhile: runs while the site is served; when it returns, the server stops.

    Raises:
        SiteError: as in ``Serving``.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # many requests at once are no news
    with Serving(out, port, base) as serving:
        log.info("serving %s at %s", out, serving.address)
        if open_browser:
            webbrowser.open(serving.address)
        (meanwhile or _forever)()


def _forever() -> None:
    while True:
        time.sleep(1)  # rather than a wait without an end, which Windows does not interrupt
