"""What the sections of filter pages take, and the keys of ``layer.json``."""

from __future__ import annotations

from pathlib import Path

from convatlas.site.check.sections import of_data, of_page

PAGE = """<head></head><div><section class="made" id="made">\N{MULTIPLICATION SIGN}</section>
<section id="classes"></section></div>"""


def test_bytes_are_counted_by_section_and_outside_of_all() -> None:
    made, classes = (
        '<section class="made" id="made">xx</section>',
        '<section id="classes"></section>',
    )
    assert of_page(PAGE) == {
        "made": len(made),
        "classes": len(classes),
        "frame": len("<head></head><div>\n</div>"),
    }


def test_the_same_section_of_several_filters_is_one() -> None:
    sections = "".join(f'<section id="{index}-made">{index}</section>' for index in (8, 9))
    assert of_page(sections) == {"made": len(sections), "frame": 0}


def test_a_section_without_an_end_takes_the_rest() -> None:
    text = 'a<section id="made">'
    assert of_page(text) == {"made": len(text) - 1, "frame": 1}


def test_data_is_counted_by_key_in_all_layers(tmp_path: Path) -> None:
    files = {
        "net/a/layer.json": '{"count": 2, "filters": {"index": [0, 1], "dead": {"all": null}}}',
        "net/b/layer.json": '{"count": 1, "filters": {"index": {"all": 0}}}',
        "net/c/layer.json": '{"filters": [{"index": 0}]}',
        "net/d/layer.json": "{",
        "net/a/other.json": '{"filters": {"index": 3}}',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert of_data(tmp_path, files) == {"index": len("[0,1]") + len('{"all":0}'), "dead": 12}
