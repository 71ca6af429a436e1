"""Pages are made again when what they are made from changes: in small, and as a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from convatlas.errors import SiteError
from convatlas.site.serve import watch as watching
from convatlas.site.serve.watch import stamps, watch
from support.command import build

ROOT = Path(__file__).resolve().parents[3]

NETWORK = """
from torch import nn
def network():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
"""
ATLAS = """
title: Before
models: [{name: tiny, source: "net.py:network", weights: none, input: {size: 16}}]
lenses: {maximize: false, examples: false}
site: {theme: theme, extra: [{title: Tour, file: tour.md}]}
"""
HOME = '{% extends "!default/home.html" %}{% block after %}<p>VERSION 1</p>{% endblock %}'


def eventually(true: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.1)
    return done


def test_what_changes_is_seen_and_errors_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "PAUSE", 0.01)
    file, calls, stop = tmp_path / "sub" / "a.html", list[int](), threading.Event()
    file.parent.mkdir()

    def rebuild() -> str:
        calls.append(len(calls))
        if len(calls) == 1:
            raise SiteError("a.html:1: broken")
        return "done"

    thread = threading.Thread(target=watch, args=(lambda: [tmp_path], rebuild, stop))
    with caplog.at_level("INFO"):
        thread.start()
        time.sleep(0.1)
        assert calls == []
        file.write_text("1")
        assert eventually(lambda: len(calls) == 1)
        file.write_text("22")
        assert eventually(lambda: len(calls) == 2)
        file.unlink()
        assert eventually(lambda: len(calls) == 3)
        stop.set()
        thread.join()
    assert "a.html:1: broken" in caplog.text
    assert "the pages stay as they were" in caplog.text


def test_hidden_files_and_absent_ones_do_not_count(tmp_path: Path) -> None:
    (tmp_path / ".a.html.swp").write_text("x")
    (tmp_path / "a.html").write_text("x")
    assert set(stamps([tmp_path, tmp_path / "none"])) == {tmp_path / "a.html"}


@pytest.fixture
def atlas(tmp_path: Path) -> Path:
    (tmp_path / "theme" / "templates").mkdir(parents=True)
    (tmp_path / "theme" / "templates" / "home.html").write_text(HOME)
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    (tmp_path / "tour.md").write_text("First words.")
    assert build(tmp_path).exit_code == 0
    return tmp_path


@pytest.fixture
def served(atlas: Path) -> Iterator[tuple[Path, str, Path]]:
    """A server that watches an atlas: its folder, its address, and the file with what it says."""
    said = atlas / "said.txt"
    command = [sys.executable, "-u", "-m", "convatlas", "serve", "--watch", "--port", "0"]
    with said.open("w") as sink:
        running = subprocess.Popen(command, cwd=atlas, stderr=sink, env=dict(os.environ))
        try:
            assert eventually(lambda: "http://" in said.read_text()), said.read_text()
            address = said.read_text().partition("http://")[2].split()[0]
            yield atlas, f"http://{address}", said
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 130


def page(address: str) -> str:
    with urlopen(address, timeout=10) as response:
        return str(response.read().decode())


def test_a_server_makes_pages_again(served: tuple[Path, str, Path]) -> None:
    folder, address, said = served
    home = folder / "theme" / "templates" / "home.html"
    assert "VERSION 1" in page(address)
    home.write_text(HOME.replace("1", "2"))
    assert eventually(lambda: "VERSION 2" in page(address)), said.read_text()
    home.write_text(HOME.replace("block after", "block aftr"))
    assert eventually(lambda: "has no block 'aftr'" in said.read_text())
    assert "home.html:1: " in said.read_text()
    assert "VERSION 2" in page(address)
    home.write_text(HOME.replace("1", "3"))
    assert eventually(lambda: "VERSION 3" in page(address)), said.read_text()
    (folder / "tour.md").write_text("Other words.")
    assert eventually(lambda: "Other words." in page(f"{address}about/Tour.html"))
    (folder / "atlas.yaml").write_text(ATLAS.replace("title: Before", "titel: After"))
    assert eventually(lambda: "unknown key 'titel'" in said.read_text())
    (folder / "atlas.yaml").write_text(ATLAS.replace("Before", "After"))
    assert eventually(lambda: "<h1>After</h1>" in page(address)), said.read_text()
