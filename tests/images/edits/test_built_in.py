"""The built-in edits, each against what it has to do, written out plainly."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from convatlas.images.edits import details, frame, logo, ruler
from convatlas.images.edits.built_in import EDITS
from convatlas.images.edits.lengths import scaled

SIZES = [(224, 224), (64, 40), (30, 50), (32, 32), (8, 8)]
DRAWN = ("text-line", "date-stamp", "border", "corner-logo", "ruler", "coloured-patch")
COLOURS = ("grey", "hue-turned")


def photograph(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Smooth colours with some noise, of all hues, neither black nor white."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 9 + k) + np.cos(y / (5 + k) - k) for k in range(3)]
    noise = np.random.Generator(np.random.Philox(7)).uniform(-20, 20, (height, width, 3))
    pixels = (128 + 45 * np.stack(waves, axis=-1) + noise).clip(1, 254).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def edited(name: str, picture: Image.Image, image: str = "0123456789ab") -> Image.Image:
    return EDITS[name].edit(picture, image)


def pixels(picture: Image.Image) -> NDArray[np.int64]:
    return np.asarray(picture).astype(np.int64)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_changes_the_picture_and_nothing_else(
    name: str, mode: str, size: tuple[int, int]
) -> None:
    picture = photograph(size, mode)
    before = picture.tobytes()
    found = edited(name, picture)
    assert (found.mode, found.size) == (mode, size)
    assert picture.tobytes() == before
    assert (found.tobytes() == before) == (mode == "L" and name in COLOURS)


@pytest.mark.parametrize("name", EDITS)
def test_it_bears_the_smallest_pictures(name: str) -> None:
    for size in ((1, 1), (3, 2), (1, 7)):
        assert edited(name, photograph(size)).size == size


def test_it_is_the_same_in_another_process() -> None:
    code = (
        "import hashlib, json, sys\n"
        "from PIL import Image\n"
        "from convatlas.images.edits.built_in import EDITS\n"
        "picture = Image.frombytes('RGB', (64, 40), sys.stdin.buffer.read())\n"
        "found = {n: hashlib.sha256(e.edit(picture, 'abc').tobytes()).hexdigest()"
        " for n, e in reversed(EDITS.items())}\n"
        "print(json.dumps(found))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            input=photograph((64, 40)).tobytes(),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert json.loads(told[0]) == json.loads(told[1])


def test_each_says_what_it_does_and_asks() -> None:
    for edit in EDITS.values():
        assert edit.about.endswith("?")
        assert len(edit.title) < 30
        assert edit.facts.turns == edit.name.startswith(("mirror", "turned", "hue"))
        assert edit.facts.moves == edit.name.startswith(("mirror", "turned", "patches"))
    assert len({edit.facts.fingerprint for edit in EDITS.values()}) == len(EDITS)


def test_the_documents_list_each_in_this_order() -> None:
    text = (Path(__file__).parents[3] / "docs" / "explanation" / "edits.md").read_text("utf-8")
    assert re.findall(r"(?m)^\| `([a-z0-9-]+)` \|", text) == [*EDITS]


def test_grey_keeps_the_sum_of_the_channels() -> None:
    picture = photograph((64, 40))
    found = pixels(edited("grey", picture)).astype(int)
    assert (found.max(2) - found.min(2)).max() == 1
    assert (found.sum(2) == pixels(picture).astype(int).sum(2)).all()
    assert edited("grey", edited("grey", picture)) == edited("grey", picture)


def test_hue_turned_makes_red_green_and_green_blue() -> None:
    picture = photograph((64, 40))
    found = pixels(edited("hue-turned", picture))
    assert (found == pixels(picture)[..., [2, 0, 1]]).all()
    thrice = picture
    for _ in range(3):
        thrice = edited("hue-turned", thrice)
    assert thrice == picture


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_mirror_swaps_left_and_right(size: tuple[int, int]) -> None:
    picture = photograph(size)
    assert (pixels(edited("mirror", picture)) == pixels(picture)[:, ::-1]).all()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_turns_to_the_left(quarters: int) -> None:
    picture = photograph((24, 24))
    found = edited(f"turned-{90 * quarters}", picture)
    assert (pixels(found) == np.rot90(pixels(picture), quarters)).all()


def test_what_is_not_square_is_fitted_after_it_is_turned() -> None:
    flag = Image.new("RGB", (40, 20), "red")
    flag.paste("blue", (20, 0, 40, 20))  # red left, blue right: turned to the left, blue is above
    found = pixels(edited("turned-90", flag))
    assert (found[:8] == (0, 0, 255)).all()
    assert (found[12:] == (255, 0, 0)).all()
    assert (pixels(edited("turned-270", flag))[:8] == (255, 0, 0)).all()
    assert (pixels(edited("turned-180", flag)) == pixels(flag)[::-1, ::-1]).all()


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_blurred_and_high_pass_make_up_the_picture(mode: str) -> None:
    picture = photograph((64, 40), mode)
    coarse, fine = (pixels(edited(name, picture)) for name in ("blurred", "high-pass"))
    assert (coarse + fine - details.GREY == pixels(picture)).all()  # nothing is clipped here


def test_high_pass_is_clipped_to_what_a_picture_holds() -> None:
    stripes = Image.new("L", (224, 224), "white")
    stripes.paste("black", (0, 0, 112, 224))
    found = pixels(edited("high-pass", stripes))
    assert found[:, 111].max() < 20
    assert found[:, 112].min() > 235
    assert (found[:, [0, 223]] == details.GREY).all()


def test_blurred_is_a_gaussian_blur_that_scales_with_the_picture() -> None:
    for side in (224, 112):
        sigma = details.SIGMA * side / 224
        point = Image.new("L", (side, side))
        middle = (side // 4, side // 2)
        point.paste(255, (middle[0] - 1, 0, middle[0] + 1, side))  # a line of two pixels
        row = pixels(edited("blurred", point))[middle[1]].astype(float)
        x = np.arange(side) - (middle[0] - 0.5)
        assert row.sum() == pytest.approx(510, rel=0.05)
        assert np.sqrt((row * x**2).sum() / row.sum()) == pytest.approx(sigma, rel=0.15)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_patches_shuffled_is_a_permutation_of_the_patches(size: tuple[int, int]) -> None:
    picture = photograph(size)
    before, after = (cut(each) for each in (picture, edited("patches-shuffled", picture)))
    assert sorted(before) == sorted(after)
    assert before != after


def cut(picture: Image.Image) -> list[bytes]:
    """The 16 patches, and what is left over at the right and at the bottom."""
    values, height, width = pixels(picture), picture.height // 4, picture.width // 4
    grid = [
        values[y * height : (y + 1) * height, x * width : (x + 1) * width]
        for y in range(4)
        for x in range(4)
    ]
    rest = [values[:, 4 * width :], values[4 * height :, : 4 * width]]
    return [each.tobytes() for each in (*grid, *rest)]


def test_other_images_are_shuffled_otherwise_and_marked_otherwise() -> None:
    picture = photograph((224, 224))
    for name in ("patches-shuffled", "text-line", "date-stamp", "ruler", "coloured-patch"):
        assert len({edited(name, picture, f"{n:012x}").tobytes() for n in range(5)}) > 1


def test_each_patch_comes_to_each_place() -> None:
    """Over 400 images, about 25 times, with a standard deviation of 5."""
    places = Image.fromarray(np.arange(16, dtype=np.uint8).reshape(4, 4))
    found = [pixels(edited("patches-shuffled", places, str(n))).ravel() for n in range(400)]
    counts = np.array(
        [np.bincount([each[place] for each in found], minlength=16) for place in (0, 9)]
    )
    assert counts.min() >= 8
    assert counts.max() <= 50


def test_jpeg_is_what_pillow_makes_of_it() -> None:
    picture = photograph((64, 40))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=10)
    assert edited("jpeg-10", picture) == Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def where(name: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Where an edit changes a grey picture [h, w]; over images that are all marked otherwise."""
    plain = Image.new("RGB", size, (120, 121, 122))
    changes = [
        (pixels(edited(name, plain, f"{n:012x}")) != (120, 121, 122)).any(axis=-1) for n in range(8)
    ]
    assert all(change.any() for change in changes)
    found: NDArray[np.bool_] = np.any(changes, axis=0)
    return found


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_border_leaves_the_inside_as_it_is(size: tuple[int, int]) -> None:
    picture = photograph(size)
    wide = round(frame.WIDTH * min(size) / 224) or 1
    found, before = pixels(edited("border", picture)), pixels(picture)
    inside = (slice(wide, -wide), slice(wide, -wide))
    assert (found[inside] == before[inside]).all()
    found[inside] = 0
    assert (found == 0).all()


@pytest.mark.parametrize(("size", "wide"), [((224, 224), 12), ((448, 448), 24), ((32, 32), 2)])
def test_lengths_scale_with_the_picture(size: tuple[int, int], wide: int) -> None:
    assert scaled(frame.WIDTH, photograph(size)) == wide


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_is_drawn_changes_only_where_it_is_drawn(size: tuple[int, int]) -> None:
    width, height = size
    short = min(size) / 224
    text, date, sign, rule, patch = (
        where(name, size)
        for name in ("text-line", "date-stamp", "corner-logo", "ruler", "coloured-patch")
    )
    assert not text[: int(height * 0.35)].any()
    assert not text[int(height * 0.65) + 1 :].any()
    assert not date[: height // 2].any()
    assert not date[:, : width // 8].any()
    side = (logo.SIDE + logo.MARGIN) * short + 2
    assert not sign[int(side) + 1 :].any()
    assert not sign[:, : int(width - side)].any()
    assert rule[-1].all()
    assert not rule[: int(height - ruler.HEIGHT * short) - 1].any()
    third = int(np.ceil(0.22 * min(size))) + 1
    assert not patch[:, third : width - third].any()


def test_the_ruler_shows_millimetres_and_the_number_of_each_centimetre() -> None:
    """Along its upper edge there is a mark every 0.14 of its height."""
    found = pixels(edited("ruler", Image.new("L", (448, 448), "white")))
    marks = np.flatnonzero(np.diff((found[448 - 60 + 3] < 180).astype(int)) == 1)
    assert np.diff(marks).mean() == pytest.approx(60 * ruler.MILLIMETRE, rel=0.02)


def test_the_date_stamp_is_orange_and_the_logo_blue() -> None:
    dark = Image.new("RGB", (224, 224))
    for name, order in (("date-stamp", [0, 1, 2]), ("corner-logo", [2, 1, 0])):
        mean = pixels(edited(name, dark)).reshape(-1, 3).sum(axis=0)[order]
        assert mean[0] > 1.2 * mean[1] > 1.2 * mean[2]


def test_the_line_of_text_is_transparent() -> None:
    """White letters move a bright picture less than a dark one, and cover neither."""
    dark, bright = (Image.new("L", (224, 224), value) for value in (60, 200))
    darkened = pixels(edited("text-line", dark)) - 60
    brightened = pixels(edited("text-line", bright)) - 200
    assert 60 < darkened.max() < 195
    assert 10 < brightened.max() < 55
