"""Names of classes are links wherever they have a page."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from convatlas.ui.class_links import class_link, label_links, linked, near_class_link

CAT = "Cat & <mouse>"
PAGE = "net/classes/Cat.html"


def network(name: str = "net", images: str | None = "photos", **pages: str) -> Any:
    return {"name": name, "images": images, **({"class_pages": pages} if pages else {})}


NET = network(**{CAT: PAGE, "crane (134)": "net/classes/crane-134.html"})


def test_a_class_with_a_page_is_a_link_and_any_other_name_is_text() -> None:
    told = '<a href="../net/classes/Cat.html">Cat &amp; &lt;mouse&gt;</a>'
    assert class_link(NET, CAT, "../") == told
    assert class_link(NET, "<dog>", "../") == "&lt;dog&gt;"
    assert class_link(network(), CAT, "../") == "Cat &amp; &lt;mouse&gt;"


def test_beside_a_layer_s_pages_the_same_link_is_shorter() -> None:
    told = "<a href=../classes/Cat.html>Cat &amp; &lt;mouse&gt;</a>"
    assert near_class_link(NET, CAT) == told
    assert near_class_link(NET, "<dog>") == "&lt;dog&gt;"
    assert near_class_link(network(), CAT) == "Cat &amp; &lt;mouse&gt;"


def test_of_two_classes_with_one_name_the_index_tells_which() -> None:
    assert class_link(NET, "crane", "") == "crane"
    assert class_link(NET, "crane", "", 134) == '<a href="net/classes/crane-134.html">crane</a>'
    assert class_link(NET, "crane", "", 517) == "crane"


def test_a_label_leads_to_the_class_of_each_network_that_is_shown_the_set() -> None:
    one, two = network("one", dog="one/classes/dog.html"), network("two", dog="two/classes/d.html")
    apart = network("apart", images="others", dog="apart/classes/dog.html")
    assert label_links([one, apart, NET], "photos", "dog", "../") == (
        '<a href="../one/classes/dog.html">dog</a>'
    )
    assert label_links([one, two], "photos", "dog", "../") == (
        'dog (<a href="../one/classes/dog.html">one</a>, <a href="../two/classes/d.html">two</a>)'
    )
    assert label_links([one, two], "photos", "<cat>", "../") == "&lt;cat&gt;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Best class: dog & co.", 'Best class: <a href="../d.html">dog</a> &amp; co.'),
        ("Dog, its strongest image.", '<a href="../d.html">Dog</a>, its strongest image.'),
        ("<Nothing> is named.", "&lt;Nothing&gt; is named."),
        (Markup("<b>Written</b> by hand."), "<b>Written</b> by hand."),
    ],
)
def test_in_a_sentence_the_name_of_its_class_is_a_link(text: str, expected: str) -> None:
    assert linked(text, network(dog="d.html"), "dog", "../") == expected


def test_a_sentence_that_names_no_class_stays_as_it_is() -> None:
    assert linked("A dog.", network(dog="d.html"), "", "../") == "A dog."
    assert linked("A cat.", network(dog="d.html"), "cat", "../") == "A cat."
