"""The book's own files: what they give, and what is said about each mistake in them."""

from __future__ import annotations

import re
import shutil
import unicodedata

import pytest

from press.book import Book
from press.errors import BookError, BookErrors, raise_all
from press.inventory import check_files


def test_book_gives_what_its_files_say(sample):
    book = sample.book
    assert book.source == "en"
    assert list(book.languages) == ["en", "ko", "ja"]
    assert book.chapters == ("sums",)
    assert book.title["ko"] == "견본"
    assert book.cell_timeout == 30
    assert book.terms[0].forms == {"en": "layer", "ko": "층", "ja": "層"}
    assert book.terms[0].wrong == {"en": (), "ko": ("레이어",), "ja": ("レイヤー",)}
    assert book.text_path("ko", "sums") == sample.root / "chapters" / "ko" / "sums.md"


def test_book_is_found_from_any_folder_inside(sample):
    assert Book.load(sample.root / "chapters" / "ko").root == sample.root


def test_no_book(tmp_path):
    with pytest.raises(BookError, match=r"no book at or above .*book\.toml"):
        Book.load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("cell_timeout = 30", "cell_timeout = ", 3, "invalid TOML"),
        ("cell_timeout = 30", 'cell_timeout = "long"', 3, "a positive number of seconds"),
        ("cell_timeout = 30", 'cell_timeout = 30\naddress = "me.org"', 4, "the site is published"),
        ('ko = "한국어"\n', 'ko = ""\n', 5, "a table of language codes and their names"),
        ('ja = "見本"\n', "", 10, "text in every language: en, ko, ja"),
        ('["sums"]', '["sums", "sums"]', 21, "each chapter once"),
        ('["sums"]', '["Sums!"]', 21, "lower-case letters, digits and hyphens"),
        ('title.ja = "数"\n', "", 22, "a part: title: found"),
        ('["sums"]', "[]", 21, "the chapters of the part, or no such part"),
        ('en = "Sample"', "en = “Sample”", 11, "invalid TOML"),
        ('["sums"]', '["index"]', 21, "the book has a page of this name"),
        ('title.ja = "数"', 'title.ja = "数"\ncolor = 1', 25, "a part: unknown key 'color'"),
        ("chapters = [", "chapter = [", 21, "Did you mean chapters? The keys are title, chapters."),
        ('title.ja = "数"', 'title.ja = "数"\ntitle.fr = "N"', 22, "only the languages en, ko, ja"),
        (
            'title.ja = "数"',
            'title.ja = "数"\n[[parts]]\nchapters = ["x"]\n'
            'title.en = "x"\ntitle.ko = "x"\ntitle.ja = "数"',
            29,
            "a part: title.ja: found '数', expected one of its own",
        ),
        ("cell_timeout", "adress = 1\ncell_timeout", 3, "Did you mean address? The keys are title"),
        ("cell_timeout = 30", "cell_timeout = nan", 3, "a positive number of seconds"),
        ("cell_timeout", 'reference = ["a", "a"]\ncell_timeout', 3, "expected each module once"),
        ("cell_timeout = 30", "cell_time_out = 30", 3, "unknown key 'cell_time_out'"),
        ('["sums"]', f"[{'9' * 99}]", 21, f"chapters: found [{'9' * 79}…, expected a list of"),
        ("[languages]", "[term]\n[languages]", 5, "unknown key 'term'"),
        ('ja = "日本語"', 'ja = "日本語"\n"../x" = "X"', 9, "a language code"),
    ],
)
def test_mistakes_in_book_toml(sample, old, new, place, message):
    sample.edit("book.toml", old, new)
    with pytest.raises(BookError) as raised:
        Book.load(sample.root)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"chapters/book.toml:{place}: ")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('ko = "층"\n', "", 1, "layer: expected the term as text in every language"),
        ('ko = "층"\n', 'ko = ""\n', 3, "layer: expected the term as text in every language"),
        (
            'wrong.ko = ["레이어"]',
            'wrong.ko = ["층"]',
            5,
            "'층' is listed as right and as wrong",
        ),
        (
            'wrong.ko = ["레이어"]',
            'wrong.ko = ["레이어"]\nother.ko = ["레이어"]',
            6,
            "'레이어' is listed as wrong and as other in ko",
        ),
        ('wrong.ko = ["레이어"]', 'wrong.de = ["Schicht"]', 5, "unknown language 'de'"),
        (
            'wrong.ko = ["레이어"]',
            'worng.ko = ["레이어"]',
            5,
            "unknown key 'worng'\n    Did you mean wrong?",
        ),
        ('definition.ko = "배열을 다루는 함수."\n', "", 7, "expected its definition"),
        (
            "definition.ko",
            "definition.fr",
            8,
            "definition for the unknown language 'fr'; the",
        ),
        ('reading.ja = "そう"', "reading.ja = 1", 10, "expected its reading as text"),
        ('reading.ja = "そう"', 'reading.ja = "層"', 10, "found the reading '層', expected"),
        ('reading.ja = "そう"', 'reading.ja = "そうきょくせんかんすう"', 10, "expected that of 層"),
        (
            'ja = "辞書"',
            'ja = "辞書クラス"',
            30,
            "found the reading 'じしょ', expected that of 辞書",
        ),
        ('reading.ja = "そう"\n', "", 4, "expected its reading too, in hiragana"),
        ('en = "layer"', 'en = "lay\u2060er"', 2, "the invisible character U+2060 (WORD JOINER)"),
        ('wrong.ko = ["매개변수"]', 'wrong.ko = "매개변수"', 16, "as a list of texts"),
        ('en = "dictionary"', "en = dictionary", 23, "invalid TOML"),
        ('en = "dictionary"', 'en = "layer"', 23, "the term is already defined in line 1"),
        ('ko = "딕셔너리"', 'ko = "층"', 24, "'층' is also the ko term in line 1; write another"),
        ("키로 값을 찾는 자료.", "배열을 다루는 함수.", 28, "line 1 has the same definition.ko"),
        ('wrong.ko = ["레이어"]\nwrong.ja = ["レイヤー"]', "wrong = []", 5, "by language"),
        ('wrong.ko = ["레이어"]', 'other.ko = "플레이어"', 5, "its other forms in ko as a list"),
        ('wrong.ko = ["레이어"]', 'wrong.ko = [" "]', 5, "as a list of texts"),
        ("[[term]]", "terms = 1\n[[term]]", 1, "unknown key 'terms'"),
        ('wrong.ko = ["매개변수"]', 'wrong.ko = ["층"]', 16, "as wrong, but as right for layer"),
    ],
)
def test_mistakes_in_terms_toml(sample, old, new, line, message):
    sample.edit("terms.toml", old, new)
    with pytest.raises(BookError) as raised:
        Book.load(sample.root)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"chapters/terms.toml:{line}: ")


def test_number_too_long_for_python(sample):
    sample.edit("terms.toml", '"layer"', "9" * 5000)
    with pytest.raises(BookError, match="invalid TOML: Exceeds the limit"):
        Book.load(sample.root)


def test_listed_chapter_without_file(sample):
    sample.path("ja/sums.md").unlink()
    (error,) = check_files(sample.book)
    assert error.place == "chapters/book.toml:21"
    assert error.message == 'chapter "sums" is listed, but there is no chapters/ja/sums.md'
    assert error.hint.endswith("run: press build --lang en --chapter sums")


def test_language_without_a_folder_is_told_once(sample):
    shutil.move(sample.path("ja"), sample.path("jp"))
    folderless, unknown = check_files(sample.book)[::-1]
    message = "ja is a language of the book, but there is no folder chapters/ja"
    assert folderless.message == message
    assert folderless.line == sample.line("book.toml", "ja = ")
    assert unknown.message == "jp is not a language of the book"


def test_folder_of_another_language_is_told_once(sample):
    sample.edit("book.toml", '"sums"', '"sums", "more"')
    for code in ("en", "ko", "ja"):
        text = sample.path(f"{code}/sums.md").read_text(encoding="utf-8")
        text = re.sub(
            r"\b(sums|means|fig-sum|eq-sum)(?=[)`]|$)", r"\1-too", text, flags=re.MULTILINE
        )
        sample.path(f"{code}/more.md").write_text(text, encoding="utf-8")
        words = {"en": "More sums.", "ko": "합을 더 구하는 방법.", "ja": "さらに和を求める方法。"}
        sample.edit(f"{code}/more.md", sample.text(code).description, words[code])
    assert sample.press("check").returncode == 0
    shutil.rmtree(sample.path("ja"))
    sample.path("ja").symlink_to("ko")
    said = sample.press("check").stderr.splitlines()
    assert "chapters/ja/more.md:16: most of the text is not in ja: " in said[0]
    assert said[-1].strip() == "The same in chapters/ja/sums.md:16."


def test_folder_in_place_of_a_chapter(sample):
    sample.path("ja/sums.md").unlink()
    sample.path("ja/sums.md").mkdir()
    (error,) = check_files(sample.book)
    assert error.message.endswith("no chapters/ja/sums.md, or what is there is not a file")


@pytest.mark.parametrize("code", ["ko", "ja"])
def test_translation_listed_as_the_source(sample, code):
    sample.path("synced").mkdir()
    for language in ("ko", "ja"):
        sample.path(f"synced/{language}.toml").write_text("", encoding="utf-8")
    assert check_files(sample.book) == []
    name = f'{code} = "{sample.book.languages[code]}"\n'
    sample.edit("book.toml", name, "")
    sample.edit("book.toml", "[languages]\n", f"[languages]\n{name}")
    (error,) = check_files(sample.book)
    assert error.place == f"chapters/book.toml:{sample.line('book.toml', name.strip())}"
    assert error.message.endswith(f"but chapters/synced/{code}.toml records it as a translation")


def test_chapter_under_another_name(sample):
    for code in ("en", "ko", "ja"):
        sample.path(f"{code}/sums.md").rename(sample.path(f"{code}/sum.md"))
    (error,) = check_files(sample.book)
    assert error.place == "chapters/book.toml:21"
    assert error.hint.startswith(
        "chapters/en/sum.md is there; rename one. Write chapters/en/sums.md"
    )


def test_chapter_in_capitals(sample):
    sample.path("ko/sums.md").rename(sample.path("ko/SUMS.md"))
    (error,) = check_files(sample.book)
    assert error.hint.startswith("chapters/ko/SUMS.md is there; rename one. Write chapters/ko/sums")


def test_two_terms_may_be_one_word_for_a_reason(sample):
    sample.edit("terms.toml", 'ja = "辞書"', 'ja = "層"\nreason = "practitioners say so"')
    assert len(sample.book.terms) == 3


def test_files_that_nothing_reads_are_told_once_a_folder(sample):
    for name in (".DS_Store", "en/sums.md~", "ko/.#sums.md", "README.md", "synced/ko.toml"):
        sample.path(name).parent.mkdir(exist_ok=True)
        sample.path(name).write_text("", encoding="utf-8")
    assert check_files(sample.book) == []
    strays = ("figures/photo.png", "figures/old.jpg", "en/sums.md.orig", "synced/fr.toml", "x.txt")
    for name in strays:
        sample.path(name).write_text("x", encoding="utf-8")
    sample.path("figures/old.svg").symlink_to("nothing")
    assert {str(error).splitlines()[0] for error in check_files(sample.book)} == {
        "chapters/en/sums.md.orig: this file is no part of the book",
        "chapters/figures/old.jpg: this file and 2 more beside it are no part of the book",
        "chapters/synced/fr.toml: this file is no part of the book",
        "chapters/x.txt: this file is no part of the book",
    }


def test_file_of_no_language(sample):
    sample.path("fr").mkdir()
    sample.path("fr/sums.md").write_text("# Sommes\n", encoding="utf-8")
    (error,) = check_files(sample.book)
    assert str(error).startswith("chapters/fr/sums.md:1: fr is not a language of the book")


def test_a_language_that_the_book_has_not_is_told_once(sample):
    sample.edit("book.toml", 'ja = "日本語"\n', "")
    with pytest.raises(BookError, match=r"toml:21: a part: title: found 'ja', expected only"):
        Book.load(sample.root)


def test_an_unknown_key_of_terms_is_told_once(sample):
    for old in ('en = "layer"', 'en = "parameter"'):
        sample.edit("terms.toml", old, f'{old}\nfr = "x"')
    with pytest.raises(BookError, match=r"terms.toml:3: layer: unknown key 'fr'"):
        Book.load(sample.root)


def test_a_term_may_be_called_an_unknown_key(sample):
    for old in ('en = "layer"', 'en = "parameter"'):
        sample.edit("terms.toml", old, f'en = "unknown key: {old[6]}"')
    for form in ("층", "파라미터"):
        sample.edit("terms.toml", f'ko = "{form}"', 'ko = ""')
    with pytest.raises(BookErrors) as raised:
        Book.load(sample.root)
    assert len(raised.value.errors) == 2


def test_terms_written_in_parts_are_read_as_whole_ones(sample):
    source = sample.path("terms.toml").read_text(encoding="utf-8")
    parts = unicodedata.normalize("NFD", source)
    sample.path("terms.toml").write_text(parts, encoding="utf-8")
    assert parts != source and sample.book.terms[0].forms["ko"] == "층"


def test_file_that_is_not_listed(sample):
    sample.path("ko/extra.md").write_text("---\n---\n", encoding="utf-8")
    (error,) = check_files(sample.book)
    assert str(error).startswith('chapters/ko/extra.md:1: chapter "extra" is not listed')


def test_several_errors_come_in_the_order_of_files_and_lines(sample):
    ko, ja = sample.path("ko/sums.md"), sample.path("ja/sums.md")
    errors = [
        BookError("c", path=ko, line=10),
        BookError("b", path=ko, line=9, hint="do\nthis"),
        BookError("a", path=ja, line=30),
    ]
    with pytest.raises(BookErrors) as raised:
        raise_all(errors)
    assert str(raised.value).splitlines() == [
        "chapters/ja/sums.md:30: a",
        "chapters/ko/sums.md:9: b",
        "    do",
        "    this",
        "chapters/ko/sums.md:10: c",
    ]


def test_one_error_is_raised_as_it_is():
    error = BookError("alone")
    with pytest.raises(BookError) as raised:
        raise_all([error])
    assert raised.value is error
    raise_all([])


def test_preface_comes_first_and_has_no_number(sample):
    assert sample.book.number("sums") == 1
    sample.path("en/index.md").write_text("# Preface\n")
    assert sample.book.chapters == ("index", "sums")
    assert [sample.book.number(slug) for slug in ("index", "sums")] == [0, 1]
    [error] = check_files(sample.book, ["en", "ko"])
    assert str(error).startswith(
        "chapters/en/index.md:1: the preface is in en, but there is no chapters/ko/index.md"
    )


def test_preface_without_its_source(sample):
    sample.path("ko/index.md").write_text("# 머리말\n")
    [error] = check_files(sample.book)
    assert str(error).startswith("chapters/ko/index.md:1: this preface should be a translation of")


@pytest.mark.parametrize(
    "address",
    [
        'https://me.org/"x',
        "https://me.org/<b>",
        "https://me.org/a?b",
        "https://me org",
        "https:///book",
        "https://",
        "ftp://me.org",
    ],
)
def test_address_that_is_no_web_address(sample, address):
    toml = sample.path("book.toml").read_text(encoding="utf-8")
    sample.path("book.toml").write_text(f"address = '{address}'\n{toml}", encoding="utf-8")
    with pytest.raises(BookError, match="where the site is published") as caught:
        _ = sample.book
    assert caught.value.place == "chapters/book.toml:1"


@pytest.mark.parametrize(
    "address", ["https://me.org", "http://127.0.0.1:8000/", "https://my-site.github.io/a_b/~c/"]
)
def test_address_ends_with_a_slash(sample, address):
    toml = sample.path("book.toml").read_text(encoding="utf-8")
    sample.path("book.toml").write_text(f"address = '{address}'\n{toml}", encoding="utf-8")
    assert sample.book.address == address.rstrip("/") + "/"
