from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from convatlas.errors import SiteError
from convatlas.site.serve.server import address, server


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "net").mkdir(parents=True)
    (folder / "index.html").write_text("home")
    (folder / "a.webp").write_bytes(b"RIFF")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@contextmanager
def serving(out: Path, base: str) -> Iterator[tuple[str, int]]:
    with server(out, 0, base) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield address(running, base), running.server_address[1]
        finally:
            running.shutdown()
            thread.join()


def get(port: int, path: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("base", ["/", "/some/repo/", "some/repo"])
def test_the_site_stands_below_its_base(out: Path, base: str) -> None:
    with serving(out, base) as (url, port):
        below = "/" if base == "/" else "/some/repo/"
        assert url == f"http://127.0.0.1:{port}{below}"
        assert get(port, below)[1] == b"home"
        assert get(port, f"{below}index.html?q=1")[1] == b"home"
        assert get(port, f"{below}a.webp")[0].headers["Content-Type"] == "image/webp"
        assert get(port, f"{below}none.html")[0].status == 404


def test_the_root_leads_to_the_base(out: Path) -> None:
    with serving(out, "/repo/") as (_, port):
        for path in ("/", "/repo"):
            response, _ = get(port, path)
            assert (response.status, response.headers["Location"]) == (302, "/repo/")
        assert get(port, "/index.html")[0].status == 404
        assert get(port, "/repository/index.html")[0].status == 404


@pytest.mark.parametrize("path", ["/net/", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_nothing_is_listed_and_nothing_outside_is_told(out: Path, path: str) -> None:
    with serving(out, "/") as (_, port):
        response, body = get(port, path)
        assert response.status == 404
        assert b"secret</" not in body


def test_a_port_that_is_taken_is_one_sentence(out: Path) -> None:
    with server(out, 0) as first, pytest.raises(SiteError, match="name another"):
        server(out, int(first.server_address[1]))


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="run convatlas build first"):
        server(tmp_path, 0)
