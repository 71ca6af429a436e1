"""The heat over images in a real browser: what it shows, and how it is switched off."""

from __future__ import annotations

import numpy as np
import pytest

from convatlas.lenses.examples.image_crops import VEIL
from support.browsing import Browse, pixels
from support.synthetic import Manifest, Read, set_receptive_fields, synthetic_manifest

pytestmark = pytest.mark.browser

PAGE = "net0/features.1/0.html"


@pytest.fixture(scope="module")
def made() -> tuple[Manifest, Read]:
    """A filter whose strongest image excites it in the middle of the map alone."""
    manifest, read = synthetic_manifest(layers=2, filters=4, images=40, size=(96, 96))
    set_receptive_fields(manifest, 96)
    examples = manifest["networks"][0]["layers"][1]["filters"][0]["examples"]
    for example in examples["top"]:
        example["box"] = [0, 0, 96, 96]
    return manifest, read


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_heat_keeps_what_excites_and_fades_the_rest(browse: Browse, scheme: str) -> None:
    visit = browse(color_scheme=scheme)
    visit.page.goto(PAGE)
    window = visit.page.locator(".tops svg").nth(1)  # a bump at row 11, column 17 of 48
    hot = pixels(window)
    switch = visit.page.get_by_role("checkbox", name="Where it responds")
    assert switch.is_checked()
    switch.press("Space")
    plain = pixels(window)
    assert visit.troubles == []
    height, width, _ = plain.shape
    middle = round(height * 12 / 48), round(width * 18 / 48)
    assert np.abs(hot[middle] - plain[middle]).max() < 16  # the colour is nearly the same
    lower = slice(height // 2, None)
    assert np.abs(hot[lower] - ((1 - VEIL) * plain[lower] + VEIL * 127.5)).mean() < 4


def test_the_switch_reaches_every_image_of_the_page(browse: Browse) -> None:
    visit = browse(java_script_enabled=False)
    visit.page.goto(PAGE)
    heat = visit.page.locator('.tops use[href="#heat"]')
    assert heat.count() == 12
    seen = [heat.nth(place).is_visible() for place in range(12)]
    visit.page.get_by_label("Where it responds").click()
    assert seen == [True] * 12
    assert not any(heat.nth(place).is_visible() for place in range(12))
