"""What a site's files are answered as, without a server: the application is called as it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from convatlas.site.serve.site_files import SiteFiles, media_type

PAGE = b'<html data-root="/published/"><a href="/published/search.html"></a></html>'


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    for name in ("net", ".git", "a b"):
        (folder / name).mkdir(parents=True)
    (folder / "index.html").write_text("home")
    (folder / "net" / "index.html").write_text("network")
    (folder / "a b" / "index.html").write_text("blank")
    (folder / "a b" / "ü.html").write_text("u")
    (folder / "404.html").write_bytes(PAGE)
    (folder / "grid.js").write_text("0123456789")
    (folder / ".git" / "config").write_text("secret")
    (folder / ".convatlas-site").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


class Asking(Client):
    """Hands the application each path as a server does, and reads each answer to its end."""

    def open(self, path: str, **options: Any) -> TestResponse:  # type: ignore[override]
        raw = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}
        return super().open("/", buffered=True, environ_overrides=raw, **options)


def client(out: Path, base: str = "/") -> Asking:
    return Asking(SiteFiles(out, base))


def get(out: Path, path: str) -> TestResponse:
    return client(out).get(path)


def test_a_folder_is_its_index_and_leads_to_it(out: Path) -> None:
    assert get(out, "/net/").data == b"network"
    moved = get(out, "/net")
    assert (moved.status_code, moved.headers["Location"]) == (302, "/net/")
    assert get(out, "/a%20b/").data == b"blank"
    assert get(out, "/a%20b").headers["Location"] == "/a%20b/"
    assert get(out, "/a%20b/%C3%BC.html").data == b"u"


def test_the_root_leads_to_the_base(out: Path) -> None:
    below = client(out, "/some/repo/")
    for path in ("/", "/some/repo"):
        moved = below.get(path)
        assert (moved.status_code, moved.headers["Location"]) == (302, "/some/repo/")
    assert below.get("/some/repo/net").headers["Location"] == "/some/repo/net/"
    assert below.get("/some/repo/").data == b"home"
    for path in ("/index.html", "/some/repository/index.html", "/some/"):
        assert below.get(path).status_code == 404


def test_no_path_leads_to_another_site(out: Path) -> None:
    (out / "evil.com").mkdir()
    for path in ("//evil.com", "/\\evil.com", "///evil.com", "/%2Fevil.com", "//evil.com/.."):
        response = get(out, path)
        assert response.headers.get("Location", "/evil.com/") == "/evil.com/"


def test_what_is_missing_is_the_sites_own_page_with_links_below_the_base(out: Path) -> None:
    missing = client(out, "/here/").get("/here/none.html")
    assert missing.status_code == 404
    assert missing.mimetype == "text/html"
    assert missing.data == PAGE.replace(b"/published/", b"/here/")
    (out / "404.html").unlink()
    assert get(out, "/none").status_code == 404


HIDDEN = [
    *("/../secret.txt", "/%2e%2e/secret.txt", "/net/../../secret.txt", "/..%2fsecret.txt"),
    *("/.git/config", "/.convatlas-site", "/%2egit/config", "/net/../.git/config", "/./index.html"),
    *("/index.html/", "/a%20b/", "/net//index.html", "/index.html%00", "/%00"),
    *("/%00/index.html", "/" + "a" * 5000, "/" + "a/" * 5000, "/..\\secret.txt", "/%ff%fe"),
    *("/C:/secret.txt", "/index.html::$DATA", "/con", "/nul.txt"),
]


@pytest.mark.parametrize("path", HIDDEN)
def test_nothing_hidden_and_nothing_outside_is_told(out: Path, path: str) -> None:
    if path == "/a%20b/":
        (out / "a b" / "index.html").unlink()  # a folder without an index is not listed
    response = get(out, path)
    assert response.status_code == 404
    assert b"secret" not in response.data


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_that_leads_out_of_the_site_is_not_followed(out: Path, tmp_path: Path) -> None:
    (out / "out.txt").symlink_to(tmp_path / "secret.txt")
    (out / "up").symlink_to(tmp_path)
    (out / "loop").symlink_to("loop")
    (out / "zero").symlink_to("/dev/zero")
    os.mkfifo(out / "pipe")
    for path in ("/out.txt", "/up/secret.txt", "/up/", "/loop", "/zero", "/pipe"):
        assert get(out, path).status_code == 404, path
    (out / "inside.html").symlink_to(out / "net" / "index.html")
    assert get(out, "/inside.html").data == b"network"
    (tmp_path / "linked").symlink_to(out)
    assert get(tmp_path / "linked", "/net/").data == b"network"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="all may be read")
def test_a_file_that_may_not_be_read_is_missing(out: Path) -> None:
    (out / "grid.js").chmod(0)
    assert get(out, "/grid.js").status_code == 404


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.text(st.sampled_from("./\\%0aA:\0~é2eCON"), max_size=20) | st.text(max_size=20))
def test_every_path_has_an_answer(out: Path, path: str) -> None:
    response = get(out, "/" + path)
    assert response.status_code in (200, 302, 404)
    assert b"secret" not in response.data


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:1", "[::1]:8000"]
)
def test_this_machine_is_answered(out: Path, host: str) -> None:
    assert client(out).get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.com", "evil.com:8000", "localhost.evil.com", "127.0.0.1.evil.com", "127.0.0.1 x"),
        *("", "localhost:evil", "a@localhost", "127.0.0.1:8000,evil.com", "0.0.0.0", "[::2]"),
    ],
)
def test_another_name_for_this_machine_is_refused(out: Path, host: str) -> None:
    for path in ("/", "/grid.js", "/none"):
        response = client(out).get(path, headers={"Host": host})
        assert response.status_code == 403
        assert b"home" not in response.data


def test_only_what_reads_is_answered(out: Path) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
        response = client(out).open("/", method=method)
        assert response.status_code == 405
    head = client(out).head("/grid.js")
    assert (head.status_code, head.data, head.content_length) == (200, b"", 10)


def test_every_answer_names_its_type_and_is_for_this_site_alone(out: Path) -> None:
    answers = [get(out, path) for path in ("/", "/grid.js", "/none", "/net", "/.git/config")]
    answers.append(client(out).get("/", headers={"Host": "evil.com"}))
    answers.append(client(out).post("/"))
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-site"
        assert answer.headers["Cache-Control"] == "no-cache"


def test_what_has_not_changed_is_not_sent_again(out: Path) -> None:
    first = get(out, "/grid.js")
    again = client(out).get("/grid.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    (out / "grid.js").write_text("other")
    again = client(out).get("/grid.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (200, b"other")


def test_a_part_of_a_file_can_be_asked_for(out: Path) -> None:
    part = client(out).get("/grid.js", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"234")
    assert client(out).get("/grid.js", headers={"Range": "bytes=50-"}).status_code == 416


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.jpg", "image/jpeg"),
        ("A.PNG", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.js", "text/javascript"),
        ("a.json", "application/json"),
        ("a.css", "text/css"),
        ("a.csv", "text/csv"),
        ("a.html", "text/html"),
        ("a.woff2", "font/woff2"),
        ("a", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
    ],
)
def test_types_do_not_depend_on_the_system(name: str, kind: str) -> None:
    assert media_type(name) == kind


def test_text_is_utf_8(out: Path) -> None:
    assert get(out, "/").headers["Content-Type"] == "text/html; charset=utf-8"
    assert get(out, "/grid.js").headers["Content-Type"] == "text/javascript; charset=utf-8"
