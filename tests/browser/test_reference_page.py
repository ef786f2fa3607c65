"""The API reference as readers use it: found by a name's search, read in parts, in any language."""

from __future__ import annotations

import pytest
from built import CHAPTER, LANGUAGES, until


@pytest.mark.parametrize("language", LANGUAGES)
def test_name_is_found_and_read(visit, language):
    page = visit(f"{language}/{CHAPTER}.html").page
    page.locator(".open-search").click()
    until(page, "() => Boolean(window.bookSearch)")
    page.locator("#search input").fill("LayerNorm")
    page.locator('#search a[href$="reference.html#nn.LayerNorm"]').click()
    page.wait_for_url(f"**/{language}/reference.html#nn.LayerNorm")
    entry = page.locator('[id="nn.LayerNorm"]')
    top = entry.locator("h3").bounding_box()["y"]
    assert 0 < top < 300, "the entry stands at the top of the window"
    assert entry.locator("h3").inner_text() == "nn.LayerNorm"
    assert entry.locator("dl").first.get_attribute("lang") == "en"
    until(
        page,
        """() => document.querySelector('.on-page a[aria-current]')?.hash === '#nn.LayerNorm'""",
    )
