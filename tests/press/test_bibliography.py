"""Works that the book cites: called in the page's language, listed, linked both ways, checked."""

from __future__ import annotations

import json
import re

import pytest

from press.bibliography import citation_labels
from press.book import Choice
from press.building import build
from press.checking import check
from press.errors import BookError
from press.interface import interface
from press.works import Work

WORKS = """\
[resnet]
authors = ["He, Kaiming", "Zhang, Xiangyu", "Ren, Shaoqing", "Sun, Jian"]
title = "Deep Residual Learning"
published = "CVPR"
year = 2016
url = "https://example.org/resnet"

[lstm]
authors = ["Hochreiter, Sepp", "Schmidhuber, Jürgen"]
title = "Long Short-Term Memory"
published = "Neural Computation"
year = 1997
url = "https://example.org/lstm"
"""
LAST = {"en": "The last line prints", "ko": "마지막 줄이", "ja": "最後の行が"}


@pytest.fixture
def citing(sample):
    """The sample book, whose last paragraph cites two works."""
    sample.path("works.toml").write_text(WORKS, encoding="utf-8")
    for code, words in LAST.items():
        gap = "" if code == "ja" else " "
        sample.edit(f"{code}/sums.md", words, f"{{cite}}`lstm, resnet`{gap}{words}")
    return sample


def messages(sample):
    errors = check(sample.book, sample.texts, {})
    return [(error.place.removeprefix("chapters/"), error.message) for error in errors]


def load_errors(sample):
    with pytest.raises(BookError) as caught:
        _ = sample.book
    return str(caught.value).splitlines()


def test_works_are_called_listed_and_linked_in_each_language(citing):
    assert messages(citing) == []
    build(citing.book, Choice(), jobs=2)
    html = citing.book.html_dir
    called = {
        "en": ("(", "Hochreiter and Schmidhuber, 1997", "; ", "He et al., 2016", ")"),
        "ko": ("(", "Hochreiter·Schmidhuber, 1997", "; ", "He 외, 2016", ")"),
        "ja": ("（", "HochreiterとSchmidhuber、1997", "；", "Heほか、2016", "）"),
    }
    for code, parts in called.items():
        text = (html / code / "sums.html").read_text(encoding="utf-8")
        own = re.sub(r"<template.*</template>", "", text, flags=re.DOTALL)
        assert "".join(parts) in re.sub(r"<[^>]+>", "", own)
        assert 'href="bibliography.html#work-lstm"' in own and "bibliography.html" in own
        assert (
            '<div data-for="bibliography.html#work-resnet">\n<p>Kaiming He, Xiangyu Zhang' in text
        )
        listed = (html / code / "bibliography.html").read_text(encoding="utf-8")
        assert listed.index("Kaiming He") < listed.index("Sepp Hochreiter"), "by family name"
        title = '<cite lang="en">Deep Residual Learning</cite>'
        assert f'<a href="https://example.org/resnet">{title}</a>' in listed
        back = re.search(r'<a href="sums.html#([\w-]+)">([^<]+)</a>', listed)
        assert f'id="{back[1]}"' in text and f">{back[2]} <a" in text
        assert 'href="bibliography.html"' in (html / code / "index.html").read_text("utf-8")


def test_search_and_notebooks_know_the_works(citing):
    build(citing.book, Choice(), jobs=2)
    html = citing.book.html_dir
    script = (html / "ko" / "passages.js").read_text(encoding="utf-8")
    chapters = json.loads(script.partition("] = ")[2].rstrip(";\n"))["chapters"]
    [works] = [each for each in chapters if each["file"] == "bibliography.html"]
    entries = works["sections"][0]["passages"]
    assert [entry["anchor"] for entry in entries] == ["work-resnet", "work-lstm"]
    assert "(Hochreiter·Schmidhuber, 1997; He 외, 2016) 마지막 줄이" in script
    notebook = (html / "ja" / "sums.ipynb").read_text(encoding="utf-8")
    assert "；[Heほか、2016](https://example.org/resnet)）" in notebook


def test_a_book_without_works_has_no_bibliography(built):
    assert not any("bibliography" in file for file in built.site())


def test_unknown_work_names_the_nearest(citing):
    citing.edit("ko/sums.md", "{cite}`lstm, resnet`", "{cite}`lstm, resnett`")
    errors = [error for error in check(citing.book, citing.texts, {}) if "names" in error.message]
    [error] = errors
    assert error.place == f"chapters/ko/sums.md:{citing.line('ko/sums.md', 'resnett')}"
    assert error.message == "{cite} names 'resnett', which is not a known work"
    assert error.hint.startswith("Did you mean resnet? ")


def test_each_translation_cites_the_same(citing):
    citing.edit("ja/sums.md", "{cite}`lstm, resnet`", "{cite}`lstm`")
    [(place, message)] = messages(citing)
    assert place == f"ja/sums.md:{citing.line('ja/sums.md', 'lstm')}"
    assert message.startswith("the reference {cite}`resnet` is missing")


def test_work_that_nobody_cites_is_an_error(citing):
    for code in LAST:
        citing.edit(f"{code}/sums.md", "{cite}`lstm, resnet`", "{cite}`resnet`")
    assert messages(citing) == [
        (f"works.toml:{citing.line('works.toml', '[lstm]')}", "no chapter cites the work 'lstm'")
    ]


def test_misspelled_key_is_told_of_where_it_is_cited(citing):
    for code in LAST:
        citing.edit(f"{code}/sums.md", "lstm, resnet", "lstm, resnett")
    line = citing.line("en/sums.md", "resnett")
    assert messages(citing)[0] == (
        f"en/sums.md:{line}",
        "{cite} names 'resnett', which is not a known work",
    )
    assert not [place for place, _ in messages(citing) if "works.toml" in place]


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ('published = "CVPR"\n', "", "[resnet]", "resnet: published is missing, expected a string"),
        ("year = 2016", 'year = "2016"', "year", "resnet: year: found '2016', expected a number"),
        (
            '"https://example.org/resnet"',
            '"resnet"',
            "url",
            "resnet: url: found 'resnet', expected a web",
        ),
        (
            "year = 2016",
            "year = 2016\ndoi = 1",
            "doi",
            "resnet: unknown key 'doi'",
        ),
        ('authors = ["He, Kaiming", ', 'authors = ["", ', "authors", "resnet: authors: found ['',"),
        (
            "year = 2016",
            "year = 20016",
            "year",
            "resnet: year: found 20016, expected a number of four",
        ),
        (
            "published = ",
            "publisher = ",
            "publisher",
            "resnet: unknown key 'publisher'",
        ),
        ("[resnet]", "[ResNet]", "[ResNet]", "ResNet: expected a key of lower-case letters"),
    ],
)
def test_faults_of_a_work_name_it_and_its_line(citing, old, new, key, message):
    citing.edit("works.toml", old, new)
    line = citing.line("works.toml", key)
    error, *hint = load_errors(citing)
    assert error.startswith(f"chapters/works.toml:{line}: {message}")
    assert all(each.startswith("    ") for each in hint)


def test_work_with_the_address_of_another(citing):
    citing.edit("works.toml", '"CVPR"', '"arXiv 1612.03385"')
    citing.edit("works.toml", "example.org/resnet", "arxiv.org/abs/1612.03358")
    message = "resnet: url: found 'https://arxiv.org/abs/1612.03358', expected that of 1612.03385"
    assert load_errors(citing) == [f"chapters/works.toml:6: {message}"]


def test_work_that_appeared_after_its_preprint(citing):
    citing.edit("works.toml", '"CVPR"', '"arXiv 1512.03385, later in CVPR"')
    assert messages(citing) == []


def test_letters_in_works(citing):
    citing.edit("works.toml", "Jürgen", "JÃ¼rgen")
    citing.edit("works.toml", "He, Kaiming", "Hе, Kaiming")
    assert messages(citing) == [
        ("works.toml:1", "in 'Hе', write letters of one alphabet"),
        ("works.toml:8", "in 'Ã¼', write the letters that were meant"),
    ]


def test_works_called_the_same_get_letters():
    def work(key, *authors, year=2020):
        return Work(key, authors, key, "somewhere", year, "https://example.org", 1)

    works = [work("a", "Doe, Jane"), work("b", "Doe, Jane"), work("c", "The Group", year=2019)]
    assert citation_labels(works, interface("en")) == {
        "a": "Doe, 2020a",
        "b": "Doe, 2020b",
        "c": "The Group, 2019",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("year = 1997", "year = 3997", "12: lstm: year: found 3997, expected a number of four"),
        ('"Hochreiter, Sepp"', '"Sepp Hochreiter"', "9: lstm: authors: found 'Sepp Hochreiter'"),
        ('"Schmidhuber, Jürgen"', '"Hochreiter, Sepp"', "9: lstm: authors: 'Hochreiter, Sepp' is"),
        ('Sepp", "Sch', "Sepp and Sch", "9: lstm: authors: found 'Hochreiter, Sepp and Schm"),
        ('"Long Short', '"Long  Short', "10: lstm: title: found 'Long  Short"),
        ('Memory"', '{Memory}"', "10: lstm: title: found 'Long Short-Term {Memory}', expected a"),
        ('Memory"', 'Memory."', "10: lstm: title: found 'Long Short-Term Memory.', expected a"),
        ('"Neural Computation"', '"arXiv 1603.01234"', "12: lstm: year: found 1997, expected 2016"),
        (
            "example.org/lstm",
            "arxiv.org/abs/1603.01234",
            "12: lstm: year: found 1997, expected 2016 or",
        ),
        ('"Long Short-Term Memory"', '"Deep Residual Learning"', "10: lstm: the title is that of"),
        ("org/lstm", "org/resnet", "13: lstm: the url is that of 'resnet', in line 1"),
    ],
)
def test_mistakes_in_works(citing, old, new, message):
    citing.edit("works.toml", old, new)
    assert load_errors(citing)[0].startswith(f"chapters/works.toml:{message}")


def test_group_may_have_no_family_name(citing):
    citing.edit("works.toml", '["Hochreiter, Sepp", "Schmidhuber, Jürgen"]', '["The Group"]')
    assert messages(citing) == []
