"""Drawings are published only if nothing in them can run or load something from elsewhere."""

from __future__ import annotations

import io

import pytest

from convatlas.config.svg import drawing_size

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 24 16">'
)


def drawing(content: str = "", before: str = "") -> bytes:
    return f"{before}{HEAD}{content}</svg>".encode()


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="48px" height="12" viewBox="0 0 4 1"', (48, 12)),
        ('width="100%" height="100%" viewBox="0,0,24.4 16"', (24, 16)),
        ('width="1e2" height="3" viewBox="0 0 7 8"', (7, 8)),
    ],
)
def test_the_size_is_the_width_and_height_or_the_view_box(
    attributes: str, size: tuple[int, int]
) -> None:
    assert drawing_size(f"<svg {attributes}/>".encode()) == size


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'viewBox="0 0 24"',
        'viewBox="0 0 inf inf"',
        'viewBox="0 0 nan 5"',
        'viewBox="0 0 1e999 5"',
        f'width="{"9" * 400}" height="5"',
        f'viewBox="0 0 5 {"9" * 5000}"',
        'width="0" height="5"',
        'width="100001" height="5"',
    ],
)
def test_a_size_that_no_page_can_show_is_refused(attributes: str) -> None:
    with pytest.raises(ValueError, match=r"is an SVG of (no size; give it|more than 100,000 pix)"):
        drawing_size(f"<svg {attributes}/>".encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg",
        b"\xff\xfe<svg/>",
        b'<?xml version="1.0" encoding="no-such"?><svg viewBox="0 0 1 1"/>',
        b'<?xml version="1.0" encoding="utf-7"?><svg viewBox="0 0 1 1"/>',
        b'<?xml version="1.0" encoding="shift_jis"?><svg viewBox="0 0 1 1"/>',
        b'<?xml version="1.0" encoding="base64"?><svg viewBox="0 0 1 1"/>',
        b'<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]><svg viewBox="0 0 1 1">&a;</svg>',
        b"<svg>" * 100_000,
    ],
)
def test_what_cannot_be_parsed_is_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match="is an SVG that cannot be read; save it again"):
        drawing_size(data)


def test_entities_do_not_multiply_without_end() -> None:
    entities = ['<!ENTITY a0 "xxxxxxxxxx">']
    entities += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    laughs = drawing("<text>&a11;</text>", f"<!DOCTYPE svg [{''.join(entities)}]>")
    with pytest.raises(ValueError, match="cannot be read"):
        drawing_size(laughs)


RUNS = [
    "<script>alert(1)</script>",
    '<script href="https://a.b/c.js"/>',
    "<g><script/></g>",
    '<s:script xmlns:s="http://www.w3.org/2000/svg">x</s:script>',
    '<script xmlns="http://www.w3.org/1999/xhtml">x</script>',
    '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
    '<b xmlns="http://www.w3.org/1999/xhtml">x</b>',
    '<maction xmlns="http://www.w3.org/1998/Math/MathML"/>',
    '<handler type="text/javascript">x</handler>',
    '<rect onclick="alert(1)"/>',
    '<rect onload="alert(1)"/>',
    '<rect ONLOAD="alert(1)"/>',
    '<a href="javascript:alert(1)"><text>x</text></a>',
    '<a xlink:href=" java&#10;script:alert(1)"><text>x</text></a>',
    '<a href="data:text/html,x"/>',
    '<a><set attributeName="href" to="javascript:alert(1)"/></a>',
    '<a><animate attributeName="xlink:href" values="javascript:alert(1)"/></a>',
    '<set attributeName="onclick" to="alert(1)"/>',
    '<iframe src="#"/>',
]
LOADS = [
    '<image href="https://a.b/c.png"/>',
    '<image xlink:href="//a.b/c.png"/>',
    '<image href="photo.png"/>',
    '<image href="data:image/svg+xml,x"/>',
    '<use href="other.svg#a"/>',
    '<use href="data:image/svg+xml;base64,AA#a"/>',
    '<rect fill="url(https://a.b/c)"/>',
    "<rect style=\"fill: url( 'https://a.b/c' )\"/>",
    '<rect style="fill: u\\72l(//a.b)"/>',
    "<style>@import 'https://a.b/c.css';</style>",
    "<style>@\\69mport '//a.b/c.css';</style>",
    "<style>a { background: image-set('https://a.b/c' 1x) }</style>",
    "<style>@font-face { src: url(https://a.b/c.woff) }</style>",
]


@pytest.mark.parametrize("content", [*RUNS, *LOADS])
def test_what_runs_or_loads_is_refused(content: str) -> None:
    for data in (drawing(content), drawing(f"<g>{content}</g>").decode().encode("utf-16")):
        with pytest.raises(ValueError, match="without it, or as PNG") as caught:
            drawing_size(data)
        assert len(str(caught.value)) < 300


def test_what_an_entity_stands_for_is_seen() -> None:
    hidden = '<!DOCTYPE svg [<!ENTITY x "&#60;script>alert(1)&#60;/script>">]>'
    with pytest.raises(ValueError, match="<script>"):
        drawing_size(drawing("&x;", hidden))


def test_a_style_sheet_from_elsewhere_is_refused() -> None:
    for about in ('href="a.css"', 'type="text/xsl" href="#"'):
        before = f"<?xml-stylesheet {about}?>"
        with pytest.raises(ValueError, match="loads a style sheet"):
            drawing_size(drawing(before=before))


@pytest.mark.parametrize(
    "content",
    [
        "<title>on and on: url(x)</title>",
        '<a href="https://a.b/c"><text>x</text></a>',
        '<a xlink:href="#top"/>',
        '<use xlink:href="#a"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<rect fill="url(#gradient)" style="stroke: url(\'#other\')"/>',
        "<style>text { fill: #fff } /* @media */</style>",
        "<style>@font-face { src: url(data:font/woff2;base64,AA) }</style>",
        '<animate attributeName="fill" values="red;blue"/>',
        '<m:metadata xmlns:m="https://a.b/c" m:resource="https://a.b/c" m:onclick="x"/>',
        '<rect onward="x"/>'.replace("onward", "data-on"),
    ],
)
def test_what_does_neither_is_published(content: str) -> None:
    assert drawing_size(drawing(content)) == (24, 16)


def test_a_drawing_of_matplotlib_is_published() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([0, 1], [1, 0], label="$x^2$")
    axes.imshow([[0, 1], [1, 0]])
    axes.legend()
    data = io.BytesIO()
    figure.savefig(data, format="svg")
    assert drawing_size(data.getvalue()) == (216, 144)


def test_a_drawing_may_be_nested_deeply() -> None:
    assert drawing_size(drawing("<g>" * 50_000 + "</g>" * 50_000)) == (24, 16)
