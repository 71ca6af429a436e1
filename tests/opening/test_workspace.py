"""Probes and hypotheses, opened: which pictures, layers and filters they mean, and what is told."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convatlas.errors import ConfigError, RenderError
from convatlas.images import scan as scanning
from convatlas.images.probe_pictures import stems
from convatlas.lenses.base import PlanContext
from convatlas.model.facts import Hypothesis, Probe
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import check_without_files, parse
from convatlas.opening.workspace import Workspace, remembered
from convatlas.store.store import Store
from support import nets
from support.broken_image_files import broken_files
from support.odd_image_files import usable_files
from support.photos import save

NETS = """
from support.nets import Known, Small
from torch import nn

class Idle(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.idle = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 2, 3)
        self.wave = nn.Conv1d(3, 2, 3)
    def forward(self, x):
        return self.used(x)

def small():
    return Small()

def idle():
    return Idle()
"""
HEAD = """
models:
  - {name: small, source: "more.py:small", images: photos, input: {size: 24}}
  - {name: idle, source: "more.py:idle", images: photos, input: {size: 24}}
images:
  - {name: photos, source: "folder:photos"}
  - {name: secret, source: "folder:secret", publish: none}
"""
CLAIM = "hypotheses: [{filter: small/conv2/1, claim: leaves, %s}]\n"
PROBE = "probes: [{name: cat, %s}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with networks, two image sets and some pictures."""
    monkeypatch.syspath_prepend(str(Path(nets.__file__).parent))
    (tmp_path / "more.py").write_text(NETS)
    for name in ("photos/a.png", "photos/cats/b.png", "secret/s.png", "cat.png", "two/dog.png"):
        save(tmp_path / name)
    save(tmp_path / "two" / "owl.png")
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store(folder / "store") as store:
        yield store


Open = Callable[[str], tuple[Workspace, list[PlanContext]]]
Told = Callable[[str], list[str]]


@pytest.fixture
def opened(folder: Path, store: Store) -> Open:
    """Opens the atlas with something added; the opener, and what is known of each network."""

    def open_atlas(text: str) -> tuple[Workspace, list[PlanContext]]:
        configuration = parse(HEAD + text, folder / "atlas.yaml", {})
        workspace = Workspace(configuration, OpenCatalog(store))
        return workspace, workspace.plan_contexts()

    return open_atlas


@pytest.fixture
def mistakes(folder: Path, opened: Open) -> Callable[[str], list[str]]:
    def told(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            opened(text)
        assert caught.value.exit_code == 2
        return [line.removeprefix(f"{folder / 'atlas.yaml'}:") for line in caught.value.lines]

    return told


def identity(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


METHODS = ("deconvnet", "guided", "gradient")


def test_a_probe_is_followed_through_every_layer(folder: Path, opened: Open) -> None:
    _, (small, idle) = opened(PROBE % "image: cat.png")
    cat = identity(folder / "cat.png")
    assert small.probes == (Probe("cat", cat, ("conv1", "conv2"), 15, "peak", METHODS),)
    assert idle.probes == (Probe("cat", cat, ("used",), 15, "peak", METHODS),)


def test_a_probe_says_who_sees_it_and_how(folder: Path, opened: Open) -> None:
    settings = "networks: [sm*], layers: ['*2'], top: 3, from: map, methods: [guided, guided]"
    _, (small, idle) = opened(PROBE % f"image: cat.png, {settings}")
    picture = identity(folder / "cat.png")
    assert small.probes == (Probe("cat", picture, ("conv2",), 3, "map", ("guided",)),)
    assert idle.probes == ()


def test_other_networks_do_not_see_it(opened: Open) -> None:
    _, (small, idle) = opened(PROBE % "image: cat.png, networks: [i*]")
    assert (len(small.probes), len(idle.probes)) == (0, 1)


def test_layers_are_those_that_are_chosen_in_execution_order(opened: Open) -> None:
    _, (small, idle) = opened(PROBE % "image: cat.png, layers: [conv2, conv1]")
    assert small.probes[0].layers == ("conv1", "conv2")
    assert idle.probes == ()  # none of its layers is looked at


def test_a_folder_is_a_probe_a_picture(folder: Path, opened: Open) -> None:
    (folder / "two" / "torn.png").write_bytes(b"torn")
    (folder / "two" / "same.png").write_bytes((folder / "two" / "dog.png").read_bytes())
    workspace, (small, _) = opened("probes: two\n")
    assert [(p.name, p.picture, p.top) for p in small.probes] == [
        (name, identity(folder / "two" / f"{name}.png"), 15) for name in ("dog", "owl")
    ]
    assert [(name, image) for name, image, _ in workspace.left_out] == [
        ("probes", "same.png"),
        ("probes", "torn.png"),
    ]
    assert workspace.left_out[0][2] == "same content as dog.png"


def test_stems_that_would_be_the_same_give_way_to_paths() -> None:
    assert stems(["a.png", "b/c.jpg"]) == {"a.png": "a", "b/c.jpg": "c"}
    same = ["a.png", "A.jpg", "b/a.webp"]
    assert stems([*same, "d.png"]) == {**{name: name for name in same}, "d.png": "d"}
    chain = ["x.png", "x.jpg", "x.png.jpg"]
    assert stems(chain) == {name: name for name in chain}


def test_a_picture_may_be_an_image_of_a_set(folder: Path, opened: Open) -> None:
    text = PROBE % "image: set:photos/cats/b.png" + CLAIM % "image: set:photos/a.png"
    workspace, (small, _) = opened(text)
    assert small.probes[0].picture == identity(folder / "photos" / "cats" / "b.png")
    assert small.hypotheses[0].pictures == (identity(folder / "photos" / "a.png"),)
    shown = workspace.render_context(small.network.name, "cpu").shown
    assert set(shown) == {small.probes[0].picture, small.hypotheses[0].pictures[0]}
    with Image.open(folder / "photos" / "a.png") as expected:
        assert np.array_equal(shown[small.hypotheses[0].pictures[0]](), expected)


def test_an_image_of_a_data_set_goes_by_its_index(folder: Path, opened: Open) -> None:
    code = "from PIL import Image\ndef made():\n"
    code += "    return [(Image.new('RGB', (5, 5), (9 * n, 0, 0)), 0) for n in range(3)]\n"
    (folder / "made.py").write_text(code)
    data = '  - {name: data, source: "made.py:made"}\n'
    workspace, (small, _) = opened(data + CLAIM % "images: [set:data/2, set:data/0]")
    last, first = small.hypotheses[0].pictures
    shown = workspace.render_context(small.network.name, "cpu").shown
    assert shown[last]().getpixel((0, 0)) == (18, 0, 0)
    assert shown[first]().getpixel((0, 0)) == (0, 0, 0)


def test_a_hypothesis_is_about_one_network(folder: Path, opened: Open) -> None:
    more = "top: 3, expect: weak, images: [two/owl.png, cat.png, two/owl.png]"
    _, (small, idle) = opened(CLAIM % more)
    pictures = (identity(folder / "two" / "owl.png"), identity(folder / "cat.png"))
    assert small.hypotheses == (Hypothesis(1, "conv2", 1, "leaves", pictures, 3, "weak"),)
    assert idle.hypotheses == ()


def test_hypotheses_keep_their_numbers(opened: Open) -> None:
    names = ("small/conv1/5", "idle/used/3", "small/conv2/0")
    entries = [f"  - {{filter: {name}, claim: x, image: cat.png}}\n" for name in names]
    _, (small, idle) = opened("hypotheses:\n" + "".join(entries))
    assert [(h.number, h.layer, h.index) for h in small.hypotheses] == [
        (1, "conv1", 5),
        (3, "conv2", 0),
    ]
    assert [(h.number, h.layer, h.index) for h in idle.hypotheses] == [(2, "used", 3)]


def test_a_folder_tests_a_claim_with_all_its_pictures(folder: Path, opened: Open) -> None:
    (folder / "two" / "empty.png").touch()
    workspace, (small, _) = opened(CLAIM % "images: two")
    files = ("dog.png", "owl.png")
    assert small.hypotheses[0].pictures == tuple(identity(folder / "two" / f) for f in files)
    assert workspace.left_out == [("hypotheses", "empty.png", "the file is empty")]


@pytest.mark.parametrize("named", ["set:secret/s.png", "secret/s.png"])
def test_pictures_of_a_set_that_is_not_published_are_hidden(
    folder: Path, opened: Open, named: str
) -> None:
    _, (small, _) = opened(CLAIM % f"images: [{named}, cat.png]")
    (claim,) = small.hypotheses
    assert claim.pictures == (identity(folder / "secret" / "s.png"), identity(folder / "cat.png"))
    assert claim.hidden == (claim.pictures[0],)


@pytest.mark.parametrize("text", [PROBE % "image: secret/s.png", "probes: secret\n"])
def test_a_probe_gives_no_picture_away(text: str, mistakes: Callable[[str], list[str]]) -> None:
    (line,) = mistakes(text)
    assert line.startswith(("8:29: probes[0].image: ", "8:9: probes: "))
    assert "of the set 'secret', which has `publish: none`; take another picture" in line


def test_what_a_published_set_has_too_is_no_secret(folder: Path, opened: Open) -> None:
    (folder / "photos" / "s.png").write_bytes((folder / "secret" / "s.png").read_bytes())
    _, (small, _) = opened(PROBE % "image: secret/s.png" + CLAIM % "images: secret")
    assert small.probes[0].picture == identity(folder / "secret" / "s.png")
    assert small.hypotheses[0].hidden == ()


def about(name: str) -> str:
    return f"hypotheses: [{{filter: {name}, claim: x, image: cat.png}}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROBE % "image: set:photos/c.png", "probes[0].image: the set 'photos' has no image 'c.p"),
        (PROBE % "image: set:photos/b.png", "or 'cats/b.png'?"),
        (PROBE % "image: cat.png, layers: [conv*, konv1]", "probes[0].layers[1]: 'konv1' matches "),
        (PROBE % "image: cat.png, layers: [konv1]", "no layer of small or idle; did you mean 'con"),
        (PROBE % "image: cat.png, networks: [idle], layers: [conv1]", "no layer of idle; known "),
        (PROBE % "image: cat.png, layers: [idle]", "only layers that small or idle never reaches"),
        (about("small/conv/1"), "filter: small has no layer 'conv'; did you mean 'conv"),
        (about("small/conv2/5"), "filter: conv2 has filters 0 to 4, and no 5; name one"),
        (about("idle/idle/0"), "filter: idle never reaches idle; take a filter of another layer"),
        (about("idle/wave/0"), "filter: idle has no layer 'wave': Conv1d does not work on two-"),
    ],
)
def test_what_shows_only_now_is_told(
    text: str, expected: str, mistakes: Callable[[str], list[str]]
) -> None:
    (line,) = mistakes(text)
    assert line.startswith("8:")
    assert expected in line


def chosen(text: str) -> str:
    """For the first network."""
    return HEAD.replace("{size: 24}}", f"{{size: 24}}, {text}}}", 1)


@pytest.mark.parametrize(
    ("choice", "text", "expected"),
    [
        ("layers: [conv1]", about("small/conv2/1"), "`layers` of small leaves conv2 out; choose"),
        ("filters: 0-3", about("small/conv2/4"), "`filters` of small leaves filter 4 of conv2 out"),
        (
            "layers: [conv1]",
            PROBE % "image: cat.png, layers: [conv2]",
            "'conv2' matches only layers that `layers` of small or idle leaves out; choose them",
        ),
    ],
)
def test_what_the_atlas_leaves_out_can_neither_be_claimed_nor_followed(
    folder: Path, store: Store, choice: str, text: str, expected: str
) -> None:
    configuration = parse(chosen(choice) + text, folder / "atlas.yaml", {})
    with pytest.raises(ConfigError, match=r"^\S+:8:") as caught:
        Workspace(configuration, OpenCatalog(store)).plan_contexts()
    (line,) = caught.value.lines
    assert expected in line


def test_everything_wrong_is_told_at_once(
    folder: Path, mistakes: Callable[[str], list[str]]
) -> None:
    (folder / "cat.png").write_bytes(b"torn")
    text = PROBE % "image: cat.png, layers: [konv1]" + CLAIM % "images: [set:photos/x.png]"
    lines = mistakes(text + "lenses: {maximize: {layers: {konv: {steps: 3}}}}\n")
    assert [line.split(":")[0] for line in lines] == ["8", "8", "9", "10"]


def test_of_what_could_not_be_opened_nothing_is_said(
    folder: Path, mistakes: Callable[[str], list[str]]
) -> None:
    (folder / "photos" / "a.png").write_bytes(b"torn")
    (folder / "photos" / "cats" / "b.png").unlink()
    (line,) = mistakes(CLAIM % "image: set:photos/x.png")
    assert "images[0].source: not a single image can be used" in line


def test_a_mistake_that_leaves_a_network_without_layers_is_told_alone(
    folder: Path, store: Store
) -> None:
    text = chosen("layers: [konv]") + PROBE % "image: cat.png" + about("small/conv9/1")
    with pytest.raises(ConfigError) as caught:
        Workspace(parse(text, folder / "atlas.yaml", {}), OpenCatalog(store)).plan_contexts()
    assert len(caught.value.lines) == 2
    assert "models[0].filters: selects no filter of the chosen layers" in caught.value.lines[0]
    assert "models[0].layers[0]: 'konv' matches no layer of small" in caught.value.lines[1]


def test_of_a_network_that_could_not_be_opened_nothing_is_said(
    folder: Path, mistakes: Callable[[str], list[str]]
) -> None:
    (folder / "more.py").write_text(NETS.replace("return Small()", "return 1 / 0"))
    (line,) = mistakes(PROBE % "image: cat.png, layers: [konv]" + about("small/conv9/1"))
    assert "models[0].source: " in line


def test_what_a_set_leaves_out_is_said_with_the_reason(
    folder: Path, mistakes: Callable[[str], list[str]]
) -> None:
    (folder / "photos" / "torn.png").write_bytes(b"")
    (line,) = mistakes(CLAIM % "image: set:photos/torn.png")
    assert "the set 'photos' leaves torn.png out (the file is empty); name another" in line


BROKEN = [
    ("empty.jpg", "the file is empty"),
    ("float.tif", "floating-point values"),
    ("sliver.png", "1 x 5000: one side is more than 100"),
    ("bomb.png", "pixels"),
    ("cut-50.png", "cannot be used: "),
    ("page.png", "a web page"),
]


@pytest.mark.parametrize(("name", "reason"), BROKEN)
def test_a_picture_that_cannot_be_used_is_a_mistake(
    folder: Path, mistakes: Callable[[str], list[str]], name: str, reason: str
) -> None:
    (folder / name).write_bytes(broken_files()[name].data)
    probe, claim = mistakes(PROBE % f"image: {name}" + CLAIM % f"image: {name}")
    assert probe.startswith(f"8:29: probes[0].image: {name} cannot be used: ")
    assert claim.startswith(f"9:60: hypotheses[0].image: {name} cannot be used: ")
    assert reason in probe
    assert probe.endswith("; mend it, or name another picture")


def test_a_file_that_has_gone_since_is_a_mistake(folder: Path, store: Store) -> None:
    text = HEAD + PROBE % "image: gone.png" + CLAIM % "images: gone"
    configuration = parse(text, folder / "atlas.yaml", {}, check_without_files)
    with pytest.raises(ConfigError) as caught:
        Workspace(configuration, OpenCatalog(store)).plan_contexts()
    assert ["there is no file gone.png" in line for line in caught.value.lines] == [True, False]
    assert "there is no folder gone" in caught.value.lines[1]


def test_of_a_folder_something_has_to_be_left(
    folder: Path, mistakes: Callable[[str], list[str]]
) -> None:
    for name in ("dog", "owl"):
        (folder / "two" / f"{name}.png").write_bytes(b"")
    probes, claim = mistakes("probes: two\n" + CLAIM % "images: two")
    assert probes.startswith("8:9: probes: not a single picture of two can be used (dog.png: ")
    assert "hypotheses[0].images: not a single picture" in claim


def test_odd_pictures_are_right_ones(folder: Path, opened: Open) -> None:
    for name, usable in usable_files().items():
        (folder / "odd" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "odd" / name).write_bytes(usable.data)
    lines = [f"  - {{name: {n}, image: 'odd/{f}'}}" for n, f in enumerate(usable_files())]
    text = "probes:\n" + "\n".join(lines).replace("name: ", "name: n")
    workspace, (small, _) = opened(text + "\n")
    shown = workspace.render_context(small.network.name, "cpu").shown
    for probe, usable in zip(small.probes, usable_files().values(), strict=True):
        picture = shown[probe.picture]()
        assert picture.mode in ("RGB", "L")
        got, expected = np.asarray(picture, int), np.asarray(usable.expected, int)
        assert got.shape == expected.shape
        assert np.abs(got - expected).max() <= usable.tolerance
    assert any(usable.expected.size == (1, 1) for usable in usable_files().values())


MANY = PROBE % "image: cat.png, from: map" + CLAIM % "images: [two/owl.png, set:photos/a.png]"
FOLDERS = "probes: two\n" + CLAIM % "images: two"


@pytest.mark.parametrize("text", [MANY, FOLDERS])
def test_a_second_opening_is_equal_and_decodes_nothing(
    opened: Open, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    _, first = opened(text)
    monkeypatch.setattr(scanning, "decode_file", None)
    assert opened(text)[1] == first


def test_pictures_beside_the_atlas_leave_its_image_set_remembered(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD.replace("folder:photos", "folder:.") + MANY.replace(
        "photos/a.png", "photos/cat.png"
    )
    configuration = parse(text, folder / "atlas.yaml", {})
    first = Workspace(configuration, OpenCatalog(store)).plan_contexts()
    monkeypatch.setattr(scanning, "decode_file", None)
    assert Workspace(configuration, OpenCatalog(store)).plan_contexts() == first


@pytest.mark.parametrize("text", [MANY, FOLDERS])
def test_publishing_alone_needs_no_picture(
    folder: Path, opened: Open, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    workspace, first = opened(text)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    configuration = parse(HEAD + text, elsewhere / "atlas.yaml", {}, check_without_files)
    assert remembered(configuration, workspace.catalog) == first


def test_another_path_to_the_same_place_is_remembered(
    folder: Path, opened: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace, first = opened(PROBE % f"image: {folder}/cat.png")
    text = HEAD + PROBE % "image: /mnt/other/cat.png"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    configuration = parse(text, elsewhere / "atlas.yaml", {}, check_without_files)
    assert remembered(configuration, workspace.catalog) == first


def test_files_of_one_name_are_remembered_apart(folder: Path, opened: Open) -> None:
    save(folder / "two" / "cat.png")
    text = "probes:\n"
    text += f"  - {{name: a, image: {folder}/cat.png}}\n"
    text += f"  - {{name: b, image: {folder}/two/cat.png}}\n"
    text += CLAIM % f"images: [{folder}/cat.png, {folder}/two/cat.png]"
    workspace, first = opened(text)
    assert remembered(workspace.configuration, workspace.catalog) == first


def test_a_folder_that_has_lost_its_pictures_is_remembered_with_them(
    folder: Path, opened: Open, mistakes: Callable[[str], list[str]]
) -> None:
    text = CLAIM % "images: two"
    workspace, first = opened(text)
    for name in ("dog.png", "owl.png"):
        (folder / "two" / name).write_bytes(b"no picture")
    (line,) = mistakes(text)
    assert "not a single picture of two can be used" in line
    assert remembered(workspace.configuration, workspace.catalog) == first


def test_what_was_never_opened_is_told(folder: Path, opened: Open) -> None:
    workspace, _ = opened(PROBE % "image: cat.png")
    text = HEAD + PROBE % "image: two/owl.png" + about("small/conv2/9")
    configuration = parse(text, folder / "atlas.yaml", {}, check_without_files)
    with pytest.raises(ConfigError) as caught:
        remembered(configuration, workspace.catalog)
    missing, *_, wrong = caught.value.lines
    assert missing.startswith("the picture two/owl.png of probes is not in the store ")
    assert missing.endswith("build without --pages first")
    assert "conv2 has filters 0 to 4, and no 9" in wrong


def test_nothing_that_is_remembered_names_this_machine(folder: Path, opened: Open) -> None:
    workspace, _ = opened(MANY)
    keys = {key for key in workspace.catalog.used if key.startswith("pictures/")}
    assert len(keys) == 4  # a reference each, and one for what was found out of the files
    assert sum(str(folder) in key for key in keys) == 1


def test_a_picture_that_changes_meanwhile_is_told(folder: Path, opened: Open) -> None:
    text = PROBE % "image: cat.png" + CLAIM % "images: two"
    workspace, (small, _) = opened(text)
    shown = workspace.render_context(small.network.name, "cpu").shown
    save(folder / "cat.png", (1, 2, 3))
    (folder / "two" / "dog.png").unlink()
    with pytest.raises(RenderError, match=r"^probes: cat\.png has changed meanwhile; build again"):
        shown[small.probes[0].picture]()
    with pytest.raises(RenderError, match=r"^hypotheses: dog\.png cannot be read .*; build again"):
        shown[small.hypotheses[0].pictures[0]]()


def test_another_picture_of_the_same_name_is_another_probe(folder: Path, opened: Open) -> None:
    _, (before, _) = opened(PROBE % "image: cat.png")
    save(folder / "cat.png", (1, 2, 3))
    _, (after, _) = opened(PROBE % "image: cat.png")
    assert after.probes[0].picture == identity(folder / "cat.png") != before.probes[0].picture


@pytest.mark.skipif(sys.platform == "win32", reason="no links there")
def test_a_link_is_a_file(folder: Path, opened: Open) -> None:
    (folder / "link.png").symlink_to("cat.png")
    _, (small, _) = opened(PROBE % "image: link.png")
    assert small.probes[0].picture == identity(folder / "cat.png")


EDITS = """
def fog(picture):
    return picture.point(lambda value: value // 2 + 60)
"""


def test_edits_are_known_to_every_network_and_opened_for_one(folder: Path, opened: Open) -> None:
    (folder / "own.py").write_text(EDITS)
    Image.new("RGBA", (4, 4), (255, 0, 0, 102)).save(folder / "mark.png")
    workspace, known = opened("edits: [mirror, 'own.py:fog', mark.png]\n")
    assert [[edit.name for edit in context.edits] for context in known] == [
        ["mirror", "fog", "mark"]
    ] * 2
    assert remembered(workspace.configuration, workspace.catalog) == known
    edits = workspace.render_context("small", "cpu").edits
    grey = Image.new("RGB", (3, 5), (100, 100, 100))
    made = [edits[edit.name]()(grey, "a").getpixel((1, 2)) for edit in known[0].edits]
    assert made == [(100, 100, 100), (110, 110, 110), (162, 60, 60)]


def test_edits_that_cannot_be_used_are_told_with_the_rest(folder: Path, mistakes: Told) -> None:
    (folder / "own.py").write_text(EDITS)
    Image.new("RGB", (4, 4)).save(folder / "mark.png")
    lines = mistakes("edits: ['own.py:frog', mark.png]\n" + PROBE % "image: set:photos/no.png")
    assert [line.partition(":")[2].partition(": ")[2] for line in lines] == [
        "edits[0]: own.py has no 'frog'; did you mean 'fog'?",
        "edits[1]: mark.png would hide each image; save it with transparency, as an RGBA png",
        "probes[0].image: the set 'photos' has no image 'no.png'; did you mean 'a.png'?",
    ]
