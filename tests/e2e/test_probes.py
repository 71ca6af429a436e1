"""Probes, claims and attribution through the whole house: built again, added to, judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from convatlas.cli import cli
from support.probing import noise
from support.site_files import layer_file

CODE = """
import sys
sys.path.insert(0, {tests!r})
from support.nets import Small

def network():
    return Small()
"""

ATLAS = """
models:
  - {{name: net, source: "net.py:network", input: {{size: 24, resize: 24}}, classes: [a, b, c, d]}}
images:
  - {{name: noise, source: "folder:set"}}
lenses: {{maximize: false}}
probes:
{probes}
hypotheses:
{hypotheses}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A network, an image set of forty pictures, and three pictures beside it."""
    code = CODE.format(tests=str(Path(__file__).parents[1]))
    (tmp_path / "net.py").write_text(code, encoding="utf-8")
    (tmp_path / "set").mkdir()
    for seed in range(40):
        noise(100 + seed).save(tmp_path / "set" / f"{seed:02}.png")
    for seed in range(3):
        noise(seed).save(tmp_path / f"{seed}.png")
    return tmp_path


def write(folder: Path, probes: int = 1, *hypotheses: str) -> None:
    entries = "\n".join(f"  - {{name: probe{n}, image: {n}.png, top: 3}}" for n in range(probes))
    claims = "\n".join(f"  - {each}" for each in hypotheses)
    text = ATLAS.format(probes=entries or "  []", hypotheses=claims or "  []")
    (folder / "atlas.yaml").write_text(text, encoding="utf-8")


def run(folder: Path, *options: str, command: str = "build") -> Result:
    places = ["-c", str(folder / "atlas.yaml")]
    out = ["-o", str(folder / "site")] if command == "build" else []
    return CliRunner().invoke(cli, [command, *places, *out, *options])


def built(folder: Path, *options: str, code: int = 0) -> dict[str, Any]:
    result = run(folder, "--json", *options)
    assert result.exit_code == code, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def told(folder: Path, path: str) -> Any:
    return json.loads((folder / "site" / path).read_text(encoding="utf-8"))


def test_the_second_build_renders_nothing_and_a_new_probe_only_itself(folder: Path) -> None:
    write(folder)
    first = built(folder)
    assert first["rendered"] > 0
    assert (folder / "site" / "probes" / "probe0" / "net" / "index.html").is_file()
    again = built(folder)
    assert again["rendered"] == 0
    assert again["published"]["written"] == again["published"]["removed"] == 0
    write(folder, 2)
    assert built(folder)["rendered"] == 1 + 2 * 4  # the picture; maps and three methods a layer
    write(folder, 1)
    assert built(folder)["rendered"] == 0
    assert not (folder / "site" / "probes" / "probe1").exists()


def test_a_changed_picture_is_followed_anew_and_the_old_one_swept(folder: Path) -> None:
    write(folder)
    built(folder)
    noise(77).save(folder / "0.png")
    assert built(folder)["rendered"] == 9
    swept = CliRunner().invoke(cli, ["cache", "gc", "-c", str(folder / "atlas.yaml")])
    assert "9 records dropped" in swept.output
    assert built(folder)["rendered"] == 0


def test_pages_are_published_from_the_store_alone(folder: Path) -> None:
    write(folder, 2, '{filter: net/conv2/0, claim: "noise", image: 2.png}')
    built(folder)
    before = {p: p.read_bytes() for p in sorted((folder / "site").rglob("*")) if p.is_file()}
    for name in ("net.py", "0.png", "1.png", "2.png"):
        (folder / name).unlink()
    for page in (folder / "site" / "probes").rglob("index.html"):
        page.unlink()
    built(folder, "--pages")
    after = {p: p.read_bytes() for p in sorted((folder / "site").rglob("*")) if p.is_file()}
    assert after == before


def test_verdicts_weigh_the_rank_against_the_image_set(folder: Path) -> None:
    """Every filter is among the first fifteen of a layer of five, whatever it is shown."""
    write(
        folder,
        0,
        '{filter: net/conv2/0, claim: "anything", image: 0.png}',
        '{filter: net/conv2/0, claim: "noise", images: [0.png, 1.png], top: 1}',
        '{filter: net/conv2/1, claim: "noise", images: [0.png, 1.png], top: 1}',
        '{filter: net/conv2/2, claim: "noise", images: [0.png, 1.png], top: 1}',
        '{filter: net/conv2/3, claim: "noise", images: [0.png, 1.png], top: 1}',
        '{filter: net/conv2/4, claim: "noise", images: [0.png, 1.png], top: 1}',
    )
    summary = built(folder)
    assert summary["hypotheses"][0]["verdict"] == "weak"
    claims = told(folder, "hypotheses/hypotheses.json")
    claims = claims.get("hypotheses", claims) if isinstance(claims, dict) else claims
    layer = layer_file(folder / "site" / "net" / "conv2" / "layer.json")
    for claim in claims[1:]:
        share = layer["filters"][claim["index"]]["examples"]["among"]["1"]
        assert (claim["control"]["top"], claim["control"]["share"]) == (1, share)
        for picture in claim["pictures"]:
            means = picture["means"]
            assert picture["rank"] == 1 + sum(mean > means[claim["index"]] for mean in means)
        held = all(picture["rank"] == 1 for picture in claim["pictures"])
        expected = "not confirmed" if not held else "confirmed" if share < 0.2 else "weak"
        assert claim["verdict"] == expected


def test_strict_fails_where_a_verdict_is_not_the_expected_one(folder: Path) -> None:
    claim = '{{filter: net/conv2/0, claim: "anything", image: 0.png, expect: {}}}'
    write(folder, 0, claim.format("weak"))
    assert run(folder, "--strict").exit_code == 0
    write(folder, 0, claim.format("confirmed"))
    result = run(folder, "--strict")
    assert result.exit_code == 1
    assert "net/conv2/0: 'anything' is weak, though confirmed was expected" in result.stdout
    assert run(folder).exit_code == 0


def test_a_plan_counts_probes_and_claims(folder: Path) -> None:
    write(folder, 2, '{filter: net/conv2/0, claim: "noise", image: 2.png}')
    result = run(folder, "--json", command="plan")
    rows = json.loads(result.stdout)
    missing = {lens: sum(r["missing"] for r in rows if r["lens"] == lens) for lens in lenses(rows)}
    assert missing["probes"] == 2 * 9
    assert missing["hypotheses"] == 2


def lenses(rows: list[dict[str, Any]]) -> set[str]:
    return {row["lens"] for row in rows}


def test_only_what_is_selected_is_followed(folder: Path) -> None:
    write(folder, 1)
    built(folder, "--only", "net/conv1")
    layers = told(folder, "probes/probe0/net/probe.json")["layers"]
    assert [layer["name"] for layer in layers] == ["conv1"]
    built(folder)
    layers = told(folder, "probes/probe0/net/probe.json")["layers"]
    assert [layer["name"] for layer in layers] == ["conv1", "conv2"]
    assert all(set(layer["methods"]) == {"deconvnet", "guided", "gradient"} for layer in layers)


def test_the_site_is_the_same_whatever_was_rendered_first(folder: Path) -> None:
    claim = '{filter: net/conv2/0, claim: "noise", image: 0.png}'
    write(folder, 1)
    built(folder, "--only", "net/conv2")
    write(folder, 2)
    built(folder)
    write(folder, 3, claim)
    built(folder)
    built(folder, "--store", str(folder / "other"), "-o", str(folder / "at-once"))
    first, second = (
        {p.relative_to(folder / out): p.read_bytes() for p in (folder / out).rglob("*.*")}
        for out in ("site", "at-once")
    )
    assert first == second


def test_a_probe_can_be_selected_by_its_name(folder: Path) -> None:
    write(folder, 2)
    built(folder, "--only", "net/*/probe1")
    assert not told(folder, "probes/probe0/net/probe.json")["layers"]
    assert len(told(folder, "probes/probe1/net/probe.json")["layers"]) == 2
    assert "selects no filter" in str(run(folder, "--only", "net/*/probe2").exception)


@pytest.mark.parametrize("kind", ["L", "RGBA", "P", "I;16", "CMYK", "tiny"])
def test_pictures_of_any_mode_are_followed(folder: Path, kind: str) -> None:
    picture = noise(5)
    if kind == "tiny":
        picture = picture.resize((1, 1))
    elif kind == "I;16":
        picture = picture.convert("L").convert("I;16")
    else:
        picture = picture.convert(kind)
    picture.save(folder / "0.tif")
    write(folder, 1)
    text = (folder / "atlas.yaml").read_text().replace("0.png", "0.tif")
    (folder / "atlas.yaml").write_text(text)
    built(folder, "--strict")
    assert (folder / "site" / "probes" / "probe0" / "net" / "index.html").is_file()
