"""An image's page: the filters that show it, layer by layer; and the wall of its set."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convatlas.site.pages import pages
from convatlas.ui.filter_tiles import KINDS, MOST, OPEN, PAGE, Tiles
from convatlas.ui.paging import WALL
from support.markup import written
from support.synthetic import synthetic_manifest


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return synthetic_manifest(networks=2, layers=4, filters=16, images=40)[0]


@pytest.fixture(scope="module")
def site(manifest: dict[str, Any]) -> dict[str, str]:
    return rendered(manifest)


def rendered(manifest: dict[str, Any]) -> dict[str, str]:
    return {path: written(data) for path, data in pages(manifest) if path.endswith(".html")}


def images(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return list(manifest["image_sets"][0]["images"].values())


def walls(page: str, kind: str) -> list[str]:
    """The walls of an image's page that have filters of one kind, one a layer; or their names."""
    told = rf"{KINDS[kind]} [\d,]+ filters?[^<]*</(?:p|summary)>"
    wall = r'\s*<(div|p) class="(?:wall small|names)">(.*?)</\1>'
    return [found for _, found in re.findall(told + wall, page, re.DOTALL)]


def linked(text: str) -> list[str]:
    return re.findall(r'href="\.\./\.\./(net\d/[^"]+/\d+\.html)"', text)


def live(entries: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [entry for entry in entries if entry["kind"] == kind and entry["index"] % 8 != 3]


def told(entries: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """A filter's strongest or lowest image is not told as a step of its range as well."""
    other = {entry["href"] for entry in entries if entry["kind"] != "range"}
    return [entry for entry in live(entries, kind) if kind != "range" or entry["href"] not in other]


@pytest.mark.parametrize("kind", KINDS)
def test_the_live_filters_that_show_an_image_are_there_by_why(
    manifest: dict[str, Any], site: dict[str, str], kind: str
) -> None:
    shown = set()
    for image in images(manifest):
        links = linked("".join(walls(site[f"images/photos/{image['id']}.html"], kind)))
        assert set(links) == {entry["href"] for entry in told(image["excites"], kind)}
        assert len(links) == len(set(links))
        shown |= set(links)
    assert shown


def test_layers_stand_in_the_order_of_the_networks_and_in_the_contents(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    order = [layer["href"] for net in manifest["networks"] for layer in net["layers"]]
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        layers = re.findall(r'<section id="([^"]+)">', page)
        places = [order.index(f"{layer}/index.html") for layer in layers]
        assert places == sorted(places)
        contents = re.findall(r'<li><a href="#([^"]+)">[^/]*/[^/]*</span>(?: <b>(\d+)</b>)?', page)
        assert [layer for layer, _ in contents] == layers
        assert "0" not in {count for _, count in contents}
        most = live(image["excites"], "top")
        assert sum(int(count or 0) for _, count in contents) == len(most)
        assert f"the strongest images of {len(most)} filter" in page or not most
        assert 'class="mono">net0 / features.0<' in page or "net0/features.0" not in layers


def test_filters_of_a_layer_are_told_with_their_responses_the_strongest_first(
    site: dict[str, str], manifest: dict[str, Any]
) -> None:
    several = 0
    for image in images(manifest):
        for kind in KINDS:
            for wall in walls(site[f"images/photos/{image['id']}.html"], kind):
                told = re.findall(r">\d+: ([^<]+)</", wall)
                sizes = [abs(float(text.replace("−", "-"))) for text in told]
                assert sizes == sorted(sizes, reverse=True)
                assert wall.count("<a ") == len(told)
                several += len(told) > 1
    assert several


def test_what_was_drawn_at_random_every_filter_shows_and_is_told_once(
    manifest: dict[str, Any], site: dict[str, str]
) -> None:
    drawn = [image for image in images(manifest) if image["drawn"]]
    assert len(drawn) == 3
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        assert ("It was drawn at random: every filter shows it" in page) == image["drawn"]


def test_the_highest_of_a_range_is_not_told_twice(manifest: dict[str, Any]) -> None:
    filter = manifest["networks"][0]["layers"][0]["filters"][0]
    highest = filter["examples"]["range"][0]["image"]
    image = manifest["image_sets"][0]["images"][highest]
    kinds = [e["kind"] for e in image["excites"] if e["href"] == "net0/features.0/0.html"]
    assert kinds == ["top"]


def test_many_weaker_filters_are_named_on_demand() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=320, images=40, made=8)
    site = rendered(manifest)
    folded = []
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        assert "<summary>among the strongest" not in page
        many = len(live(image["excites"], "lowest")) > OPEN
        asked = "<summary>among the lowest" in page
        assert asked == many
        assert not asked or "<img" not in walls(page, "lowest")[0]
        folded.append(many)
    assert any(folded)
    assert not all(folded)


def test_of_very_many_filters_of_a_layer_the_strongest_are_shown() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=200, images=9, made=8)
    image = images(manifest)[0]
    page = rendered(manifest)[f"images/photos/{image['id']}.html"]
    entries = live(image["excites"], "top")
    links = linked("".join(walls(page, "top")))
    assert len(links) == MOST < len(entries)
    assert f"{len(entries)} filters; here the {MOST} that answer most" in page
    shown = {entry["href"]: abs(entry["response"]) for entry in entries}
    least = min(shown[href] for href in links)
    assert all(value <= least for href, value in shown.items() if href not in links)


def test_a_page_of_many_layers_shows_fewer_filters_of_each() -> None:
    manifest, _ = synthetic_manifest(layers=60, filters=24, images=9, made=8)
    tiles = Tiles(manifest["networks"], lambda *_: "tile")  # type: ignore[arg-type]
    most = max(images(manifest), key=lambda image: len(image["excites"]))
    groups = tiles.groups(most)
    shown = sum(row.shown for group in groups for row in group.rows)
    every = sum(row.count for group in groups for row in group.rows)
    assert shown <= PAGE < every
    assert all(row.shown for group in groups for row in group.rows)


def test_an_image_that_excites_nothing_says_so() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=1, images=40)
    site = rendered(manifest)
    image = next(image for image in images(manifest) if not live(image["excites"], "top"))
    page = site[f"images/photos/{image['id']}.html"]
    assert "No filter counts it among its strongest images." in page


def test_images_of_one_label_stand_together(site: dict[str, str]) -> None:
    wall = site["images/photos/index.html"]
    labels = re.findall(r"<h2>([^<]+) <span", wall)
    assert labels == [
        *("&lt;beagle&gt; &amp; co", "bannister", "cassette", "remote control"),
        "without a label",
    ]
    first = re.search(r"<section>.*?</section>", wall, re.DOTALL)
    assert first is not None
    links = re.findall(r'<a href="(\w+)\.html">', first[0])
    assert re.findall(r'rel="next" href="(\w+)\.html"', site[f"images/photos/{links[0]}.html"]) == [
        links[1]
    ]


def test_where_labels_do_not_repeat_there_is_one_wall_with_them() -> None:
    labels = tuple(f"kind {number:02}" for number in range(20))
    manifest, _ = synthetic_manifest(layers=1, filters=16, images=20, labels=labels)
    wall = rendered(manifest)["images/photos/index.html"]
    assert "<section>" not in wall
    told = re.findall(r"<figcaption>(kind \d+)</figcaption>", wall)
    assert told == sorted(told)
    assert len(told) > 10


def test_a_set_of_many_images_is_split_over_pages_that_each_landmark_tells_apart() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=2, images=WALL + 40, top=1)
    site = rendered(manifest)
    walls = [site["images/photos/index.html"], site["images/photos/index-2.html"]]
    links = [re.findall(r'<a href="([^"/]+)\.html"><img', page) for page in walls]
    assert [len(ids) for ids in links] == [WALL, 40]
    assert {*links[0], *links[1]} == {image["id"] for image in images(manifest)}
    for page in walls:
        names = re.findall(r'<nav [^>]*aria-label="([^"]+)"', page)
        assert "Pages" in names
        assert len(names) == len(set(names))


def test_pages_of_a_set_are_named_by_their_labels_and_a_label_counts_all_its_images() -> None:
    manifest, _ = synthetic_manifest(layers=1, filters=2, images=WALL + 40, top=1)
    for image in images(manifest):
        image["label"] = "Zebra" if int(image["id"], 16) % 2 else "ape"
    site = rendered(manifest)
    apes = sum(image["label"] == "ape" for image in images(manifest))
    first, last = (site[f"images/photos/index{number}.html"] for number in ("", "-2"))
    names = re.findall(r'<a href="index[^>]*>([^<]+)</a>', first)
    assert names == ["ape – Zebra", "Zebra – Zebra"] * 2
    zebras = WALL + 40 - apes
    assert f'<h2>ape <span class="note">{apes} images</span></h2>' in first
    assert f'<h2>Zebra <span class="note">{WALL - apes} of {zebras} images</span></h2>' in first
    assert f'<h2>Zebra <span class="note">40 of {zebras} images</span></h2>' in last


def test_a_sprite_is_on_a_page_once_and_its_tiles_refer_to_it() -> None:
    """Where no pictures are optimised, tiles are parts of sprites."""
    manifest, _ = synthetic_manifest(layers=3, filters=16, images=12, sprites=True)
    for layer in manifest["networks"][0]["layers"]:
        for filter in layer["filters"]:
            filter["maximize"] = None
    site, shared = rendered(manifest), 0
    link = r'<a href="\.\./\.\./(net0/[^/]+)/\d+\.html">'
    tile = link + r'<svg viewBox="[^"]+" role="none">(<[^>]+/>)</svg>'
    for image in images(manifest):
        page = site[f"images/photos/{image['id']}.html"]
        assert "&lt;" not in page.partition("<main")[2].replace("&lt;beagle", "")
        sprites = re.findall(r'<image id="(s\d+)" href="\.\./\.\./([^"]+)"/>', page)
        assert len(dict(sprites)) == len({file for _, file in sprites}) == len(sprites)
        for layer, drawn in re.findall(tile, page):
            own = re.fullmatch(r'<(?:image id="|use href="#)(s\d+)".*', drawn)
            assert own, drawn
            assert dict(sprites)[own[1]].startswith(f"{layer}/sprite-examples-")
            shared += drawn.startswith("<use")
    assert shared > 20
