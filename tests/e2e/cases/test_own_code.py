"""Networks whose code raises, prints, or changes the working directory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.cases import case, convatlas_in
from support.markup import written
from support.prepared import GENERATOR
from support.site_files import layer_file


@pytest.mark.parametrize(
    ("name", "raised"),
    [("06-traceback-exception", "Exception: wrong size"), ("06c-systemexit-silent", "SystemExit")],
)
def test_what_forward_raises_is_one_sentence(tmp_path: Path, name: str, raised: str) -> None:
    folder = case(name, tmp_path)
    done = convatlas_in(folder, "build")
    assert (done.returncode, done.stdout) == (2, "")
    message = done.stderr.splitlines()[-1]
    assert message.startswith("atlas.yaml:2:") and raised in message
    assert "net.py, line 11" in message
    assert "Traceback" not in done.stderr


def test_what_is_printed_never_reaches_stdout(tmp_path: Path) -> None:
    folder = case("19-prints-to-stdout", tmp_path)
    net = folder / "net.py"
    more = "import os, atexit\nos.write(1, b'raw\\n')\natexit.register(print, 'good bye')\n"
    more += "import ctypes; ctypes.CDLL(None).printf(b'from C\\n')\nos.system('echo shell')\n"
    net.write_text(more + net.read_text())
    for command in ("layers", "plan", "build"):
        done = convatlas_in(folder, command, "--json")
        assert done.returncode == 0
        assert json.loads(done.stdout)
        if command != "plan":  # then the network is remembered
            for line in ("loading the net", "raw", "from C", "shell", "good bye", "forward (1"):
                assert line in done.stderr


def test_a_changed_working_directory_moves_nothing(tmp_path: Path) -> None:
    folder = case("28-chdir", tmp_path)
    done = convatlas_in(folder, "build", "--store", "records")
    assert (done.returncode, done.stderr.count("left out")) == (0, 0)
    assert done.stdout.splitlines()[-1] == "site/index.html"
    assert (folder / "site" / "index.html").is_file()
    assert (folder / "records").is_file()
    assert not (folder / "sub" / "site").exists()
    assert "0 records rendered" in convatlas_in(folder, "build", "--store", "records").stdout


def test_a_network_that_is_one_convolution_has_a_layer_with_a_name(tmp_path: Path) -> None:
    folder = case("20-bare-conv", tmp_path)
    done = convatlas_in(folder, "build", "--only", "m/Conv2d/*")
    assert done.returncode == 0
    page = written((folder / "site" / "m" / "Conv2d" / "0.html").read_text("utf-8"))
    assert "Conv2d" in page.partition("</title>")[0]
    assert layer_file(folder / "site" / "m" / "Conv2d" / "layer.json")["filters"]


def test_networks_in_memory_are_shown_whatever_state_the_notebook_is_in(tmp_path: Path) -> None:
    folder = case("27-in-memory", tmp_path)
    done = subprocess.run(
        [sys.executable, "api.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": GENERATOR, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    plain, *others = done.stdout.splitlines()
    assert (done.returncode, plain.split()[2:]) == (0, ["0", "True", "True", "False"])
    ways = [re.sub(r" \d.*", "", line) for line in others]
    assert ways == [
        "with a cached activation",
        "lock",
        "inside no_grad",
        "made in inference mode",
        "default float64",
    ]
    assert all(line.endswith((" 0", "[]")) or line.startswith("lock ") for line in others)
