"""The files of a site as a WSGI application: what a static host answers, and nothing besides."""

from __future__ import annotations

import logging
import mimetypes
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, NotFound
from werkzeug.security import safe_join
from werkzeug.utils import redirect, send_file
from werkzeug.wrappers import Request, Response

from convatlas.config.sources import is_file, is_folder
from convatlas.images.codecs.registry import format_named

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xml": "application/xml",
}
"""Media types, except those of published pictures. Some systems know wrong ones, and browsers
refuse scripts and style sheets of a wrong type."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "no-cache",
}
"""The type of a file is the one that we name, pages of other sites cannot load it, and a browser
asks each time whether it has changed."""

_HOSTS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
"""Names of this machine. Another name that leads here is that of a site whose pages want to read
the atlas (DNS rebinding)."""

_ROOT = re.compile(rb'data-root="(/[^"]*)"')
"""The path that the links of ``404.html`` start from."""


class SiteFiles:
    """Answers with the files of a folder, below a base path.

    Folders are not listed. Neither hidden files nor links that lead out of the folder are served.
    """

    def __init__(self, out: Path, base: str) -> None:
        """``base`` begins and ends with a slash: ``/`` or ``/some/repository/``."""
        self.out = out
        self.base = base

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except NotFound as error:
            response = self._missing(request, error)
        except HTTPException as error:
            response = Response(f"{error.description}\n", error.code, mimetype="text/plain")
        response.headers.update(_HEADERS)
        log.debug("%s %s %s", request.method, request.path, response.status_code)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if not _HOSTS.fullmatch(request.headers.get("Host", "")):
            raise Forbidden("This atlas is served to this machine only: open it at 127.0.0.1.")
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(["GET", "HEAD"], "Only GET and HEAD are answered.")
        if self.base != "/" and request.path in ("/", self.base.rstrip("/")):
            return redirect(self.base)
        if not request.path.startswith(self.base):
            raise NotFound(f"The site is below {self.base}.")
        path = request.path.removeprefix(self.base)
        file = self._file(path)
        if is_folder(file) and path and not path.endswith("/"):
            return redirect(self.base + quote(path) + "/")
        return self._sent(file / "index.html" if path.endswith("/") or not path else file, request)

    def _file(self, path: str) -> Path:
        """Return the file of a path, which may be missing.

        Raises:
            NotFound: the path has a form that none of the site's has.
        """
        parts = path.removesuffix("/").split("/") if path else []
        joined = safe_join(str(self.out), *parts)
        if joined is None or any(not part or part.startswith(".") for part in parts):
            raise NotFound
        return Path(joined)

    def _sent(self, file: Path, request: Request) -> Response:
        if not is_file(file) or not file.resolve().is_relative_to(self.out.resolve()):
            raise NotFound
        try:
            return send_file(file, request.environ, mimetype=media_type(file.name))
        except OSError as error:  # it was removed in the meantime, or may not be read
            raise NotFound from error

    def _missing(self, request: Request, error: NotFound) -> Response:
        """Answer with the site's own page, as hosts do."""
        page = self.out / "404.html"
        if not is_file(page):
            return Response(f"{error.description}\n", 404, mimetype="text/plain")
        data = page.read_bytes()
        if root := _ROOT.search(data):  # the base path here may differ from the published one
            data = data.replace(b'="' + root[1], b'="' + self.base.encode())
        return Response(data, 404, mimetype="text/html")


def media_type(name: str) -> str:
    """Return the media type of a file, given its name."""
    suffix = Path(name).suffix.lower()
    if picture := format_named(name.lower()):
        return picture.media_type
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
