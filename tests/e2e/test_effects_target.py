"""Effects on a number of the user's own: from a function in a file to pages, and what changes."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

import convatlas
from convatlas.opening import witnesses
from convatlas.receipts import before
from support.command import build, run, said
from support.markup import written
from support.probing import noise
from support.site_files import layer_file

NET = """
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.colour = nn.Conv2d(3, 3, 1)
        self.head = nn.Linear(3, 1)
        with torch.no_grad():
            self.colour.weight[:] = torch.eye(3)[:, :, None, None]
            self.colour.bias[:] = 2
            self.head.weight[:] = torch.tensor([[2.0, -3.0, 0.0]])

    def forward(self, x):
        return {"depth": self.head(F.relu(self.colour(x)).mean((2, 3)))}
"""
LOSS = '''
def depth(output):
    """Return the mean <depth> in metres."""
    return output["depth"][:, 0] * 1.0
'''
ATLAS = """
models: [{name: net, source: "net.py:Net", input: {size: 24}}]
images: [{name: photos, source: "folder:photos"}]
lenses: {maximize: false, effects: {target: "loss.py:%s"}}
"""
EFFECTS = 5
"""Records of the lens: three filters, the layer, the network."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("target")
    (folder / "photos").mkdir()
    for seed in range(5):
        noise(seed).save(folder / "photos" / f"{seed}.png")
    texts = {"net.py": NET, "loss.py": LOSS, "atlas.yaml": ATLAS % "depth"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    result = build(folder)
    assert result.exit_code == 0, said(result)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what was built, where files are taken to be settled at once."""
    for module in (witnesses, before):
        monkeypatch.setattr(module, "SETTLED", 0)
    copy = Path(shutil.copytree(built, tmp_path / "atlas"))
    time.sleep(0.02)
    return copy


def rendered(folder: Path, *more: str) -> Any:
    result = build(folder, "--json", *more)
    assert result.exit_code == 0, said(result)
    return json.loads(result.stdout)["rendered"]


def test_pages_say_what_the_number_loses_by_its_name(built: Path) -> None:
    page = written((built / "site/net/colour/0.html").read_text("utf-8"))
    assert "<i>the mean &lt;depth&gt; in metres</i> on average" in page or "on average, up" in page
    assert "what <i>the mean &lt;depth&gt; in metres</i> loses without it" in page
    assert 'href="../../images/photos/' in page
    nothing = written((built / "site/net/colour/2.html").read_text("utf-8"))
    assert "it does not change <i>the mean &lt;depth&gt; in metres</i>" in nothing
    layer = written((built / "site/net/colour/index.html").read_text("utf-8"))
    assert "Effects are on <i>the mean &lt;depth&gt; in metres</i>, which is" in layer
    assert "rank correlation 1; a true effect is 1 times the predicted one" in layer
    assert "loss.py:depth" in written((built / "site/about/index.html").read_text("utf-8"))
    assert not (built / "site/net/classes").exists()


def test_data_have_the_same_names(built: Path) -> None:
    data = layer_file(built / "site/net/colour/layer.json")
    assert data["effects"]["target"]["name"] == "the mean <depth> in metres"
    first, second, third = (filter["effects"] for filter in data["filters"])
    assert first["target"] == "the mean <depth> in metres"
    assert first["raises"] == first["lowers"] == []
    assert second["size"] > 0 == third["size"]
    assert sorted(each["rank"] for each in (first, second, third)) == [1, 2, 3]
    told = [*first["raised_images"], *first["lowered_images"]]
    assert convatlas.load(built / "site").filter("net/colour/0").effects == first
    assert all((built / f"site/images/photos/{each['image']}.html").exists() for each in told)
    header = (built / "site/net/colour/layer.csv").read_text().splitlines()[0].split(",")
    assert {"effect", "effect_mean", "importance", "importance_rank"} <= set(header)
    assert "raises" not in header


def test_a_build_without_changes_renders_nothing(folder: Path) -> None:
    assert rendered(folder) == 0
    assert rendered(folder) == 0


def test_another_function_renders_effects_and_nothing_else(folder: Path) -> None:
    text = (folder / "loss.py").read_text()
    (folder / "loss.py").write_text(text.replace("* 1.0", "* 2.0"))
    before = layer_file(folder / "site/net/colour/layer.json")["filters"][0]["effects"]["size"]
    plan = run("plan", "-c", folder / "atlas.yaml", "--json")
    missing = [row for row in json.loads(plan.stdout) if row["missing"]]
    assert {row["lens"] for row in missing} == {"effects"}
    assert sum(row["missing"] for row in missing) == EFFECTS
    assert rendered(folder) == EFFECTS
    after = layer_file(folder / "site/net/colour/layer.json")["filters"][0]["effects"]["size"]
    assert after == pytest.approx(2 * before, rel=1e-4)


def test_pages_alone_need_no_function(folder: Path) -> None:
    (folder / "loss.py").unlink()
    shutil.rmtree(folder / "site")
    assert rendered(folder, "--pages") == 0
    assert "in metres</i> loses without it" in written(
        (folder / "site/net/colour/0.html").read_text("utf-8")
    )


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("dept", LOSS, "loss.py:dept: loss.py has no 'dept'; did you mean 'depth'?"),
        ("depth", None, "loss.py:depth: there is no file loss.py; paths are relative to"),
        (
            "depth",
            "def depth(output):\n    return output['height']\n",
            "loss.py:depth raised KeyError ('height') in loss.py, line 2; correct it; for 5 images"
            " it is given a dict with depth",
        ),
        (
            "depth",
            "def depth(output):\n    return output['depth'][:, 0].detach()\n",
            "loss.py:depth returns numbers that cannot be differentiated by what it is given;",
        ),
    ],
)
def test_what_is_wrong_with_a_function_is_told_and_the_other_lenses_go_on(
    folder: Path, name: str, text: str | None, reason: str
) -> None:
    (folder / "atlas.yaml").write_text(ATLAS % name)
    if text is None:
        (folder / "loss.py").unlink()
    else:
        (folder / "loss.py").write_text(text)
    (folder / ".convatlas").unlink()
    result = build(folder)
    assert result.exit_code == 1
    assert f"net effects: {EFFECTS} failed: {reason}" in result.stdout
    assert "Traceback" not in said(result)
    page = written((folder / "site/net/colour/0.html").read_text("utf-8"))
    assert "Top activating images" in page
    assert "loses without it" not in page


def test_a_plan_warns_of_a_function_that_is_not_there(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "atlas.yaml").write_text(ATLAS % "dept")
    plan = run("plan", "-c", folder / "atlas.yaml")
    assert plan.exit_code == 0
    place = "atlas.yaml:4:45: lenses.effects.target"
    assert f"{place}: loss.py has no 'dept'; did you mean 'depth'?" in caplog.text + plan.output


def test_of_images_that_are_not_published_numbers_alone_are_told(folder: Path) -> None:
    text = ATLAS.replace('"folder:photos"', '"folder:photos", publish: none') % "depth"
    (folder / "atlas.yaml").write_text(text)
    rendered(folder)
    page = written((folder / "site/net/colour/0.html").read_text("utf-8"))
    section = page.partition('id="effects"')[2].partition("</section>")[0]
    assert "in metres</i> loses without it" in section
    assert "<img" not in section and "images/" not in section
    data = layer_file(folder / "site/net/colour/layer.json")["filters"][0]["effects"]
    told = [*data["raised_images"], *data["lowered_images"]]
    assert told and all(each["image"].isdigit() and len(each["image"]) < 3 for each in told)


def test_pictures_may_stand_inside_of_pages(folder: Path) -> None:
    (folder / "atlas.yaml").write_text(ATLAS % "depth" + "site: {pages: layer}\n")
    assert rendered(folder) == 0
    pages = [written(path.read_text()) for path in (folder / "site/net/colour").glob("*.html")]
    page = next(page for page in pages if 'id="0-effects"' in page)
    section = page.partition('id="0-effects"')[2].partition("</section>")[0]
    assert "in metres</i> loses without it" in section
    for source in set(re.findall(r'src="([^"]+)"', section)):
        assert source.startswith("data:") or (folder / "site/net/colour" / source).exists()
    assert run("check", folder / "site").exit_code == 0
