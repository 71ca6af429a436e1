"""Mistakes in `compare`, told with their places and remedies."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convatlas.errors import ConfigError
from convatlas.opening.configuration import parse

ATLAS = """models:
  - {name: a, source: torchvision/resnet18, images: photos, input: {size: 32}}
  - {name: b, source: torchvision/resnet18, images: photos, input: {size: [32, 32]}}
  - {name: c, source: torchvision/resnet18, images: photos}
  - {name: d, source: torchvision/resnet18, images: others}
  - {name: small, source: torchvision/resnet18, images: photos, input: {size: 24}}
images:
  - {name: photos, source: "folder:photos"}
  - {name: others, source: "folder:photos"}
"""
PLACE = "compare[0]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "photos" / "a.png")
    return tmp_path


def mistakes(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, folder / "atlas.yaml", {})
    return [line.removeprefix(f"{folder / 'atlas.yaml'}:") for line in caught.value.lines]


@pytest.mark.parametrize(
    "entries",
    [
        "[]",
        "[{before: a, after: b}]",
        "[{before: a, after: c, match: correlation, expect: {died: 0, cka: '>= 0.5'}}]",
        "[{before: a, after: b}, {before: b, after: a}]",
        "[{networks: [a, b, c]}, {before: a, after: b}, {networks: [c, b, a]}]",
    ],
)
def test_pairs_and_timelines_of_the_same_images_are_read(entries: str, folder: Path) -> None:
    found = parse(f"{ATLAS}compare: {entries}\n", folder / "atlas.yaml", {})
    assert len(found.atlas.compare) == len(yaml.safe_load(entries))


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("a", "10:10: compare: expected a list, found the text 'a'; write [a]"),
        ("[a]", f"10:11: {PLACE}: expected a mapping, found the text 'a'"),
        ("[{}]", f"10:11: {PLACE}: names no networks; add `before` and `after`, or three or more"),
        ("[{before: a}]", f"10:11: {PLACE}: `after` is missing; name the network beside `before`"),
        ("[{after: a}]", f"10:11: {PLACE}: `before` is missing; name the network beside `after`"),
        (
            "[{before: a, after: xyz}]",
            f"10:30: {PLACE}.after: no network is called 'xyz'; known here: 'a', 'b', 'c', 'd'",
        ),
        (
            "[{before: smal, after: a}]",
            f"10:20: {PLACE}.before: no network is called 'smal'; did you mean 'small'?",
        ),
        (
            "[{before: a, after: a}]",
            f"10:30: {PLACE}.after: 'a' would be compared with itself; name another network",
        ),
        (
            "[{networks: [a, b]}]",
            f"10:22: {PLACE}.networks: a timeline has three networks or more; two are `before`",
        ),
        (
            "[{networks: [a, b, c], after: b}]",
            f"10:22: {PLACE}.networks: `before` or `after` is given too; keep these two, or",
        ),
        (
            "[{networks: [a, b, a]}]",
            f"10:29: {PLACE}.networks[2]: 'a' would be compared with itself; name another",
        ),
        (
            "[{before: a, after: b}, {before: a, after: b, match: correlation}]",
            "10:43: compare[1].before: compare[0] has 'a' beside 'b' already; keep one of them",
        ),
        (
            "[{networks: [a, b, c]}, {before: b, after: c}]",
            "10:43: compare[1].before: compare[0] has 'b' beside 'c' already; keep one of them",
        ),
        (
            "[{networks: [a, b, c]}, {networks: [small, a, c]}]",
            "10:53: compare[1].networks[1]: compare[0] has 'a' beside 'c' already; keep one",
        ),
        (
            "[{before: a, after: d}]",
            f"10:30: {PLACE}.after: 'd' sees the image set 'others' but 'a' sees 'photos', and",
        ),
        (
            "[{networks: [b, small, c]}]",
            f"10:26: {PLACE}.networks[1]: 'small' and 'b' see images differently, and what they "
            "answer to the same input is compared; give both the same `input: size`",
        ),
        (
            "[{before: a, after: b, match: indx}]",
            f"{PLACE}.match: expected 'index' or 'correlation', found the text 'indx'; did you",
        ),
        (
            "[{before: a, after: b, expect: {died: none}}]",
            f"10:48: {PLACE}.expect.died: expected a number or a comparison with one, such as "
            "\">= 0.9\", found the text 'none'",
        ),
        (
            "[{before: a, after: b, expect: {died: true}}]",
            f"{PLACE}.expect.died: expected a number or text, found true",
        ),
        (
            "[{before: a, after: b, expect: {dead: 0}}]",
            f"10:42: {PLACE}.expect.dead: unknown key 'dead'; did you mean 'died'?",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(entries: str, expected: str, folder: Path) -> None:
    found = mistakes(f"{ATLAS}compare: {entries}\n", folder)
    assert len(found) == 1, found
    assert expected in found[0]


def test_what_comparisons_are_made_from_has_to_be_there(folder: Path) -> None:
    pair = "compare: [{before: a, after: b, expect: {accuracy: '> 0.5'}}]\n"
    found = mistakes(f"{ATLAS}{pair}lenses: {{examples: false, circuits: false}}\n", folder)
    assert found == [
        "11:20: lenses.examples: `compare` needs the responses that `examples` keeps; switch it on"
    ]
    found = mistakes(f"{ATLAS}{pair}lenses: {{effects: false}}\n", folder)
    assert found == [
        "10:52: compare[0].expect.accuracy: accuracies are found by `effects`, which is off; "
        "switch that on"
    ]
    alone = "models: [{name: a, source: torchvision/vgg11}, {name: b, source: torchvision/vgg11}]\n"
    assert mistakes(f"{alone}compare: [{{before: a, after: b}}]\n", folder) == [
        "2:1: compare: networks are compared by what they answer to images; add a set under "
        "`images`"
    ]


@pytest.mark.parametrize("name", ["compare", "Edits"])
def test_pages_of_comparisons_and_edits_have_their_names_for_themselves(
    name: str, folder: Path
) -> None:
    text = f"models: [{{name: {name}, source: torchvision/vgg11}}]\n"
    assert "is reserved for a page of the site" in mistakes(text, folder)[0]


KEYS = ["before", "after", "networks", "match", "expect", "died", "cka", "accuracy", "x"]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["a", "b", "small", "index", ">= 0.9", "> " + "9" * 400, "{text}"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(values | st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=4), max_size=3))
def test_no_value_of_compare_raises_anything_else(value: object) -> None:
    try:
        parse(ATLAS + yaml.safe_dump({"compare": value}), Path("atlas.yaml"), {})
    except ConfigError as error:
        assert all(line.startswith("atlas.yaml:") for line in error.lines)
