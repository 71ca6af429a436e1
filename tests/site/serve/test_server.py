"""The local server: what it answers, to whom, and to how many at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from convatlas.errors import SiteError
from convatlas.site.serve import server
from convatlas.site.serve.server import Serving


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "net").mkdir(parents=True)
    (folder / "index.html").write_text("home")
    (folder / "a.webp").write_bytes(b"RIFF")
    (folder / "layer.csv").write_text("a,b\n")
    return folder


@pytest.fixture
def serving(out: Path) -> Iterator[Serving]:
    with Serving(out, 0) as running:
        yield running


def get(
    serving: Serving, path: str, method: str = "GET", **headers: str
) -> tuple[HTTPResponse, bytes]:
    with closing(HTTPConnection("127.0.0.1", serving.port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response, response.read()


@pytest.mark.parametrize("base", ["/", "/some/repo/", "some/repo"])
def test_the_site_stands_below_its_base(out: Path, base: str) -> None:
    with Serving(out, 0, base) as serving:
        below = "/" if base == "/" else "/some/repo/"
        assert serving.address == f"http://127.0.0.1:{serving.port}{below}"
        assert get(serving, below)[1] == b"home"
        assert get(serving, f"{below}index.html?q=1")[1] == b"home"
        assert get(serving, f"{below}a.webp")[0].headers["Content-Type"] == "image/webp"
        assert get(serving, f"{below}none.html")[0].status == 404


def test_a_connection_serves_several_requests(serving: Serving) -> None:
    with closing(HTTPConnection("127.0.0.1", serving.port, timeout=10)) as connection:
        for path in ("/", "/a.webp", "/none", "/layer.csv"):
            connection.request("GET", path)
            response = connection.getresponse()
            assert response.status == (404 if path == "/none" else 200)
            assert response.read()
            socket_used = connection.sock
        assert connection.sock is socket_used is not None


def test_two_hundred_requests_at_once_are_all_answered(serving: Serving) -> None:
    barrier = threading.Barrier(200)

    def ask(number: int) -> int:
        barrier.wait(60)
        return get(serving, f"/?{number}")[0].status

    with ThreadPoolExecutor(200) as pool:
        assert set(pool.map(ask, range(200))) == {200}


def silent(serving: Serving, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", serving.port), 30)
    connection.sendall(sent)
    return connection


def test_a_client_that_says_nothing_is_left_and_keeps_no_other_waiting(serving: Serving) -> None:
    clients = [silent(serving, b"GET / HTTP/1.1\r\nHost:"[: 5 * n]) for n in range(5)]
    began = time.monotonic()
    assert get(serving, "/")[1] == b"home"
    assert time.monotonic() - began < server.IDLE
    for client in clients:
        with closing(client):
            assert client.recv(1000) in (b"", b"HTTP/1.1 400")
    assert time.monotonic() - began < server.IDLE + 15


def test_a_client_that_sends_a_byte_now_and_then_is_left_too(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SLOWEST", 1)
    with Serving(out, 0) as serving, closing(silent(serving, b"GET / HTTP/1.1\r\n")) as client:
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 20:
                client.sendall(b"a: b\r\n")
                time.sleep(0.2)
        assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x00\x00\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_request_ends_nothing(
    serving: Serving, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(silent(serving)) as client:
        try:
            client.sendall(sent)
            assert b"200 OK" not in client.recv(1000)
        except ConnectionError:
            pass
    assert get(serving, "/")[1] == b"home"
    assert "Traceback" not in capfd.readouterr().err


def test_a_server_that_ends_closes_its_port(out: Path) -> None:
    with Serving(out, 0) as serving:
        port = serving.port
        client = silent(serving)
        began = time.monotonic()
    assert time.monotonic() - began < server.IDLE
    with closing(client):
        assert client.recv(10) == b""
    with Serving(out, port) as again:
        assert get(again, "/")[1] == b"home"


def test_a_port_that_is_taken_is_one_sentence(out: Path) -> None:
    with Serving(out, 0) as first, pytest.raises(SiteError, match="name another"):
        Serving(out, first.port)


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="run convatlas build first"):
        Serving(tmp_path, 0)
