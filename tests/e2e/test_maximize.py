"""Everything that can be set for a maximised picture, from the configuration to the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convatlas
from convatlas.pipeline import Result
from convatlas.site.check.check import check
from support import nets
from support.maximizing import Wide
from support.site_files import contents, layer_file

NAMES = {
    "picture", "response", "position", "map", "flat", "ratio", "passed", "objective", "attempts",
    "size", "recipe", "record", "provenance", "history", "attended",
}  # fmt: skip


def configuration(folder: Path, name: str = "pictures", **maximize: Any) -> dict[str, Any]:
    options = {
        "steps": 6,
        "size": 24,
        "attempts": 2,
        "diversity": 3,
        "crop": 0.9,
        "noise": 0.02,
        "l2": 0.1,
        "variation": 0.1,
        "gradients": 0.1,
        "layers": {"far": {"canvas": "phase"}, "near": {"canvas": "fourier", "colours": name}},
        "variants": {
            "as usual": {"preset": "classic", "canvas": "pixels", "growths": 2, "size": 16}
        },
        **maximize,
    }
    return {
        "models": [{"name": "mine", "source": "memory:network", "input": {"size": 64}}],
        "images": [{"name": name, "source": f"folder:{folder}/pictures"}],
        "lenses": {"examples": {"top": 2}, "maximize": options},
    }


def build(folder: Path, config: dict[str, Any], only: str | None = None) -> Result:
    """Build with a network that is the same at every call."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Wide()
    result = convatlas.build(
        config, networks={"mine": network}, out=folder / "site", store=folder / "store", only=only
    )
    assert not result.failures
    return result


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    nets.write_pictures(folder / "pictures", count=6)
    build(folder, configuration(folder))
    return folder


def filters(folder: Path, layer: str) -> list[dict[str, Any]]:
    facts = layer_file(folder / "site" / "mine" / layer / "layer.json")
    found: list[dict[str, Any]] = spelled_out(facts["filters"], facts)
    assert len(found) == 2
    return found


def spelled_out(value: Any, facts: dict[str, Any]) -> Any:
    """What is told of filters, with recipes and provenances in the place of their numbers."""
    if isinstance(value, list):
        return [spelled_out(each, facts) for each in value]
    if not isinstance(value, dict):
        return value
    lists = {"recipe": facts["recipes"], "provenance": facts["provenances"]}
    return {
        key: lists[key][inner] if key in lists else spelled_out(inner, facts)
        for key, inner in value.items()
    }


def exists(folder: Path, layer: str, picture: dict[str, Any]) -> bool:
    return (folder / "site" / "mine" / layer / picture["file"]).is_file()


@pytest.mark.parametrize("layer", ["near", "far"])
def test_every_role_is_told_with_how_it_came_to_be(built: Path, layer: str) -> None:
    for record in filters(built, layer):
        made = record["maximize"]
        assert (made["second"] is not None) is (layer == "far")
        first, beside = [made["positive"], made["variants"]["as usual"]["positive"]], ["negative"]
        beside += ["second"] if layer == "far" else []
        for one in [*first, *(made[role] for role in beside)]:
            assert set(one) == NAMES
            assert exists(built, layer, one["picture"])
            assert one["picture"]["width"] == one["picture"]["height"] >= 23
            history = one["history"]
            assert set(history) == {"steps", "responses", "frames", "picture"}
            assert len(history["steps"]) == len(history["responses"]) <= 33
            assert history["frames"][0] == 0
        for one in first:
            strip = one["history"]["picture"]
            assert exists(built, layer, strip)
            frames = len(one["history"]["frames"])
            assert strip["width"] == frames * one["picture"]["width"]
        # What stands beside the first picture has no strip of its own: it would double the site.
        assert [made[role]["history"]["picture"] for role in beside] == [None] * len(beside)
        assert made["negative"]["response"] < made["positive"]["response"]
        assert 1 <= made["positive"]["attempts"] <= 2


def test_what_counted_is_told_of_phase_canvases_alone(built: Path) -> None:
    for layer in ("near", "far"):
        made = filters(built, layer)[0]["maximize"]
        for role in ("positive", "negative", "second"):
            attended = made[role] and made[role]["attended"]
            assert bool(attended) is (layer == "far")
            assert not attended or exists(built, layer, attended)
        assert made["variants"]["as usual"]["positive"]["attended"] is None


@pytest.mark.parametrize("layer", ["near", "far"])
def test_different_pictures_are_told_one_by_one(built: Path, layer: str) -> None:
    for record in filters(built, layer):
        diverse = record["maximize"]["diverse"]
        assert len(diverse) == 3
        assert len({one["picture"]["file"] for one in diverse}) == 3
        for one in diverse:
            assert {"picture", "response", "position", "ratio", "passed"} <= set(one)
            assert exists(built, layer, one["picture"])
        assert record["maximize"]["diverse_made"]["recipe"]["members"] == 3


def test_the_second_picture_is_made_for_one_position(built: Path) -> None:
    for record in filters(built, "far"):
        made = record["maximize"]
        assert made["second"]["objective"] == "neuron"
        assert set(made["second"]) == NAMES
        assert made["second"]["attempts"] == 1


def test_settings_reach_the_pictures(built: Path) -> None:
    far, near = (filters(built, name)[0]["maximize"]["negative"] for name in ("far", "near"))
    for recipe in (far["recipe"], near["recipe"]):
        assert [recipe[name] for name in ("crop", "noise", "l2", "variation", "gradients")] == [
            0.9, 0.02, 0.1, 0.1, 0.1
        ]  # fmt: skip
        assert recipe["colours"]["set"] == "pictures"
        assert len(recipe["colours"]["digest"]) == 64
    assert (far["recipe"]["canvas"], near["recipe"]["canvas"]) == ("phase", "fourier")


def test_a_classic_variant_grows(built: Path) -> None:
    for layer in ("near", "far"):
        made = filters(built, layer)[0]["maximize"]["variants"]["as usual"]["positive"]
        assert (made["recipe"]["growths"], made["recipe"]["growth"]) == (2, 1.2)
        assert made["picture"]["width"] == 23  # 16 * 1.2 * 1.2
        assert made["history"]["steps"] == list(range(18))
        assert made["history"]["frames"] == [0, 8, 18]
        assert made["attempts"] == 1


def test_the_site_holds_together(built: Path) -> None:
    assert check(built / "site").findings == ()


def test_built_in_pieces_it_is_the_same_site(built: Path, tmp_path: Path) -> None:
    nets.write_pictures(tmp_path / "pictures", count=6)
    rendered = [
        build(tmp_path, configuration(tmp_path), only).rendered
        for only in ("mine/far/1", "mine/near", "mine/far/0", "*", "*")
    ]
    assert all(rendered[:3])
    assert rendered[3:] == [5, 0]  # circuits of three filters and two layers, of all together
    assert contents(tmp_path / "site") == contents(built / "site")


def test_a_renamed_set_gives_the_same_pictures(built: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures").symlink_to(built / "pictures")
    (tmp_path / "store").write_bytes((built / "store").read_bytes())
    result = build(tmp_path, configuration(tmp_path, name="birds"))
    assert result.rendered == 1  # its statistics
    assert (
        filters(tmp_path, "far")[0]["maximize"]["positive"]["recipe"]["colours"]["set"] == "birds"
    )


def test_more_pictures_in_the_set_make_all_anew(built: Path, tmp_path: Path) -> None:
    nets.write_pictures(tmp_path / "pictures", count=7)
    (tmp_path / "store").write_bytes((built / "store").read_bytes())
    options = {"variants": {}, "attempts": 1}
    build(tmp_path, configuration(tmp_path, **options))
    for layer in ("near", "far"):
        for before, after in zip(filters(built, layer), filters(tmp_path, layer), strict=True):
            for role in ("positive", "negative"):
                one, other = before["maximize"][role], after["maximize"][role]
                assert one["record"] != other["record"]
                assert one["picture"]["file"] != other["picture"]["file"]
