"""A local web server for the site, under any base path."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import webbrowser
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from convatlas.errors import SiteError
from convatlas.images.codecs.registry import format_named

log = logging.getLogger(__name__)

_TYPES = {".csv": "text/csv"}
"""Media types, except of pictures, that the standard library does not know on all systems."""


_ROOT = re.compile(rb'data-root="(/[^"]*)"')
"""The path that the links of ``404.html`` start from."""


class _Handler(SimpleHTTPRequestHandler):
    """Serves the files of a folder below a base path; folders without an index are not listed."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a file waits until its headers are acknowledged
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **_TYPES}  # noqa: RUF012

    def __init__(self, *args: object, base: str, **options: object) -> None:
        self.base = base
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def send_head(self):  # type: ignore[no-untyped-def]
        """Redirect the root to the base path, and refuse paths outside of it."""
        path = urlsplit(self.path).path
        if self.base != "/" and path in ("/", self.base.rstrip("/")):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", self.base)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if not path.startswith(self.base):
            self.send_error(HTTPStatus.NOT_FOUND, f"the site is below {self.base}")
            return None
        return super().send_head()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer requests for missing pages with the site's own page, as hosts do."""
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        data = page.read_bytes()
        if root := _ROOT.search(data):  # the base path here may differ from the published one
            data = data.replace(b'="' + root[1], b'="' + self.base.encode())
        self.send_response(code, message)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def translate_path(self, path: str) -> str:
        """Return the file of a URL path, without the base path."""
        return super().translate_path("/" + path.removeprefix(self.base))

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        """Return the media type of a file, given its name."""
        picture = format_named(str(path))
        return picture.media_type if picture else super().guess_type(path)

    def list_directory(self, path: object) -> None:
        """Refuse to list a folder, as static hosts do."""
        self.send_error(HTTPStatus.NOT_FOUND, "there is no page here")

    def log_message(self, format: str, *args: object) -> None:
        """Log requests instead of printing them to standard error."""
        log.debug(format, *args)


class _Server(ThreadingHTTPServer):
    """A server that ignores closed connections: a browser may leave a page before it is loaded."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Print an error to standard error, unless the connection was closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def server(out: Path, port: int = 8000, base: str = "/") -> ThreadingHTTPServer:
    """Return a server of ``out`` on 127.0.0.1, bound but not yet serving; port 0 picks a free one.

    Args:
        base: the path below which the site is served, as on a project's GitHub Pages: ``/repo/``.

    Raises:
        SiteError: there is no site in ``out``, or the port cannot be used.
    """
    if not (out / "index.html").is_file():
        raise SiteError(f"{out} holds no site; run convatlas build first")
    below = f"/{base.strip('/')}/" if base.strip("/") else "/"
    handler = partial(_Handler, directory=str(out), base=below)
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError as error:
        raise SiteError(f"port {port} cannot be used ({error.strerror}); name another") from error


def address(serving: ThreadingHTTPServer, base: str = "/") -> str:
    """Return the URL of the site."""
    below = f"{base.strip('/')}/" if base.strip("/") else ""
    return f"http://127.0.0.1:{serving.server_address[1]}/{below}"


def serve(
    out: Path,
    port: int = 8000,
    base: str = "/",
    open_browser: bool = False,
    meanwhile: Callable[[], None] | None = None,
) -> None:
    """Serve ``out`` until interrupted.

    Args:
        base: as in ``server``.
        meanwhile: runs while the site is served; when it returns, the server stops.

    Raises:
        SiteError: as in ``server``.
    """
    with server(out, port, base) as serving:
        log.info("serving %s at %s", out, address(serving, base))
        if open_browser:
            webbrowser.open(address(serving, base))
        if meanwhile is None:
            serving.serve_forever()
            return
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            meanwhile()
        finally:
            serving.shutdown()
            thread.join()
