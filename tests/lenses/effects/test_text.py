"""What is said of effects."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from convatlas.lenses.effects import text
from convatlas.lenses.effects.entries import ClassEffect, EffectsEntry, LayerEffectsEntry


def classes(*told: tuple[str, float]) -> list[ClassEffect]:
    return [
        {"class": name, "number": number, "logit": logit, "images": 3}
        for number, (name, logit) in enumerate(told)
    ]


def entry(
    raises: Sequence[tuple[str, float]] = (),
    lowers: Sequence[tuple[str, float]] = (),
    share: float = 0.17,
    rank: int = 3,
) -> EffectsEntry:
    return {
        "raises": classes(*raises),
        "lowers": classes(*lowers),
        "mean": 0.1,
        "size": 0.2,
        "share_images": share,
        "importance": 0.5,
        "rank": rank,
        "images": 9,
        "sampled": 9,
    }


def layer(spearman: float | None, filters: float | None, half: int = 8) -> LayerEffectsEntry:
    audit = {"filters": 16, "images": 1, "spearman": spearman, "spearman_filters": filters}
    return {"audit": {**audit, "slope": 1.04, "size": 0.5}, "half": half, "filters": 24}  # type: ignore[typeddict-item]


def cut_off(size: float, **more: object) -> LayerEffectsEntry:
    """A layer of whose effects none is predicted."""
    audit = {"filters": 16, "images": 9, "spearman": None, "spearman_filters": None}
    found = {**audit, "slope": None, "size": size}
    return {"audit": found, "half": 0, "filters": 24, **more}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (entry([("fish", 1.9), ("cat", 0.6)]), "takes <b>1.9</b> off fish and <b>0.6</b> off cat"),
        (entry([("fish", 1.9), ("cat", 0.4)]), "takes <b>1.9</b> off fish"),
        (
            entry([("fish", 1.0)], [("cat", -0.5)]),
            "takes <b>1</b> off fish and gives <b>0.5</b> to cat",
        ),
        (entry([("fish", 0.001)], [("a<b", -2.0)]), "gives <b>2</b> to a&lt;b"),
        (entry([("fish", 0.001)]), "hardly changes any class’s score"),
        (entry(), "hardly changes any class’s score"),
    ],
)
def test_the_first_sentence_has_what_is_large(told: EffectsEntry, expected: str) -> None:
    assert str(text.lede(told)) == f"Set to its mean, it {expected}."


def test_how_much_a_filter_matters() -> None:
    assert text.standing(entry(rank=1), 512) == (
        "It is the most important of 512 filters in its layer for the loss; on 83\u00a0% of the"
        " images the lead changes by less than 1\u00a0%."
    )
    assert "the 3rd most important of 5 filters" in text.standing(entry(), 5)
    assert text.standing(entry(share=1), 5).endswith(
        "on every image the lead changes by more than 1\u00a0%."
    )


def test_a_word_on_a_class_that_it_answers_to_and_does_nothing_for() -> None:
    four = [("a", 2.0), ("b", 1.0), ("c", 0.4), ("d", 0.3)]
    assert text.aside(entry(four), "e") == (
        "It answers most to e, but does no more than 0.3 for that class."
    )
    assert text.aside(entry([("a", 2.0), ("b", 0.001)]), "e").endswith(
        "does nothing for that class."
    )
    assert text.aside(entry(), "e").endswith("does nothing for that class.")
    assert text.aside(entry(four), "c") == ""
    assert text.aside(entry([("a", 2.0), ("b", 1.9)]), "e") == ""  # it may do as much for it
    assert text.aside(entry(four), None) == ""


def test_how_far_to_trust_a_layer() -> None:
    good, rough, bad = layer(0.95, 0.99), layer(0.8, 0.93), layer(0.8, 0.6)
    assert text.trust(good) == (
        "Tested by really setting 16 filters on 1 image to their mean: rank correlation 0.95; a"
        " true effect is 1 times the predicted one."
    )
    assert "in what order the filters matter is predicted well (0.93)" in text.trust(rough)
    assert text.trust(bad).endswith("do not rely on the effects in this layer.")
    assert "changed nothing that could be ranked" in text.trust(layer(None, None))
    doubts = [text.doubt(each) for each in (good, rough, bad, layer(None, None), None)]
    low = "not to be relied on"
    assert doubts == ["", "rough on single images", low, low, low]


def test_how_few_filters_have_half_of_the_effects() -> None:
    assert text.shared(layer(1, 1)) == (
        "8 filters of 24 (33\u00a0%) have half of the layer’s effects."
    )
    assert (
        text.shared(layer(1, 1, half=0)) == "No filter of this layer has any effect on the images."
    )


def test_filters_may_be_set_to_zero_instead() -> None:
    told, of_layer = entry([("fish", 1.9)]), layer(0.95, 0.99)
    told["baseline"] = of_layer["baseline"] = "zero"
    assert text.lede(told) == "Set to zero, it takes <b>1.9</b> off fish."
    assert "setting 16 filters on 1 image to zero:" in text.trust(of_layer)


def own(mean: float, size: float, share: float = 0.5) -> EffectsEntry:
    told = entry(share=share)
    return {**told, "mean": mean, "size": size, "target": "the <depth>"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (own(1.94, 2.0), "takes <b>1.9</b> off {} on average"),
        (own(-0.5, 2.0), "adds <b>0.5</b> to {} on average"),
        (own(0.4, 2.0), "changes {} by <b>2</b> on average, up on some images and down on others"),
        (own(-2.34e-7, 3e-7), "adds <b>2.3\u00a0×\u00a010⁻⁷</b> to {} on average"),
        (own(1.0, 1.0, share=0), "hardly changes {}"),
        (own(0.0, 0.0, share=0), "does not change {}"),
    ],
)
def test_the_first_sentence_on_a_number_of_one_s_own(told: EffectsEntry, expected: str) -> None:
    name = "<i>the &lt;depth&gt;</i>"
    assert str(text.lede(told)) == f"Set to its mean, it {expected.format(name)}."


def test_how_much_a_filter_matters_to_a_number_of_one_s_own() -> None:
    start = "It is the 3rd most important of 9 filters in its layer; on"
    assert text.standing(own(1, 1), 9) == (
        f"{start} 50\u00a0% of the images the <depth> changes by less than 1\u00a0%."
    )
    assert text.standing(own(1, 1, share=1), 9) == (
        f"{start} every image the <depth> changes by more than 1\u00a0%."
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (12.345, "12"),
        (1e-4, "0.0001"),
        (-2e-5, "−2\u00a0×\u00a010⁻⁵"),
        (1.26e-12, "1.3\u00a0×\u00a010⁻¹²"),
        (float("nan"), "not finite"),
    ],
)
def test_numbers_of_an_unknown_unit_may_be_small(value: float, expected: str) -> None:
    assert text.quantity(value) == expected


def test_what_no_gradient_tells_of_is_not_told_as_nothing() -> None:
    start = "Really setting 16 filters on 9 images to their mean changed"
    end = (
        "No gradient leads there, as after a detach, so that nothing is predicted: do not rely on"
        " the effects in this layer."
    )
    own = cut_off(2e-6, target={"name": "the depth", "mean": 1.0})
    assert text.trust(cut_off(0.31)) == f"{start} the lead by 0.31 on average. {end}"
    assert text.trust(own) == f"{start} the depth by 2\u00a0×\u00a010⁻⁶ on average. {end}"
    assert text.trust(cut_off(0.0)) == f"{start} nothing that could be ranked."
    assert text.doubt(cut_off(0.31)) == "not to be relied on"


def test_what_is_rough_on_single_images_is_told_of_images_where_there_are_no_classes() -> None:
    rough = layer(0.8, 0.95)
    assert "do not rely on what a filter does to one class;" in text.trust(rough)
    own: LayerEffectsEntry = {**rough, "target": {"name": "the depth", "mean": 1.0}}
    assert "do not rely on what a filter does to one image;" in text.trust(own)


def test_what_was_measured_is_told_instead_of_doubt() -> None:
    of_layer = layer(0.8, 0.6)
    assert text.confidence(of_layer) == text.trust(of_layer)
    assert text.confidence(layer(0.95, 0.99)) == ""
    some: LayerEffectsEntry = {**of_layer, "measured": {"images": 24, "each": 48, "of": 1000}}
    images = "24 images of 1,000, and up to 24 more on which most was predicted"
    assert text.confidence(some) == f"Measured by really setting it to its mean on {images}."
    assert text.trust(some).endswith(
        f"predicted one. So each filter was really set to its mean on {images}: what its page says"
        " is measured. Pages of classes, and what is behind wrong images, go by prediction."
    )
    assert text.class_doubt(some) == "not to be relied on"
    every: LayerEffectsEntry = {**of_layer, "measured": {"images": 40, "each": 40, "of": 40}}
    every["baseline"] = "zero"
    assert text.confidence(every) == "Measured by really setting it to zero on all images."
    assert text.class_doubt(every) == ""
    assert text.doubt(every) == "not to be relied on"  # what is behind mistakes is predicted
    many: LayerEffectsEntry = {**of_layer, "measured": {"images": 48, "each": 48, "of": 2000}}
    assert "on 48 images of 2,000." in text.confidence(many)


def test_what_no_gradient_tells_of_may_be_measured() -> None:
    told = text.trust(cut_off(0.31, measured={"images": 9, "each": 9, "of": 9}))
    start = "to their mean changed the lead by 0.31 on average. So each filter was really set to"
    assert start in told
    assert "detach" not in told
