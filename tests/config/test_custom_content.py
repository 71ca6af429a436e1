"""What is wrong with `site` and `notes` is told with its place, before anything is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from convatlas.config.read import Configuration
from convatlas.errors import ConfigError
from convatlas.model.facts import Layer, NetworkFacts, Preprocessing
from convatlas.opening.configuration import parse
from convatlas.opening.references import unknown_names

MODEL = "models:\n  - name: net\n    source: torchvision/resnet18\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 16"/>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "logo.svg").write_text(SVG)
    (tmp_path / "flat.svg").write_text('<svg viewBox="0 0 24"/>')
    (tmp_path / "html.svg").write_text("<html/>")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (tmp_path / "a.tif").write_bytes(b"II")
    (tmp_path / "latin.md").write_bytes("Über".encode("latin-1"))
    (tmp_path / "plain.md").write_text("Plain.")
    (tmp_path / "outside.png").write_bytes(b"x")
    Image.new("RGB", (30, 20)).save(tmp_path / "more" / "p.png")
    (tmp_path / "more" / "page.md").write_text("![p](p.png) [t](../tour.md#a) [f](atlas:net/l/3)")
    (tmp_path / "tour.md").write_text("[page](more/page.md) [out](https://a.b)")
    return tmp_path


def mistakes(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(MODEL + text, folder / "atlas.yaml", {})
    prefix = f"{folder / 'atlas.yaml'}:"
    return [each.removeprefix(prefix) for each in caught.value.lines]


def test_all_that_is_right_is_taken(folder: Path) -> None:
    text = (
        "notes: {net/conv1/3: edges, net/conv1/4: {remark: 'As [3](atlas:net/conv1/3)'}}\n"
        "site: {url: 'https://a.b/c', logo: logo.svg, footer: '[me](https://me.org)',\n"
        "  extra: [{title: A, file: tour.md}, {title: B, file: ./more/page.md}],\n"
        "  highlights: [net/conv1/3, {filter: net/conv1/4, text: x}]}\n"
    )
    assert parse(MODEL + text, folder / "atlas.yaml", {}).atlas.notes["net/conv1/3"] == "edges"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site: {url: example.org}", "4:13: site.url: 'example.org' is no address of a site; wri"),
        ("site: {url: 'https://'}", "is no address of a site; write https://HOST/"),
        ("site: {url: 'https://a.b/?q=1'}", "is no address of a site"),
        ("site: {url: 'https://[a'}", "is no address of a site"),
        ("site: {logo: none.svg}", "4:14: site.logo: there is no file none.svg"),
        ("site: {logo: a.tif}", "a.tif is no picture that every browser shows; take .svg, .png"),
        ("site: {logo: broken.png}", "site.logo: broken.png is a picture that cannot be read"),
        ("site: {logo: flat.svg}", "flat.svg is an SVG of no size; give it a viewBox"),
        ("site: {logo: html.svg}", "html.svg is no SVG picture"),
        ("site: {logoo: x}", "unknown key 'logoo'; did you mean 'logo'?"),
        ("site: {footer: '[a](tour.md)'}", "stands on pages of all folders"),
        ("site: {footer: '![a](p.png)'}", "cannot stand in a line of text"),
        ("site: {footer: 5}", 'site.footer: expected text, found the number 5; write "5"'),
        ("site: {extra: [{title: A}]}", "4:16: site.extra[0].file: this key is missing"),
        ("site: {extra: [{title: A, file: no.md}]}", "4:33: site.extra[0].file: there is no file"),
        ("site: {extra: [{title: A, file: latin.md}]}", "latin.md is no UTF-8 text"),
        (
            "site: {extra: [{title: A, file: plain.md}, {title: A, file: plain.md}]}",
            "site.extra[1].title: extra[0] has the same title",
        ),
        ("site: {highlights: [conv1]}", "4:21: site.highlights[0]: 'conv1' names no filter; write"),
        ("site: {highlights: [neet/conv1/3]}", "no network is called 'neet'; did you mean 'net'?"),
        ("site: {highlights: [{text: x}]}", "site.highlights[0].filter: this key is missing"),
        ("site: {highlights: [{filter: nett/a/1}]}", "4:30: site.highlights[0].filter: no network"),
        ("notes: {a: x}", "4:9: notes.a: 'a' names no filter; write network/layer/index"),
        ("notes: {nat/conv1/3: x}", "4:9: notes[\"nat/conv1/3\"]: no network is called 'nat'; did"),
        ("notes: {net/conv1/3: {}}", "the note is empty; add `name` or `remark`"),
        ("notes: {net/conv1/3: 5}", "expected text or a mapping, found the number 5"),
        ("notes: {net/conv1/3: {nam: x}}", "unknown key 'nam'; did you mean 'name'?"),
        (
            "notes: {net/conv1/3: a, net/conv1/03: b}",
            "4:25: notes[\"net/conv1/03\"]: 'net/conv1/3'",
        ),
        ("notes: [a]", "notes: expected a mapping, found a list"),
        (
            "notes:\n  net/conv1/3:\n    remark: '[a](b.html)'",
            'notes["net/conv1/3"].remark: the link b.html leads to no page of the site; write',
        ),
        (
            "notes: {net/conv1/3: {remark: '[a](atlas:nut/l/1)'}}",
            "no network is called 'nut'; did you mean 'net'?",
        ),
        (
            "notes: {net/conv1/3: {remark: '[a](atlas:net/l/x)'}}",
            "'net/l/x' names no page; write NETWORK, NETWORK/LAYER or NETWORK/LAYER/INDEX",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(folder: Path, text: str, expected: str) -> None:
    told = mistakes(text, folder)
    assert len(told) == 1
    assert expected in told[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "\n![a](https://x.y/p.png)",
            "bad.md, line 2: the picture https://x.y/p.png is not loaded",
        ),
        ("![a](//x.y/p.png)", "is not loaded from elsewhere"),
        ("![a](data:image/png;base64,AAAA)", "is not loaded from elsewhere"),
        ("![a](../outside.png)", "line 1: the picture ../outside.png lies outside of the page's"),
        ("![a](%2e%2e/outside.png)", "lies outside of the page's folder"),
        ("![a](/etc/hostname.png)", "lies outside of the page's folder"),
        ("![a](gone.png)", "there is no file more/gone.png"),
        ("![a](%00.png)", "there is no file more/"),
        (f"![a]({'long' * 400}.png)", "there is no file more/long"),
        ("![a](page.md)", "is no picture that every browser shows"),
        ("[a](p.png)", "the link p.png leads to no page of the site"),
        ("[a](ftp://x.y)", "the link ftp://x.y leads to no page of the site"),
        ("[a](//x.y/z)", "leads to no page of the site"),
        ("x\n\ny\n[a](atlas:no)", "bad.md, line 4: no network is called 'no'"),
    ],
)
def test_mistakes_in_pages_are_told_with_file_and_line(
    folder: Path, text: str, expected: str
) -> None:
    (folder / "more" / "bad.md").write_text(text)
    told = mistakes("site: {extra: [{title: A, file: more/bad.md}]}", folder)
    assert len(told) == 1
    assert told[0].startswith("4:33: site.extra[0].file: more/bad.md, line ")
    assert expected in told[0]


def test_a_link_out_of_the_folder_is_no_way_out(folder: Path) -> None:
    (folder / "more" / "link.png").symlink_to(folder / "outside.png")
    (folder / "more" / "bad.md").write_text("![a](link.png)")
    told = mistakes("site: {extra: [{title: A, file: more/bad.md}]}", folder)
    assert "lies outside of the page's folder" in told[0]


def facts() -> NetworkFacts:
    ones = (1, 1)
    layer = Layer("conv1", "conv1", "Conv2d", 8, 3, ones, ones, ones, ones, 1, False, "0")
    other = Layer("conv2", "conv2", "Conv2d", 8, 3, ones, ones, ones, ones, 1, False, "0")
    prepared = Preprocessing((8, 8), (8,), 3, (0.0,), (1.0,), "bilinear")
    skipped = (("head", "a convolution of one dimension"),)
    return NetworkFacts("net", "x", "none", 1, prepared, (), (layer, other), skipped, "0")


def unknown(text: str, folder: Path) -> list[str]:
    model = MODEL + "    layers: [conv1]\n    filters: 0-3\n"
    configuration: Configuration = parse(model + text, folder / "atlas.yaml", {})
    return [problem.message for problem in unknown_names(configuration, {"net": facts()})]


def test_names_are_looked_up_once_the_network_is_open(folder: Path) -> None:
    told = unknown(
        "notes: {net/conv1/3: a, net/conv2/9: b, net/convv1/1: c, net/head/1: d}\n"
        "site: {highlights: [net/conv1/3, net/conv2/1, net/conv1/5]}\n",
        folder,
    )
    assert told == [
        "conv2 has filters 0 to 7, and no 9; name one",
        "net has no layer 'convv1'; did you mean 'conv1' or 'conv2'?",
        "net has no layer 'head': a convolution of one dimension",
        "`layers` of net leaves conv2 out; choose it there, too",
        "`filters` of net leaves filter 5 of conv1 out; choose it there, too",
    ]


def test_a_layer_with_a_slash_in_its_name_is_told_as_any_other(folder: Path) -> None:
    told = unknown("notes: {net/features/0/3: a}\n", folder)
    assert told == ["net has no layer 'features/0'; known here: 'conv1', 'conv2'"]


def test_a_note_waits_for_a_filter_that_is_left_out(folder: Path) -> None:
    assert unknown("notes: {net/conv2/1: a, net/conv1/5: b}", folder) == []


def test_links_of_pages_are_looked_up_too(folder: Path) -> None:
    (folder / "page.md").write_text("a\n[b](atlas:net/conv3)\n[c](atlas:net)")
    told = unknown("site: {extra: [{title: A, file: page.md}]}", folder)
    assert told == ["page.md, line 2: net has no layer 'conv3'; did you mean 'conv2' or 'conv1'?"]
