"""What the search knows of a book: the words of every passage, in their place, and the terms."""

from __future__ import annotations

import json

import pytest

from press.fragments import Fragments
from press.searching import signs
from press.site import build_site


def shelf(sample, language):
    """Build the sample and return what its search script of a language hands over."""
    build_site(sample.book, sample.texts)
    script = (sample.book.html_dir / language / "passages.js").read_text(encoding="utf-8")
    head, _, packed = script.partition(" = ")
    assert head == f'(self.bookPassages ??= {{}})["{language}"]'
    return json.loads(packed.removesuffix(";\n"))


def words(chapter):
    """Return what each passage of a chapter says, by anchor."""
    return {
        passage["anchor"]: passage.get("title", passage.get("words"))
        for section in chapter["sections"]
        for passage in section["passages"]
    }


def test_every_passage_is_there_with_its_anchor_and_section(sample):
    chapter, glossary = shelf(sample, "ko")["chapters"]
    assert (chapter["file"], chapter["label"], chapter["title"]) == ("sums.html", "1장", "합")
    assert [section["title"] for section in chapter["sections"]] == ["", "평균"]
    page = (sample.book.html_dir / "ko" / "sums.html").read_text(encoding="utf-8")
    assert all(f'id="{anchor}"' in page for anchor in words(chapter))
    page = (sample.book.html_dir / "ko" / "glossary.html").read_text(encoding="utf-8")
    assert all(f'id="{anchor}"' in page for anchor in words(glossary))


def test_words_are_those_that_a_reader_sees(sample):
    said = words(shelf(sample, "ko")["chapters"][0])
    assert said["sums-1"] == (
        "합은 수를 더한 것입니다. 그림 1.1은 더하는 층을 보여 주고, (1.1)은 무엇을 계산하는지 "
        "말해 줍니다."
    )
    assert said["sums-2"] == "항목 하나 two 항목"
    assert said["fig-sum"] == "더하는 층."
    assert said["sums-6"] == "합은 6입니다. NumPy와 평균을 보세요."
    assert said["note-count"] == "개수는 수가 몇 개인지를 말합니다."


def test_formulas_read_as_signs_and_programs_as_they_stand(sample):
    said = words(shelf(sample, "en")["chapters"][0])
    assert said["eq-sum"] == "s=∑_ix_i"
    assert said["sums-5"].startswith("import numpy as np\n\nnumbers = np.arange(4)")


@pytest.mark.parametrize(
    ("tex", "line"),
    [
        ("w^3x", "w^3x"),
        (r"W_{ijk}x_i^2", "W_(ijk)x_i^2"),
        (r"a = \frac{1}{\sqrt{10}}", "a=1/(√10)"),
        (r"\sum_{m=0}^{n-1} e^{-i\varphi}", "∑_(m=0)^(n−1)e^(−iφ)"),
        (r"\exp(x)", "exp(x)"),
        (r"\max_i x_i", "max_ix_i"),
        (r"\mathrm{ReLU}'(x) + f''", "ReLU′(x)+f′′"),
        (r"\hat{y} + \sqrt[3]{x}", "y^+3√x"),
    ],
)
def test_formulas_keep_what_is_high_and_low(tex, line):
    assert signs(tex, Fragments()) == line


def test_japanese_words_keep_together(sample):
    said = words(shelf(sample, "ja")["chapters"][0])
    assert not any(" 、" in text or "層 を" in text for text in said.values())


@pytest.mark.parametrize(
    ("language", "form", "names"),
    [
        ("en", "layer", ["층", "層", "そう", "레이어", "レイヤー"]),
        ("ko", "층", ["layer", "層", "そう", "레이어", "レイヤー"]),
        ("ja", "層", ["layer", "층", "そう", "레이어", "レイヤー"]),
    ],
)
def test_terms_are_known_by_all_their_names(sample, language, form, names):
    assert {"form": form, "names": names} in shelf(sample, language)["terms"]


def test_reading_is_a_name_too(sample):
    sample.edit("terms.toml", 'reading.ja = "そう"', 'reading.ja = "かさね"')
    assert "かさね" in next(t for t in shelf(sample, "ja")["terms"] if t["form"] == "層")["names"]


def test_changed_term_reaches_the_search_of_every_language(sample):
    build_site(sample.book, sample.texts)
    sample.edit("terms.toml", 'wrong.ko = ["레이어"]', 'wrong.ko = ["레이어", "래이어"]')
    written = build_site(sample.book, sample.texts)
    assert written == [f"{code}/passages.js" for code in ("en", "ko", "ja")]
