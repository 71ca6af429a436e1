"""Hypotheses: ranks, control and verdict in the manifest, and the page that tells of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convatlas.lenses.hypotheses.section import rank
from convatlas.model.facts import Hypothesis
from convatlas.model.record_index import RecordIndex
from convatlas.model.records import Picture, RecordRequest, StoredRecord
from convatlas.site.manifest import assemble
from convatlas.site.pages import pages
from convatlas.ui.network_results import NetworkResults
from convatlas.ui.text import ordinal
from support.facts import ATLAS, NETWORK
from support.markup import written
from support.synthetic import synthetic_manifest

A, B, HIDDEN = "a" * 12, "b" * 12, "c" * 12


def claim(number: int = 1, index: int = 1, **changes: Any) -> Hypothesis:
    what: dict[str, Any] = {"pictures": (A,), "top": 1, "expect": None, **changes}
    return Hypothesis(number, "conv1", index, "eyes", **what)


def measured(share: float | None = 0.1, **means: list[float]) -> RecordIndex:
    found = RecordIndex()
    for item, values in means.items():
        request = RecordRequest(item, "hypotheses", "conv1", item)
        found.add(request, StoredRecord({"means": values}, {}))
        picture = StoredRecord({}, {"picture": Picture(item[0] * 64, 6, 6, "webp")})
        shown = RecordRequest(f"{item}shown", "hypotheses", None, item, "picture")
        found.add(shown, picture)
    if share is not None:
        shares = {"1": share, "5": share + 0.5, "15": 1.0, "50": 1.0}
        shown_images: dict[str, Any] = {"top": [], "lowest": [], "range": [], "heat": None}
        bounds = {"highest": 1.0, "lowest": 0.0}
        data = {**shown_images, "bounds": bounds, "images": 40, "among": shares}
        for index in range(4):
            record = StoredRecord({**data, "share_positions": 0.5, "std": 1.0}, {})
            found.add(RecordRequest("", "examples", "conv1", index), record)
    return found


def told(found: RecordIndex, *made: Hypothesis) -> Any:
    results = NetworkResults(NETWORK, {"conv1": range(4)}, None, found, hypotheses=made)
    return assemble(ATLAS, [results])


def test_a_rank_counts_those_before() -> None:
    assert [rank([3.0, 5.0, -1.0, 3.0], index) for index in range(4)] == [2, 1, 4, 3]


@pytest.mark.parametrize(
    ("share", "second", "verdict", "why"),
    [
        (0.19, [0.0, 7.0, 1.0, 2.0], "confirmed", "of 4 filters, and seldom so high"),
        (0.2, [0.0, 7.0, 1.0, 2.0], "weak", "but so it is for many other images"),
        (None, [0.0, 7.0, 1.0, 2.0], "weak", "no images tell how often"),
        (
            0.0,
            [0.0, 7.0, 8.0, 2.0],
            "not confirmed",
            "1st and 2nd of 4 filters, which is not the first for 1 of 2 pictures.",
        ),
    ],
)
def test_verdicts_follow_from_ranks_and_control(
    share: float | None, second: list[float], verdict: str, why: str
) -> None:
    found = measured(share, **{A: [0.0, 9.0, 1.0, 2.0], B: second})
    (entry,) = told(found, claim(pictures=(A, B)))["hypotheses"]
    assert entry["verdict"] == verdict
    assert why in entry["why"]
    assert [picture["held"] for picture in entry["pictures"]] == [True, second[1] > second[2]]
    assert (entry["control"] is None) == (share is None)


def test_of_many_pictures_the_first_and_the_last_rank_are_told() -> None:
    names = [f"{number:012}" for number in range(10)]
    found = measured(0.1, **{name: [0.0, 9.0, 9.0 * (name == names[3]), 2.0] for name in names})
    (entry,) = told(found, claim(index=2, pictures=tuple(names), top=4))["hypotheses"]
    assert entry["why"].startswith("It is 2nd to 4th of 4 filters, within the first 4; ")


def test_a_claim_is_told_with_its_numbers() -> None:
    found = measured(**{A: [0.0, 9.0, 1.0, 2.0], HIDDEN: [0.0, 9.0, 1.0, 2.0]})
    manifest = told(found, claim(3, 1, pictures=(A, HIDDEN), hidden=(HIDDEN,), top=2))
    (entry,) = manifest["hypotheses"]
    assert (entry["filter"], entry["href"]) == ("net/conv1/1", "net/conv1/1.html")
    assert entry["control"] == {"top": 5, "share": 0.6, "images": 40}
    first, second = entry["pictures"]
    file = f"hypotheses/net-{A}-{'a' * 8}.webp"
    assert first["picture"] == {"file": file, "width": 6, "height": 6}
    assert (first["rank"], first["mean"], first["means"]) == (1, 9.0, [0.0, 9.0, 1.0, 2.0])
    assert first["id"] == A
    assert (second["id"], second["picture"]) == (None, None)  # its digest would tell what it is
    assert [path for path in manifest["files"] if path.startswith("hyp")] == [file]


def test_what_is_not_measured_has_no_verdict() -> None:
    some = measured(None, **{A: [0.0, 9.0, 1.0, 2.0]})
    manifest = told(some, claim(1, pictures=(A, B)), claim(2, pictures=(B,), expect="confirmed"))
    first, second = manifest["hypotheses"]
    assert (first["verdict"], len(first["pictures"])) == (None, 1)
    assert first["why"] == "Not all of its pictures are measured yet."
    assert (second["verdict"], second["why"]) == (None, "None of its pictures are measured yet.")
    page = written(dict(pages(manifest))["hypotheses/index.html"])
    assert "2 not measured" in page
    assert "Expected: confirmed." in page


def test_nothing_is_confirmed_by_no_picture_at_all() -> None:
    (entry,) = told(measured(0.1), claim(pictures=()))["hypotheses"]
    assert entry["verdict"] is None


def test_claims_stand_in_the_order_of_the_file() -> None:
    manifest = told(RecordIndex(), claim(2), claim(1, 3))
    assert [entry["number"] for entry in manifest["hypotheses"]] == [1, 2]


def test_a_claim_about_a_filter_without_a_page_has_no_link() -> None:
    results = NetworkResults(NETWORK, {"conv1": [0]}, None, RecordIndex(), hypotheses=[claim()])
    manifest = assemble(ATLAS, [results])
    assert manifest["hypotheses"][0]["href"] is None
    page = written(dict(pages(manifest))["hypotheses/index.html"])
    assert '<span class="mono">net/conv1/1</span>' in page


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return synthetic_manifest(networks=2, layers=2, filters=40, images=4, hypotheses=5)[0]


@pytest.fixture(scope="module")
def site(manifest: dict[str, Any]) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest)}


def part(site: dict[str, str], number: int) -> str:
    page = site["hypotheses/index.html"].partition(f'aria-labelledby="h{number}"')[2]
    return page.partition("</section>")[0]


def test_the_page_counts_verdicts_in_words(site: dict[str, str]) -> None:
    top = site["hypotheses/index.html"].partition("<section")[0]
    texts = re.findall(r'<span class="verdict (\w+)">([^<]+)</span>', top)
    assert texts == [
        ("yes", "2 confirmed"),
        ("weak", "1 weak"),
        ("no", "1 not confirmed"),
        ("open", "1 not measured"),
    ]


def test_each_claim_is_told_with_its_filter_pictures_and_reasons(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    numbers = re.findall(r'<h2 id="h(\d)">', site["hypotheses/index.html"])
    assert numbers == ["1", "2", "3", "4", "5"]
    first, second, third = (part(site, number) for number in (1, 2, 3))
    claimed = manifest["hypotheses"][0]
    assert f'href="../{claimed["href"]}"' in first
    assert '<span class="verdict yes">confirmed</span>' in first
    assert "Among the first 15 on 3.2\u00a0% of 1,000 images" in first
    assert "Expected: confirmed, as it is." in first
    assert "<b>1st of 40</b>" in first
    assert second.count('class="test"') == 2
    assert second.count("not published") == 1
    assert "eyes &amp; &lt;noses&gt;" in third
    assert "Expected: confirmed, which it is not." in third
    assert "<b>40th of 40</b>" in third


def test_the_plot_marks_the_filter_alone(manifest: dict[str, Any], site: dict[str, str]) -> None:
    index = manifest["hypotheses"][0]["index"]
    (marked,) = re.findall(r'class="first" d="([^"]*)"', part(site, 1))
    assert re.fullmatch(rf"M{index} \d+V\d+h1V\d+z", marked)


def test_a_filter_bears_a_badge_for_each_claim(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    page = site[manifest["hypotheses"][0]["href"]]
    link = '<a href="../../hypotheses/index.html#h1"><span class="verdict yes">confirmed</span>'
    assert f"{link} a building with many windows</a>" in page
    others = [path for path in site if re.fullmatch(r"net0/features\.0/\d+\.html", path)]
    assert not any("verdict" in site[path] for path in others)
    assert 'href="../hypotheses/index.html#h2"' in site["net1/index.html"]
    assert 'href="../hypotheses/index.html#h2"' not in site["net0/index.html"]
    assert 'href="hypotheses/index.html#h5"' in site["index.html"]
    assert 'id="hypotheses"' in site["about/index.html"]


def test_data_hold_what_the_page_tells(manifest: dict[str, Any], site: dict[str, str]) -> None:
    assert json.loads(site["hypotheses/hypotheses.json"]) == manifest["hypotheses"]
    overview = json.loads(site["atlas.json"])["hypotheses"]
    assert overview[2] == {
        "number": 3,
        "filter": manifest["hypotheses"][2]["filter"],
        "claim": "eyes & <noses>",
        "href": "hypotheses/index.html#h3",
        "expect": "confirmed",
        "verdict": "not confirmed",
    }


@pytest.mark.parametrize(
    ("rank", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th")],
)
def test_low_ranks_in_words(rank: int, text: str) -> None:
    assert ordinal(rank) == text


@pytest.mark.parametrize(
    ("rank", "text"), [(21, "21st"), (101, "101st"), (111, "111th"), (1002, "1,002nd")]
)
def test_high_ranks_in_words(rank: int, text: str) -> None:
    assert ordinal(rank) == text
