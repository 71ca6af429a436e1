"""Networks that judge each other's pictures: what pages tell, against doing it by hand."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import convatlas
from support import nets
from support.command import build, run, said
from support.markup import written
from support.site_files import contents, layer_file

NETWORKS = """

class Grey(Small):
    \"\"\"The same on grey pictures.\"\"\"

    def __init__(self):
        super().__init__(channels=1)
        with torch.no_grad():
            self.conv1.weight.copy_(Small().conv1.weight.sum(1, keepdim=True))


def grey():
    return Grey()
"""
MODEL = '{{name: {0}, source: "nets.py:{1}", images: shown, input: {{size: {2}, resize: 32}}}}'
ATLAS = f"""
models:
  - {MODEL.format("small", "small", 24)}
  - {MODEL.format("wide", "small", "[24, 30]")}
  - {MODEL.format("grey", "grey", 24)}
images:
  - {{name: shown, source: "folder:shown", credit: nobody}}
lenses:
  examples: {{top: 3}}
  kernels: false
  maximize: {{steps: 8, size: 16, attempts: 2, negative: false, second: false}}
"""
SIZES = {"small": (24, 24), "wide": (24, 30), "grey": (24, 24)}
IMAGES = 40


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an atlas of three networks that has been built once; not to be changed."""
    folder = tmp_path_factory.mktemp("transfer")
    nets.write_pictures(folder / "shown", count=IMAGES)
    (folder / "nets.py").write_text(Path(nets.__file__).read_text() + NETWORKS)
    (folder / "atlas.yaml").write_text(ATLAS)
    result = build(folder)
    assert result.exit_code == 0, said(result)
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the built atlas that a test may change."""
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    assert build(folder).exit_code == 0  # what is remembered of a network holds for its folder
    return folder


def layer(folder: Path, network: str, name: str) -> dict[str, Any]:
    return layer_file(folder / "site" / network / name / "layer.json")


def entries(folder: Path) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Network, layer, filter, and what one other network answers to its picture."""
    for network in SIZES:
        for name in ("conv1", "conv2"):
            for filter in layer(folder, network, name)["filters"]:
                for entry in filter.get("transfer") or ():
                    yield network, name, filter, entry


class ByHand:
    """Responses of the three networks, worked out with hooks alone."""

    def __init__(self, folder: Path) -> None:
        module: dict[str, Any] = {}
        exec((folder / "nets.py").read_text(), module)  # as the atlas does
        self.networks: dict[str, nn.Module] = {
            "small": module["small"]().eval(),
            "wide": module["small"]().eval(),
            "grey": module["grey"]().eval(),
        }
        self.folder = folder

    def highest(self, network: str, layer: str, pictures: list[Image.Image]) -> np.ndarray:
        """The highest response of each filter [pictures, filters] to pictures of its size."""
        module = self.networks[network]
        found: list[Tensor] = []
        kept = module.get_submodule("bn1" if layer == "conv1" else layer)
        hook = kept.register_forward_hook(lambda m, i, out: found.append(out.clone()))
        mode = "L" if network == "grey" else "RGB"
        mean = 0.449 if network == "grey" else [0.485, 0.456, 0.406]
        std = 0.226 if network == "grey" else [0.229, 0.224, 0.225]
        pixels = np.stack([np.asarray(each.convert(mode), np.float32) for each in pictures])
        values = (pixels.reshape(*pixels.shape[:3], -1) / 255 - np.array(mean)) / np.array(std)
        with torch.no_grad():
            module(torch.from_numpy(values).permute(0, 3, 1, 2).float())
        hook.remove()
        return found[0].amax((2, 3)).numpy()  # type: ignore[no-any-return]

    @cache  # noqa: B019
    def images(self, network: str, layer: str) -> np.ndarray:
        """The same for the images of the set, prepared as torchvision does."""
        height, width = SIZES[network]
        prepared = []
        for path in sorted((self.folder / "shown").rglob("*.png")):
            image = Image.open(path).convert("L" if network == "grey" else "RGB")
            sized = image.resize((32, 32), Image.Resampling.BILINEAR)
            left, top = round((32 - width) / 2), round((32 - height) / 2)
            prepared.append(sized.crop((left, top, left + width, top + height)))
        return self.highest(network, layer, prepared)

    def picture(self, network: str, layer: str, file: Path, made_for: str) -> np.ndarray:
        (height, width), (its_height, its_width) = SIZES[network], SIZES[made_for]
        mode = "L" if network == "grey" else "RGB"
        image = Image.open(file).convert(mode)
        rows, columns = (
            round(image.height * height / its_height),
            round(image.width * width / its_width),
        )
        shown = Image.new(mode, (width, height), "#808080")
        sized = image.resize((columns, rows), Image.Resampling.BILINEAR)
        shown.paste(sized, ((width - columns) // 2, (height - rows) // 2))
        return self.highest(network, layer, [shown])[0]


@pytest.fixture(scope="module")
def by_hand(built: Path) -> ByHand:
    return ByHand(built)


def test_what_is_told_is_what_comes_out_by_hand(built: Path, by_hand: ByHand) -> None:
    seen = set()
    for network, name, filter, entry in entries(built):
        judge, twin_layer, twin = entry["filter"].rsplit("/", 2)
        assert judge == entry["network"] != network
        file = built / "site" / network / name / filter["maximize"]["positive"]["picture"]["file"]
        response = by_hand.picture(judge, twin_layer, file, network)[int(twin)]
        assert entry["response"] == pytest.approx(response, rel=1e-4, abs=1e-4)
        images = by_hand.images(judge, twin_layer)[:, int(twin)]
        surely, maybe = (images < response - 1e-3).sum(), (images < response + 1e-3).sum()
        assert entry["percentile"] <= 100 * maybe / IMAGES
        assert entry["at_most"] >= 100 * surely / IMAGES
        assert entry["percentile"] <= entry["at_most"]
        assert entry["images"] == IMAGES
        seen.add((network, judge))
    assert len(seen) == 6  # each judges each


def test_the_twin_is_the_most_correlated_live_filter(built: Path, by_hand: ByHand) -> None:
    dead = {
        f"{network}/{name}/{filter['index']}": filter["dead"]
        for network in SIZES
        for name in ("conv1", "conv2")
        for filter in layer(built, network, name)["filters"]
    }
    assert any(dead.values())
    for network, name, filter, entry in entries(built):
        assert not filter["dead"] and not dead[entry["filter"]]
        own = by_hand.images(network, name)[:, filter["index"]]
        found = {
            f"{entry['network']}/{other}/{index}": np.corrcoef(own, row)[0, 1]
            for other in ("conv1", "conv2")
            for index, row in enumerate(by_hand.images(entry["network"], other).T)
        }
        assert entry["correlation"] == pytest.approx(found[entry["filter"]], abs=0.01)
        assert entry["correlation"] >= max(found.values()) - 0.02
        assert entry["correlation"] >= 0.6


def test_pages_tell_it_and_lead_to_the_twin(built: Path) -> None:
    network, name, filter, entry = next(entries(built))
    page = (built / "site" / network / name / filter["href"]).read_text()
    twin = f'<a href="../../{entry["filter"]}.html">{entry["filter"]}</a>'
    assert f"The most similar filter of {entry['network']}, {twin}" in page
    assert "answers to this picture" in page
    about = written((built / "site" / "about" / "index.html").read_text("utf-8"))
    assert 'id="transfer"' in about and "0.6 or more" in about
    head, first = (built / "site" / network / name / "layer.csv").read_text().splitlines()[:2]
    row = dict(zip(head.split(","), first.split(","), strict=True))
    shares = [each["percentile"] / 100 for each in filter["transfer"]]
    assert float(row["transfer"]) == pytest.approx(max(shares))
    wall = (built / "site" / network / name / "wall.js").read_text()
    assert '"transfer"' in wall
    index = written((built / "site" / network / name / "index.html").read_text("utf-8"))
    assert ("does not transfer" in index) is _some_do_not(built, network, name)


def _some_do_not(folder: Path, network: str, name: str) -> bool:
    """Whether some picture of a layer beats at most 95 % of the images in every other network."""
    shares = [
        [each["percentile"] for each in filter["transfer"]]
        for filter in layer(folder, network, name)["filters"]
        if filter.get("transfer")
    ]
    return any(max(own) <= 95 for own in shares)


def test_nothing_is_rendered_again(copy: Path) -> None:
    summary = json.loads(build(copy, "--json").stdout)
    assert (summary["rendered"], summary["published"]["written"]) == (0, 0)
    rows = json.loads(run("plan", "-c", copy / "atlas.yaml", "--json").stdout)
    assert not any(row["missing"] for row in rows)
    told = {(row["network"], row["lens"]): row["stored"] for row in rows if row["layer"]}
    assert all(told[network, "transfer"] for network in SIZES)
    gone = run("cache", "gc", "-c", copy / "atlas.yaml")
    assert " 0 records dropped" in gone.output
    assert json.loads(build(copy, "--json").stdout)["rendered"] == 0


def test_what_is_missing_is_planned_and_rendered_alone(copy: Path) -> None:
    before = contents(copy / "site")
    with sqlite3.connect(copy / ".convatlas") as store:
        count = store.execute("delete from records where lens = 'transfer'").rowcount
    rows = json.loads(run("plan", "-c", copy / "atlas.yaml", "--json").stdout)
    missing = [row for row in rows if row["missing"]]
    assert {row["lens"] for row in missing} == {"transfer"}
    assert sum(row["missing"] for row in missing) >= count > 0
    summary = json.loads(build(copy, "--json").stdout)
    assert summary["rendered"] == sum(row["missing"] for row in missing)
    assert contents(copy / "site") == before


def test_pages_are_made_from_the_store_alone(copy: Path) -> None:
    before = contents(copy / "site")
    shutil.rmtree(copy / "site")
    arguments = ["build", "--pages", "-c", f"{copy}/atlas.yaml", "-o", f"{copy}/site"]
    code = (
        "import sys; from click.testing import CliRunner; from convatlas.cli import cli;"
        f"r = CliRunner().invoke(cli, {arguments!r});"
        "sys.exit(2 * r.exit_code + ('torch' in sys.modules))"
    )
    environment = {"PYTHONPATH": str(Path(convatlas.__file__).parent.parent), "PATH": ""}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
    assert contents(copy / "site") == before


def test_a_damaged_picture_is_made_again_before_it_is_judged(copy: Path) -> None:
    before = contents(copy / "site")
    network, name, filter, _ = next(entries(copy))
    file = filter["maximize"]["positive"]["picture"]["file"]
    data = (copy / "site" / network / name / file).read_bytes()
    with sqlite3.connect(copy / ".convatlas") as store:
        change = "update pictures set data = x'00' where data = ?"
        assert store.execute(change, (data,)).rowcount == 1
        store.execute("delete from records where lens = 'transfer'")
    result = build(copy)
    assert result.exit_code == 0, said(result)
    assert contents(copy / "site") == before


def test_a_stricter_correlation_leaves_filters_out(copy: Path) -> None:
    atlas = copy / "atlas.yaml"
    atlas.write_text(f"{ATLAS}  transfer: {{correlation: 0.9}}\n")
    loose = [entry for *_, entry in entries(copy)]
    assert json.loads(build(copy, "--json").stdout)["rendered"] == 0
    strict = [entry for *_, entry in entries(copy)]
    assert strict == [entry for entry in loose if entry["correlation"] >= 0.9]
    assert 0 < len(strict) < len(loose)


def test_an_atlas_of_one_network_has_no_trace_of_it(copy: Path) -> None:
    alone = ATLAS.replace(f"  - {MODEL.format('wide', 'small', '[24, 30]')}\n", "")
    alone = alone.replace(f"  - {MODEL.format('grey', 'grey', 24)}\n", "")
    sites = []
    for text in (alone, f"{alone}  transfer: false\n"):
        (copy / "atlas.yaml").write_text(text)
        assert json.loads(build(copy, "--json").stdout)["rendered"] == 0
        sites.append(contents(copy / "site"))
    differing = {path for path in sites[0] if sites[0][path] != sites[1].get(path)}
    assert sites[0].keys() == sites[1].keys()
    assert differing == {"atlas.json"}  # which has the options of the lenses
    for path in (copy / "site" / "small").rglob("*"):
        if path.is_file() and path.suffix in {".html", ".js", ".json", ".csv"}:
            assert "transfer" not in path.read_text().lower(), path
