"""The whole way from atlas.yaml to a site, as a user runs it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import convatlas
from convatlas.cli import main
from convatlas.ui.rounding import DIGITS
from support import nets
from support.command import build, layer, run, said
from support.prepared import Running, start_prepared
from support.site_files import contents

GENERATOR = str(Path(convatlas.__file__).parent.parent)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an atlas that has been built once; not to be changed."""
    folder = tmp_path_factory.mktemp("built")
    nets.write_atlas(folder)
    result = build(folder)
    assert result.exit_code == 0, said(result)
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the built atlas that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "copy"))


def test_every_filter_has_everything(built: Path) -> None:
    for name, count in (("conv1", 6), ("conv2", 5)):
        facts = layer(built, name)
        assert facts["name"] == name
        assert facts["network"] == "small"
        assert [f["index"] for f in facts["filters"]] == list(range(count))
        for record in facts["filters"]:
            assert record["kernels"]["slices"]
            assert len(record["examples"]["top"]) == 3
            for direction in ("positive", "negative"):
                made = record["maximize"][direction]
                assert (built / "site" / "small" / name / made["picture"]["file"]).exists()
                assert made["attempts"] >= 1
            assert (built / "site" / "small" / name / record["href"]).exists()
    assert layer(built, "conv1")["map"] == [24, 24]
    assert layer(built, "conv2")["receptive_field"] == [5, 5]
    assert layer(built, "conv1")["norm"] == "bn1"


def test_ratio_is_the_response_over_the_strongest_image(built: Path) -> None:
    rounding = 3 * 0.5 * 10 ** (1 - DIGITS)  # of each of the three numbers, at most
    for record in layer(built, "conv2")["filters"]:
        top = record["examples"]["top"][0]["response"]
        assert record["examples"]["bounds"]["highest"] == top
        positive = record["maximize"]["positive"]
        if top > 0:
            assert positive["ratio"] == pytest.approx(positive["response"] / top, rel=rounding)
        else:
            assert positive["ratio"] is None


def test_boxes_hold_all_that_the_position_sees(built: Path) -> None:
    for record in layer(built, "conv2")["filters"]:
        for example in record["examples"]["top"]:
            row, column = example["position"]
            left, top, right, bottom = example["box"]
            assert [left, top] == [max(0, 2 * column - 1), max(0, 2 * row - 1)]
            assert [right, bottom] == [min(24, 2 * column + 4), min(24, 2 * row + 4)]


def test_a_second_build_renders_and_writes_nothing(copy: Path) -> None:
    assert build(copy).exit_code == 0  # the files of a copied site are read once
    before = {path: path.stat().st_mtime_ns for path in (copy / "site").rglob("*")}
    result = build(copy, "--json")
    summary = json.loads(result.stdout)
    assert (summary["rendered"], summary["published"]["written"]) == (0, 0)
    assert summary["kept"] > 0
    assert {path: path.stat().st_mtime_ns for path in (copy / "site").rglob("*")} == before


def test_a_second_build_does_not_import_torch(copy: Path) -> None:
    assert build(copy).exit_code == 0  # what is remembered of a network holds for its folder
    code = (
        "import sys; from click.testing import CliRunner; from convatlas.cli import cli;"
        f"r = CliRunner().invoke(cli, ['build', '-c', '{copy}/atlas.yaml', '-o', '{copy}/site']);"
        "sys.exit(2 * r.exit_code + ('torch' in sys.modules))"
    )
    environment = {"PYTHONPATH": GENERATOR, "PATH": os.environ["PATH"]}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )


def test_a_changed_option_renders_only_its_lens(copy: Path) -> None:
    atlas = copy / "atlas.yaml"
    atlas.write_text(atlas.read_text().replace("top: 3", "top: 2"))
    rows = json.loads(run("plan", "-c", atlas, "--json").stdout)
    assert {row["lens"] for row in rows if row["missing"]} == {"examples"}


def test_an_added_network_renders_only_itself(copy: Path) -> None:
    atlas = copy / "atlas.yaml"
    entry = (
        "models:\n  - name: other\n    source: nets.py:known\n    input: {size: 24, resize: 24}\n"
    )
    atlas.write_text(atlas.read_text().replace("models:\n", entry))
    rows = json.loads(run("plan", "-c", atlas, "--json").stdout)
    assert {row["network"] for row in rows if row["missing"]} == {"other"}


def test_a_changed_head_renders_effects_and_circuits_alone(copy: Path) -> None:
    source = copy / "nets.py"
    source.write_text(
        source.read_text().replace("self.head = nn.Linear(5, 4)", "self.head = nn.Linear(5, 7)")
    )
    summary = json.loads(build(copy, "--json").stdout)
    rows = json.loads(run("plan", "-c", copy / "atlas.yaml", "--json").stdout)
    effects = 6 + 5 + 2 + 1  # of the filters, the layers and the network
    circuits = 6 + 5 + 2
    assert summary["rendered"] == effects + circuits
    assert sum(row["missing"] for row in rows) == 0


def test_only_limits_what_is_rendered(tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    result = build(tmp_path, "--only", "small/conv1/[0-2]")
    assert result.exit_code == 0, said(result)
    first = layer(tmp_path, "conv1")["filters"]
    assert [f["kernels"] is not None for f in first] == [True] * 3 + [False] * 3
    assert all(f["kernels"] is None for f in layer(tmp_path, "conv2")["filters"])


def test_the_rest_continues_after_only(built: Path, tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    for glob in ("small/conv2", "small/conv1/4", "*"):
        assert build(tmp_path, "--only", glob).exit_code == 0
    assert contents(tmp_path / "site") == contents(built / "site")


def test_pages_alone_need_no_images_and_no_source(copy: Path) -> None:
    expected = contents(copy / "site")
    shutil.rmtree(copy / "pictures")
    (copy / "nets.py").unlink()
    shutil.rmtree(copy / "site")
    result = build(copy, "--pages")
    assert result.exit_code == 0, said(result)
    assert contents(copy / "site") == expected


def test_pages_of_an_unknown_atlas_are_refused(tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    result = build(tmp_path, "--pages")
    assert "without --pages first" in said(result)


def test_a_damaged_picture_is_rendered_again(copy: Path) -> None:
    expected = contents(copy / "site")
    connection = sqlite3.connect(copy / ".convatlas")
    with connection:
        connection.execute("update pictures set data = x'00'")
    connection.close()
    shutil.rmtree(copy / "site")
    result = build(copy)
    assert result.exit_code == 0, said(result)
    assert contents(copy / "site") == expected


def test_unreadable_images_are_named_counted_and_left_out(copy: Path) -> None:
    (copy / "pictures" / "odd" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    result = build(copy)
    assert result.exit_code == 0
    assert "odd/broken.png" in result.stdout
    assert "1 image left out" in result.stdout
    assert build(copy, "--strict").exit_code == 1


def test_two_builds_at_once_on_one_store(built: Path, tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    processes = [start(tmp_path, tmp_path / f"site{n}") for n in range(2)]
    assert [process.wait(240) for process in processes] == [0, 0]
    for number in range(2):
        assert contents(tmp_path / f"site{number}") == contents(built / "site")


def start(folder: Path, site: Path) -> Running:
    return start_prepared(folder, "-q", "build", "-o", str(site))


def under_way(store: Path) -> None:
    """Wait until a build has made its store."""
    for _ in range(3000):
        if store.exists():
            return
        time.sleep(0.02)


def test_killed_at_random_moments_and_run_again_gives_the_same_bytes(
    built: Path, tmp_path: Path
) -> None:
    nets.write_atlas(tmp_path)
    began = time.monotonic()
    process = start(tmp_path, tmp_path / "whole")
    assert process.wait(240) == 0
    length = time.monotonic() - began
    (tmp_path / ".convatlas").unlink()
    process = start(tmp_path, tmp_path / "site")
    under_way(tmp_path / ".convatlas")
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    rng = random.Random(7)
    for part in (0.2, 0.6, 0.4, 0.8):  # of a build that may end earlier, since it goes on
        process = start(tmp_path, tmp_path / "site")
        time.sleep((part + rng.uniform(-0.1, 0.1)) * length)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        if part == 0.6:  # so that not only the first kills fall on unfinished work
            shutil.rmtree(tmp_path / "site", ignore_errors=True)
    assert start(tmp_path, tmp_path / "site").wait(240) == 0
    assert contents(tmp_path / "site") == contents(built / "site")


def test_networks_in_memory_are_built_and_left_alone(tmp_path: Path) -> None:
    module = nets.Small(seed=3).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    nets.write_pictures(tmp_path / "pictures")
    result = convatlas.build(
        {
            "images": [{"name": "pictures", "source": f"folder:{tmp_path}/pictures"}],
            "lenses": {"maximize": {"steps": 2, "size": 16, "negative": False}},
        },
        networks={"mine": module},
        out=tmp_path / "site",
        store=tmp_path / "store",
    )
    assert not result.failures
    assert (tmp_path / "site" / "mine" / "conv1" / "0.html").exists()
    assert module.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_layers_and_cache_commands(copy: Path) -> None:
    names = [
        row["name"] for row in json.loads(run("layers", "-c", copy / "atlas.yaml", "--json").stdout)
    ]
    assert names == ["conv1", "conv2"]
    assert "conv2" in run("layers", "-c", copy / "atlas.yaml").stdout
    assert "kernels" in run("cache", "ls", "-c", copy / "atlas.yaml").stdout
    assert run("cache", "verify", "-c", copy / "atlas.yaml").exit_code == 0


def test_gc_drops_what_is_not_reached_and_keeps_the_rest(copy: Path) -> None:
    atlas = copy / "atlas.yaml"
    text = atlas.read_text()
    assert " 0 records dropped" in run("cache", "gc", "-c", atlas).stdout
    atlas.write_text(text.replace("steps: 6", "steps: 7"))
    assert build(copy).exit_code == 0
    atlas.write_text(text)
    assert " 0 records dropped" not in run("cache", "gc", "-c", atlas).stdout
    assert json.loads(build(copy, "--json").stdout)["rendered"] == 0


def test_check_finds_no_fault_and_then_a_missing_file(copy: Path) -> None:
    result = run("check", copy / "site")
    assert result.exit_code == 0, result.output
    next((copy / "site" / "small" / "conv1").glob("0-positive*")).unlink()
    result = run("check", copy / "site")
    assert result.exit_code == 1
    assert "0-positive" in result.output


def test_init_never_overwrites(tmp_path: Path) -> None:
    assert run("init", tmp_path).exit_code == 0
    before = (tmp_path / "atlas.yaml").read_bytes()
    assert "is there already" in said(run("init", tmp_path))
    assert (tmp_path / "atlas.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("top: 3", "tpo: 3"), 2, ["atlas.yaml:10:14", "tpo", "did you mean 'top'"]),
        (("nets.py:small", "nets.py:smal"), 2, ["atlas.yaml", "smal", "did you mean 'small'"]),
        (
            ("name: small", "name: small\n    layers: [conv9]"),
            2,
            ["'conv9' matches no layer", "conv1"],
        ),
        (("folder:pictures", "folder:picture"), 2, ["there is no folder picture"]),
    ],
)
def test_mistakes_are_told_before_anything_is_rendered(
    copy: Path, capfd: pytest.CaptureFixture[str], monkeypatch, change, code, words
) -> None:
    atlas = copy / "atlas.yaml"
    atlas.write_text(atlas.read_text().replace(*change))
    monkeypatch.setattr(
        sys, "argv", ["convatlas", "build", "-c", str(atlas), "-o", str(copy / "s")]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == code
    message = capfd.readouterr().err
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_all_mistakes_of_opening_are_told_at_once(copy: Path) -> None:
    atlas = copy / "atlas.yaml"
    more = "    layers: [conv8]\n  - {name: torch, source: torchvision/resnet81}\nimages:"
    atlas.write_text(atlas.read_text().replace("images:", more, 1))
    message = said(build(copy))
    assert "conv8" in message
    assert "resnet18" in message


def test_a_full_disk_is_an_error_and_the_build_goes_on_later(built: Path, tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from convatlas.cli import main; sys.argv = ['convatlas', *sys.argv[1:]]; main()"
    )
    command = [sys.executable, "-c", code, "build", "-c", str(tmp_path / "atlas.yaml")]
    environment = {**os.environ, "PYTHONPATH": GENERATOR, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "site")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "store" in done.stderr
    assert build(tmp_path).exit_code == 0
    assert contents(tmp_path / "site") == contents(built / "site")


def test_ctrl_c_leaves_with_130_and_a_good_store(built: Path, tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    process = start(tmp_path, tmp_path / "site")
    under_way(tmp_path / ".convatlas")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (130, 0)
    assert build(tmp_path).exit_code == 0
    assert contents(tmp_path / "site") == contents(built / "site")
