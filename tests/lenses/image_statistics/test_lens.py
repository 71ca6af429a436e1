"""Statistics of image sets: known colours and spectra come back, and are found out once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import convatlas
from convatlas.config.lens_options import LensOptions
from convatlas.errors import RenderError
from convatlas.images.statistics import (
    Statistics,
    correlation,
    frequencies,
    measure,
    resampled,
    rounded,
)
from convatlas.lenses.base import Failed, PlanContext, RenderContext
from convatlas.lenses.image_statistics import lens
from convatlas.lenses.maximize.options import Maximize as MaximizeOptions
from convatlas.lenses.maximize.options import Recipe as RecipeOptions
from convatlas.lenses.registry import lenses
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Record, RecordRequest
from convatlas.network.preprocess import prepare
from convatlas.opening.catalog import OpenCatalog
from convatlas.opening.configuration import parse
from convatlas.opening.workspace import Workspace, remembered
from convatlas.planning.estimate import Row, estimate_lines, rows_of
from convatlas.planning.plan import planned
from convatlas.store.store import Store
from support import nets
from support.contexts import lens_options, render_context_of

Floats = NDArray[np.floating]

LUCID = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
GREY = np.ones((1, 1))

RAYLEIGH = np.sqrt(np.pi) / 2
"""Mean magnitude of a complex normal variable over its root mean square."""


def of(pictures: list[Floats]) -> Statistics:
    return measure(lambda: pictures)


def inverse(size: tuple[int, int]) -> Floats:
    return 0.05 / frequencies(size)


def oriented(size: tuple[int, int]) -> Floats:
    """More along one diagonal than along the other: what a spectrum's mirroring must not lose."""
    rows, columns = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])
    return inverse(size) * (1 + 0.8 * np.sin(2 * np.pi * rows) * np.sin(2 * np.pi * columns))


def noise(
    spectrum: Floats, size: tuple[int, int], count: int, colours: Floats = GREY
) -> list[Floats]:
    """Pictures of normal noise whose spectra have this root mean square, in colours about grey."""
    random = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        white = np.fft.rfft2(random.normal(size=(len(colours), *size)), norm="ortho")
        white[:, 0, 0] = 0
        planes = np.fft.irfft2(white * spectrum, s=size, norm="ortho")
        pictures.append(0.5 + np.tensordot(colours, planes, axes=1))
    return pictures


def inner(size: tuple[int, int]) -> NDArray[np.bool_]:
    """All frequencies but the few lowest, where a spectrum is taken to fall as 1 / frequency."""
    return frequencies(size) > max(2.5 / 64, 1 / max(size))


@pytest.mark.parametrize("size", [(64, 64), (40, 56), (48, 37), (33, 64)])
@pytest.mark.parametrize("spectrum", [inverse, oriented])
def test_a_known_spectrum_comes_back_at_its_size_and_at_others(size, spectrum) -> None:
    statistics = of(noise(spectrum(size), size, 150))
    for canvas in (size, (96, 96), (24, 24), (50, 81)):
        expected = RAYLEIGH * spectrum(canvas)
        found = statistics.magnitude(canvas)
        assert found.shape == (1, canvas[0], canvas[1] // 2 + 1)
        assert found.dtype == np.float32
        assert found[0, 0, 0] == 0
        apart = np.abs(found[0] / expected - 1).ravel()[1:]
        assert apart.max() < 0.25
        assert np.sqrt((apart**2).mean()) < 0.05


def test_pictures_larger_than_the_grid_keep_their_spectrum() -> None:
    size = (160, 144)
    statistics = of(noise(oriented(size), size, 30))
    assert statistics.spectrum.shape == (1, 64, 33)
    for canvas in (size, (64, 64), (224, 200)):
        apart = np.abs(statistics.magnitude(canvas)[0] / (RAYLEIGH * oriented(canvas)) - 1)
        assert np.sqrt((apart.ravel()[1:] ** 2).mean()) < 0.05


def test_white_noise_is_flat_at_every_size() -> None:
    size = (64, 64)
    statistics = of(noise(np.ones((64, 33)), size, 100))
    for canvas in (size, (112, 112), (30, 31)):
        found = statistics.magnitude(canvas)[0][inner(canvas)]
        assert np.sqrt(((found / RAYLEIGH - 1) ** 2).mean()) < 0.1


def test_how_bright_pictures_are_as_a_whole_does_not_touch_the_lowest_frequencies() -> None:
    size = (160, 160)
    pictures = noise(inverse(size), size, 20)
    shifted = [picture + 0.3 * (-1) ** index for index, picture in enumerate(pictures)]
    found, expected = of(shifted).magnitude(size), of(pictures).magnitude(size)
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_the_spectrum_is_that_of_the_decorrelated_planes() -> None:
    size = (48, 48)
    statistics = of(noise(inverse(size), size, 100, LUCID))
    magnitude = statistics.magnitude(size)
    assert magnitude.shape == (3, 48, 25)
    means = magnitude.reshape(3, -1).mean(axis=1)
    np.testing.assert_allclose(means, means.mean(), rtol=0.02)
    # Planes of these magnitudes, in these colours, vary as the pictures do.
    power = (magnitude / RAYLEIGH) ** 2
    variance = (2 * power[:, :, 1:-1].sum((1, 2)) + power[:, :, [0, -1]].sum((1, 2))) / 48**2
    found = statistics.colours @ np.diag(variance) @ statistics.colours.T
    pixels = np.concatenate([p.reshape(3, -1) for p in noise(inverse(size), size, 100, LUCID)], 1)
    np.testing.assert_allclose(found, np.cov(pixels), rtol=0.05)


def test_colours_reproduce_the_covariance_up_to_scale() -> None:
    random = np.random.default_rng(1)
    mixed = random.uniform(size=(3, 3)) @ random.normal(0, 0.1, (3, 5 * 32 * 32))
    pixels = mixed + np.array([[0.2], [0.5], [0.7]])
    statistics = of([part.reshape(3, 32, 32) for part in np.split(pixels, 5, axis=1)])
    covariance = np.cov(pixels)
    found = statistics.colours @ statistics.colours.T
    np.testing.assert_allclose(
        found / np.trace(found), covariance / np.trace(covariance), atol=1e-3
    )
    np.testing.assert_allclose(statistics.mean, pixels.mean(1), rtol=1e-3)


def test_lucids_colours_come_back_in_its_order_and_signs() -> None:
    expected = LUCID / np.linalg.norm(LUCID, axis=0).max()
    np.testing.assert_allclose(correlation(LUCID @ LUCID.T), expected, atol=0.02)
    norms = np.linalg.norm(correlation(LUCID @ LUCID.T), axis=0)
    assert norms[0] == pytest.approx(1)
    assert list(norms) == sorted(norms, reverse=True)


def test_grey_pictures_have_one_colour_and_one_spectrum() -> None:
    size = (32, 32)
    pictures = [np.repeat(grey, 3, axis=0) for grey in noise(inverse(size), size, 5)]
    statistics = of(pictures)
    np.testing.assert_allclose(statistics.colours[:, 0], 3**-0.5, rtol=1e-3)
    assert not statistics.colours[:, 1:].any()
    assert statistics.spectrum[0].all()
    assert not statistics.spectrum[1:].any()


def test_one_channel_is_left_as_it_is() -> None:
    statistics = of(noise(inverse((32, 32)), (32, 32), 3))
    assert statistics.colours.tolist() == [[1.0]]
    assert statistics.mean.tolist() == [0.5]


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_of_one_colour_are_refused(channels: int) -> None:
    with pytest.raises(RenderError, match="one and the same colour"):
        of([np.full((channels, 8, 8), 0.3)] * 4)


def test_the_digest_is_that_of_the_digits_that_are_kept() -> None:
    pictures = noise(inverse((32, 32)), (32, 32), 5, LUCID)
    statistics = of(pictures)
    again = Statistics.of({**json.loads(json.dumps(statistics.json)), "images": 5})
    assert again.digest == statistics.digest
    assert of([picture * (1 + 1e-9) for picture in pictures]).digest == statistics.digest
    assert of([picture * 1.01 for picture in pictures]).digest != statistics.digest
    for array in (statistics.colours, statistics.mean, statistics.spectrum):
        assert np.array_equal(array, rounded(array))


def test_rounding_keeps_four_digits_and_no_negative_zero() -> None:
    assert rounded(np.array([[1.23456, -0.000123456], [-0.0, 98765.0]])).tolist() == [
        [1.235, -0.0001235],
        [0.0, 98760.0],
    ]
    assert not np.signbit(rounded(np.array([-0.0])))[0]


@pytest.mark.parametrize("size", [(6, 8), (7, 9), (8, 7), (5, 6), (2, 2), (1, 1)])
def test_magnitudes_on_the_same_frequencies_are_the_same(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(2).normal(size=(2, *size))
    half = np.abs(np.fft.rfft2(picture))
    np.testing.assert_allclose(resampled(half, size[1], size), half)


def recipes(**maximize: Any) -> Mapping[str, LensOptions]:
    return lens_options(maximize=MaximizeOptions(**maximize))


def study_with_sets(lenses: Mapping[str, LensOptions]) -> PlanContext:
    context = render_context_of(nets.Small(), pictures_of(3), lenses=lenses).plan
    assert context.images is not None
    others = {name: replace(context.images, name=name) for name in ("first", "last")}
    return replace(context, sets={"first": others["first"], **context.sets, "last": others["last"]})


def pictures_of(count: int, seed: int = 0) -> list[Image.Image]:
    random = np.random.default_rng(seed)
    return [Image.fromarray(random.integers(0, 256, (30, 40, 3), np.uint8)) for _ in range(count)]


@pytest.mark.parametrize(
    ("maximize", "expected"),
    [
        ({}, []),
        ({"colours": "imagenet", "canvas": "fourier"}, []),
        ({"colours": "last"}, ["last"]),
        ({"canvas": "phase"}, ["pictures"]),
        ({"canvas": "phase", "colours": "imagenet"}, ["pictures"]),
        ({"canvas": "phase", "colours": "last"}, ["last"]),
        ({"layers": {"conv*": RecipeOptions(colours="first")}}, ["first"]),
        (
            {
                "variants": {
                    "a": RecipeOptions(colours="last"),
                    "b": RecipeOptions(canvas="phase"),
                    "c": RecipeOptions(colours="first", canvas="pixels"),
                    "d": RecipeOptions(colours="last", steps=3),
                }
            },
            ["first", "pictures", "last"],
        ),
    ],
)
def test_the_sets_that_some_recipe_needs_are_asked_for(maximize, expected) -> None:
    context = study_with_sets(recipes(**maximize))
    assert lens.needed(context) == expected
    requests = list(lens.Statistics().requests(context, RecordIndex()))
    assert [
        (request.layer, request.item, request.role, request.recipe) for request in requests
    ] == [(None, name, "", None) for name in expected]
    assert len({request.key for request in requests}) == len(expected)


def test_nothing_is_needed_where_nothing_is_maximised_or_shown() -> None:
    assert lens.needed(study_with_sets(lens_options(maximize=False))) == []
    context = render_context_of(nets.Small(), lenses=recipes(canvas="phase")).plan
    assert lens.needed(context) == []


def key_of(context: PlanContext) -> str:
    (request,) = lens.Statistics().requests(context, RecordIndex())
    return request.key


def test_the_key_is_of_the_set_and_the_cut_alone() -> None:
    context = render_context_of(
        nets.Small(), pictures_of(3), lenses=recipes(colours="pictures")
    ).plan
    other = render_context_of(nets.Small(1), pictures_of(3), lenses=recipes(canvas="phase")).plan
    assert key_of(other) == key_of(context)
    more = render_context_of(nets.Small(), pictures_of(4), lenses=recipes(colours="pictures")).plan
    assert key_of(more) != key_of(context)
    how = context.network.preprocessing
    for change, same in [
        ({"mean": (0.1,) * 3, "std": (1.0,) * 3}, True),
        ({"size": (16, 16)}, False),
        ({"resize": (30,)}, False),
        ({"interpolation": "bicubic"}, False),
    ]:
        network = replace(context.network, preprocessing=replace(how, **change))
        assert (key_of(replace(context, network=network)) == key_of(context)) is same, change


def test_of_many_pictures_a_thousand_are_used_evenly_spaced() -> None:
    images = render_context_of(nets.Small(), pictures_of(1)).plan.sets["pictures"]
    for count, expected in [(1, [0]), (999, list(range(999))), (3000, list(range(0, 3000, 3)))]:
        assert lens.used(replace(images, images=images.images * count)) == expected
    assert len(lens.used(replace(images, images=images.images * 1500))) == lens.MOST == 1000


def rendered(context: RenderContext) -> list[list[tuple[RecordRequest, Record]] | Failed]:
    return list(
        lens.Statistics().render(
            context, list(lens.Statistics().requests(context.plan, context.records))
        )
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_a_record_holds_what_the_network_sees_of_the_set(channels: int) -> None:
    pictures = pictures_of(70)
    lenses = recipes(colours="pictures")
    context = render_context_of(nets.Small(channels=channels), pictures, 24, channels, lenses)
    ((pair,),) = rendered(context)
    cut = context.plan.network.preprocessing
    seen = [prepare(picture, cut).transpose(2, 0, 1) / 255 for picture in pictures]
    statistics = Statistics.of(pair[1].data)
    np.testing.assert_allclose(statistics.mean, np.mean(seen, axis=(0, 2, 3)), rtol=1e-3)
    np.testing.assert_allclose(statistics.spectrum, of(seen).spectrum, rtol=1e-3)
    assert pair[1].data["images"] == 70
    assert statistics.spectrum.shape == (channels, 24, 13)


def test_a_set_that_fails_does_not_stop_the_others() -> None:
    variants = {"a": RecipeOptions(colours="gone"), "b": RecipeOptions(colours="pictures")}
    context = render_context_of(nets.Small(), pictures_of(5), lenses=recipes(variants=variants))

    def gone(index: int) -> Image.Image:
        raise RenderError(f"gone: {index} cannot be read")

    images = context.plan.sets["pictures"]
    sets = {"gone": replace(images, name="gone"), "pictures": images}
    pictures = {**context.pictures, "gone": gone}
    failed, batch = rendered(
        replace(context, plan=replace(context.plan, sets=sets), pictures=pictures)
    )
    assert isinstance(failed, Failed)
    assert (failed.reason, failed.requests[0].item) == ("gone: gone: 0 cannot be read", "gone")
    assert not isinstance(batch, Failed)
    assert batch[0][0].item == "pictures"


def test_statistics_come_before_the_pictures_that_need_them() -> None:
    names = [each.name for each in lenses()]
    assert names.index("statistics") < names.index("maximize")


# The layer whose pictures would take the set's colours is not chosen: nothing but them is tested.
ATLAS = """
models:
  - {name: small, source: "nets.py:small", layers: [conv1], filters: "0", input: {size: 24}}
  - {name: other, source: "nets.py:known", layers: [first], filters: "0", input: {size: 24}}
images:
  - {name: pictures, source: "folder:pictures"}
lenses:
  kernels: false
  examples: false
  maximize: {steps: 1, attempts: 1, negative: false, layers: {conv2: {colours: pictures}}}
"""


def kept(folder: Path) -> list[tuple[str, str]]:
    with Store(folder / ".convatlas") as store:
        rows = store.connection.execute("select key, label from records where lens = 'statistics'")
        return sorted(rows)


def studies_of(folder: Path, store: Store) -> Iterable[PlanContext]:
    configuration = parse((folder / "atlas.yaml").read_text(), folder / "atlas.yaml", {})
    yield from Workspace(configuration, OpenCatalog(store)).plan_contexts()
    yield from remembered(configuration, OpenCatalog(store))


def test_a_build_finds_them_out_once_and_anew_for_another_picture(tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    (tmp_path / "atlas.yaml").write_text(ATLAS)
    with Store(tmp_path / ".convatlas") as store:
        configuration = parse(ATLAS, tmp_path / "atlas.yaml", {})
        contexts = Workspace(configuration, OpenCatalog(store)).plan_contexts()
        rows = [row for each in contexts for row in rows_of(planned(each, store), store)]
        estimated = estimate_lines(rows)
    assert "small  statistics         1 to render,       0 stored\n" in estimated
    assert "known once its statistics are" in estimated
    first = convatlas.build(tmp_path / "atlas.yaml", out=tmp_path / "site")
    assert not first.failures
    before = kept(tmp_path)
    assert len(before) == 1  # both networks see the set in the same way
    again = convatlas.build(tmp_path / "atlas.yaml", out=tmp_path / "site")
    assert (again.rendered, again.kept) == (0, first.rendered + first.kept)
    Image.new("RGB", (30, 30), "red").save(tmp_path / "pictures" / "even" / "red.png")
    convatlas.build(tmp_path / "atlas.yaml", out=tmp_path / "site")
    after = kept(tmp_path)
    assert len(after) == 2
    assert set(before) < set(after)


def test_a_plan_stands_in_columns() -> None:
    more = {"layer": "a", "lens": "probes", "missing": 1, "stored": 0, "seconds": 1.0}
    rows = [Row(network=name, measured=False, **more) for name in ("net", "longer")]
    first, second, *rest = estimate_lines(rows).splitlines()
    assert rest[0].endswith("(a rough guess); images to publish, those to")
    assert len(rest) == 2  # nothing waits for statistics
    assert first == "net     probes             1 to render,       0 stored, in 1 layer"
    assert second == first.replace("net   ", "longer")


def test_studies_know_all_sets_and_studios_all_pictures(tmp_path: Path) -> None:
    nets.write_atlas(tmp_path)
    nets.write_pictures(tmp_path / "others", count=2)
    text = ATLAS.replace("lenses:", '  - {name: others, source: "folder:others"}\nlenses:')
    text = text.replace("size: 24}}", "size: 24}, images: pictures}")
    (tmp_path / "atlas.yaml").write_text(text)
    with Store(tmp_path / ".convatlas") as store:
        for context in studies_of(tmp_path, store):
            assert list(context.sets) == ["pictures", "others"]
            assert context.images is context.sets["pictures"]
        workspace = Workspace(parse(text, tmp_path / "atlas.yaml", {}), OpenCatalog(store))
        plan = workspace.plan_contexts()[0]
        context = workspace.render_context(plan.network.name, "cpu")
        assert context.plan == plan
        assert context.pictures["others"](1).size == (28, 28)
        assert context.picture is context.pictures["pictures"]
