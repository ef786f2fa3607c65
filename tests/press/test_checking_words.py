"""Words: misprints, sentences, style, numbers, and what is in another language."""

from __future__ import annotations

import time

import pytest
from faults import errors_of, place

from press import wordings


def test_labels_of_a_figure_are_held_to_its_source(sample):
    label = '<text data-ko="층 20개" data-ja="形状30">layers: 20</text></svg>'
    sample.edit("figures/sum.svg", "</svg>", label)
    assert sorted(error.message for error in errors_of(sample)) == [
        "data-ja: the number 20 is missing; the number 30 is not in the source"
    ]
    sample.edit("figures/sum.svg", "layers: 20", "층: 30")
    assert sorted(error.message for error in errors_of(sample)) == [
        "'층' is in another language",
        "data-ko: the number 30 is missing; the number 20 is not in the source",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("합(sum과 $($ `(`입니다.", "the bracket ( has no partner"),
        ("합（sum)입니다.", "the bracket （ has no partner"),
        ("‘합’ 또는 「합입니다.", "the bracket 「 has no partner"),
        ("구간 [0, 1)입니다.", "the bracket [ has no partner"),
        ("‘합입니다.", "the bracket ‘ has no partner"),
        ("뉴턴(Newton’s)의 ‘합’은 수’입니다.", ""),
        ("여기서 1) 합(sum)과 2) 곱(product [곱])입니다.", ""),
        ("합은 수를 모두 더한 것입니다. 합은 수를 모두 더한 것입니다.", "a sentence twice"),
        ("합은 수를 모두 더한 것입니다.\n합은 수를 모두 더한 것입니다.", "a sentence twice"),
        ("그렇습니다. 그렇습니다.", ""),
        (
            "합입니다. total = jax.lax.scan(add)",
            "a sentence without a word in ko: total = jax.lax.scan(add)",
        ),
        (
            "합은 all the numbers put together 입니다.",
            "'all the numbers put together' is not translated",
        ),
        ("합(all the numbers put together)과 sum, max, min, mean, size도 있습니다.", ""),
    ],
)
def test_misprints(sample, words, message):
    sample.edit("ko/sums.md", "마지막 줄이", f"{words}\n마지막 줄이")
    errors = [error for error in errors_of(sample) if "in the source" not in error.message]
    assert [error.message for error in errors] == [message] * bool(message)
    line = sample.line("ko/sums.md", words.splitlines()[0]) + words.count("\n")
    assert all(place(error) == f"ko/sums.md:{line}" for error in errors)


@pytest.mark.parametrize(
    ("end", "is_fault"),
    [
        ("마지막 줄이 평균을 출력하고", True),
        ("마지막 줄이 `mean`", True),
        ("‘마지막 줄이 평균을 출력합니다.’[^count]", False),
        ("마지막 줄이 **평균을 출력합니다.**", False),
        ("끝", False),
    ],
)
def test_paragraph_that_ends_in_the_middle(sample, end, is_fault):
    sample.edit("ko/sums.md", "마지막 줄이 평균을 출력합니다.", f"출력은 수입니다.\n{end}")
    errors = [error for error in errors_of(sample) if "in the middle" in error.message]
    assert [place(error) for error in errors] == [
        f"ko/sums.md:{sample.line('ko/sums.md', end)}"
    ] * is_fault


def test_equation_may_end_the_sentence_of_a_paragraph(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "Python NumPy x y z w\n\n$$\nx\n$$\n\n(means)=")
    assert not [error for error in errors_of(sample) if "in the middle" in error.message]


@pytest.mark.parametrize(
    ("name", "english", "korean", "where", "message"),
    [
        ("terms.toml", "A function on", "배열을", "definition.ko", "definition.ko of 'layer': "),
        ("figures/sum.svg", ">Sum", 'data-ko="합', "data-ko", "data-ko: "),
    ],
)
def test_other_numbers_in_words_of_no_passage(sample, name, english, korean, where, message):
    sample.edit(name, english, f"{english} 25")
    sample.edit(name, korean, f"{korean} 26")
    error = next(error for error in errors_of(sample) if "26" in error.message)
    assert place(error) == f"{name}:{sample.line(name, where)}"
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("terms.toml", "다루는 함수", "다루지 않는 함수", "nothing in the source says '지 않'"),
        ("terms.toml", "배열을 다루는 함수", "행렬의 행", ""),
        ("figures/sum.svg", 'data-ko="층"', 'data-ko="층 아님"', ""),
    ],
)
def test_words_of_no_passage_that_say_the_opposite(sample, name, old, new, message):
    sample.edit(name, old, new)
    errors = errors_of(sample)
    assert [e.message.partition(": ")[2] for e in errors] == [message] * bool(message)
    assert all(place(error) == f"{name}:{sample.line(name, new)}" for error in errors)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "figures/sum.svg",
            'data-ko="층"',
            'data-ko="블록"',
            "'블록' for 'layer', whose ko term is '층'",
        ),
        ("figures/sum.svg", 'data-ko="층"', 'data-ko="한 층"', ""),
        ("book.toml", 'ja = "見本"', 'ja = "辞書"', "'辞書' for 'Layers', whose ja term is '層'"),
    ],
)
def test_words_of_no_passage_that_are_a_term(sample, name, old, new, message):
    if name == "book.toml":
        sample.edit(name, 'en = "Sample"', 'en = "Layers"')
        sample.edit(name, 'ko = "견본"', 'ko = "층"')
    sample.edit(name, old, new)
    errors = errors_of(sample)
    assert [e.message for e in errors] == [f"found {message}"] * bool(message)
    assert all(place(error) == f"{name}:{sample.line(name, new)}" for error in errors)


def test_description_is_held_to_the_style(sample):
    sample.edit("ko/sums.md", "수를 더하는 방법.", "수를 더하는 방법을 설명한다.")
    (error,) = errors_of(sample)
    line = sample.line("ko/sums.md", "description")
    assert place(error) == f"ko/sums.md:{line}"
    assert error.message == "'설명한다' ends a sentence in plain style"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("en/sums.md", "How to add numbers.", "How to add", ""),
        ("en/sums.md", "How to add numbers.", "How to add the", "the description ends in the midd"),
        ("ko/sums.md", "방법.", "`sum`.", "'`' in the description, which is shown as plain text"),
        ("terms.toml", "A function on arrays.", "A function on", "the definition ends in the midd"),
        (
            "ja/sums.md",
            "足し算をする層。",
            "足し算をする層、足し算をする",
            "the sentence ends in the",
        ),
        (
            "en/sums.md",
            "layer that adds.",
            "layer that adds and",
            "the sentence ends in the middle: ",
        ),
        (
            "ko/sums.md",
            "`층 <layer>`을",
            "`파라미터 <layer>`를",
            "{term} shows '파라미터' for 'layer'",
        ),
        (
            "ko/sums.md",
            "`층 <layer>`을",
            "`층 <layer>`(parameter)을",
            "'parameter' in parentheses after the term 'layer'",
        ),
        ("ko/sums.md", "`층 <layer>`을", "`층 <layer>`(MLP)을", ""),
        ("ko/sums.md", "`층 <layer>`을", "`층 <layer>`(ReLU)을", ""),
        ("ja/sums.md", "最後の行が", "块の行が", "'块' is in another language"),
        ("ko/sums.md", "마지막 줄이", "Последний 줄이", "'Последний' is in another language"),
        ("ko/sums.md", "| 값 |", "| the value |", "'the value' is not translated"),
        ("en/sums.md", "`two`", "`“two”`", "'“' in code: “two”"),
    ],
)
def test_one_fault_in_words_gives_one_message(sample, name, old, new, message):
    sample.edit(name, old, new)
    found = [error for error in errors_of(sample) if "in the source" not in error.message]
    assert [error.message[: len(message)] for error in found] == [message] * bool(message)
    assert all(place(error) == f"{name}:{sample.line(name, new)}" for error in found)


def test_item_that_alone_has_no_end(sample):
    for code, end in (("en", " is."), ("ko", "입니다."), ("ja", "です。")):
        items = "".join(f"- `{name}`{end}\n" for name in "abc")
        sample.edit(f"{code}/sums.md", "(means)=", f"{items}\n(means)=")
    assert errors_of(sample) == []
    sample.edit("ko/sums.md", "- `b`입니다.", "- `b`입니다")
    (error,) = errors_of(sample)
    assert error.message == "the sentence ends in the middle: `b`입니다"
    assert place(error) == f"ko/sums.md:{sample.line('ko/sums.md', '- `b`')}"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("book.toml", 'ko = "한국어"', 'ko = "ニホン"', "'ニホン' is in another language"),
        (
            "book.toml",
            '"시험용 책"',
            '"A book for tests"',
            "a sentence without a word in ko: A book",
        ),
        ("book.toml", 'title.ja = "数"', 'title.ja = "숫자"', "'숫자' is in another language"),
        ("terms.toml", 'ko = "층"', 'ko = "テン"', "'テン' is in another language"),
        (
            "terms.toml",
            "배열을 다루는 함수.",
            "A function of arrays.",
            "a sentence without a word in",
        ),
        ("ko/sums.md", "수를 더하는 방법.", "数の足し方。", "'数の足し方' is in another language"),
        (
            "terms.toml",
            "키로 값을 찾는 자료.",
            "키로 매개변수를 찾는 자료.",
            "'매개변수' is not the ko",
        ),
        ("book.toml", 'title.ja = "数"', 'title.ja = "レイヤー"', "'レイヤー' is not the ja"),
    ],
)
def test_names_and_definitions_in_another_language(sample, file, old, new, message):
    sample.edit(file, old, new)
    errors = [error for error in errors_of(sample) if "whose ko term" not in error.message]
    assert [error.message[: len(message)] for error in errors] == [message]
    assert place(errors[0]) == f"{file}:{sample.line(file, new)}"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("book.toml", "시험용 책", "시험용  책", "in '용  책', write one space"),
        ("book.toml", 'title.ja = "数"', 'title.ja = "数 "', "a space around '数 '"),
        ("terms.toml", "키로 값을 찾는 자료.", "키로 값을 찾습니다.", "'니다' in a definition"),
        ("terms.toml", "키로 값을 찾는 자료.", "키로 값을 지니다.", ""),
        (
            "terms.toml",
            "키로 값을 찾는",
            "키로 **값**을 찾는",
            "'*' in definition.ko of 'dictionary', which is shown as plain text",
        ),
        ("terms.toml", "配列の関数。", "配列の関数です。", "'です' in a definition"),
        ("terms.toml", "배열을 다루는", "배열를 다루는", "in '열를', write 을 after a consonant"),
        ("terms.toml", "引くデータ。", "引く, データ。", "in 'く,', write 、 and 。"),
        ("figures/sum.svg", 'data-ja="層"', 'data-ja="層 だ"', "in '層 だ', remove the space"),
        ("terms.toml", "引くデータ。", "引くデータ。例えば(2, 20)。", ""),
    ],
)
def test_names_and_definitions_are_held_to_the_style(sample, file, old, new, message):
    sample.edit(file, old, new)
    assert [error.message for error in errors_of(sample)][:1] == [message] * bool(message)


def test_short_title_that_is_not_translated(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "## NumPy\n\n(means)=")
    assert errors_of(sample) == []
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "## NumPy", "## A first sum")
    (error,) = errors_of(sample)
    assert error.message.startswith("the heading of level 2 is not translated (chapters/en/")


def test_long_words_are_read_fast(sample):
    for name, words in (("ko/sums.md", "마지막"), ("ja/sums.md", "最後")):
        sample.edit(name, words, "x" * 50_000 + words)
    started = time.monotonic()
    errors_of(sample)
    assert time.monotonic() - started < 5


def test_description_and_comment_that_are_not_translated(sample):
    sample.edit("ko/sums.md", "수를 더하는 방법.", "How to add numbers.")
    sample.edit("ja/sums.md", "# 足す数", "# the numbers to add")
    comment, description = errors_of(sample)
    assert place(description) == "ko/sums.md:2"
    assert description.message == "the description is not translated (chapters/en/sums.md)"
    line = sample.line("ja/sums.md", "# the numbers to add")
    assert place(comment) == f"ja/sums.md:{line}"
    assert comment.message.startswith("the comment '# the numbers to add' is not translated")


def test_letters_of_another_language(sample):
    sample.edit("ko/sums.md", "마지막 줄이", "最後の行が")
    sample.edit("ko/sums.md", "| 값 |", "| あたい |")
    sample.edit("figures/sum.svg", 'data-ja="', 'data-ja="층')
    label, table, prose = errors_of(sample)
    assert table.message == "'あたい' is in another language"
    assert place(prose) == f"ko/sums.md:{sample.line('ko/sums.md', '最後')}"
    assert prose.message == "'最後の行が' is in another language"
    assert label.message == "'층' is in another language"


@pytest.mark.parametrize(
    ("words", "is_fault"),
    [("켜(layers)가", True), ("그 층(layers)이", False), ("그 층들(layers)이", False)],
)
def test_english_for_a_term_after_another_word(sample, words, is_fault):
    sample.edit("ko/sums.md", "마지막 줄이", words)
    message = "'layers' in parentheses after another word than '층'"
    assert [error.message for error in errors_of(sample)] == [message] * is_fault


def test_formula_in_one_language_for_all(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "$6$", "$\\text{합} = 6$")
    assert [error.message for error in errors_of(sample)] == ["'합' is in another language"]


def test_address_in_all_languages_is_no_sentence(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "<https://numpy.org/doc/stable>\n\n(means)=")
    assert errors_of(sample) == []


def test_text_in_lines_of_one_length_has_no_cut_sentences(sample):
    wrapped = "This paragraph was written in an editor\nthat breaks its lines wherever the margin\n"
    wrapped += "is, so that most of them end somewhere in\nthe middle of a sentence.\n"
    for language, words in {
        "en": wrapped,
        "ko": "이 문단의 줄은\n길이가 같아서\n가운데에서\n끝납니다.\n",
    }.items():
        text = sample.path(f"{language}/sums.md")
        text.write_text(f"{text.read_text(encoding='utf-8')}\n{words}", encoding="utf-8")
    assert [e for e in errors_of(sample) if "in the middle" in str(e)] == []


def test_interface_words_are_in_their_language_and_use_its_terms(sample, tmp_path, monkeypatch):
    for code in sample.book.languages:
        words = (wordings.FOLDER / f"{code}.toml").read_text(encoding="utf-8")
        (tmp_path / f"{code}.toml").write_text(words, encoding="utf-8")
    monkeypatch.setattr(wordings, "FOLDER", tmp_path)
    assert errors_of(sample) == []
    (tmp_path / "ko.toml").write_text('search = "찾기"\nnext = "検索"\n', encoding="utf-8")
    (tmp_path / "ja.toml").write_text('search = "レイヤーを探す"\n', encoding="utf-8")
    assert [(each.place.rpartition("/")[2], each.message) for each in errors_of(sample)] == [
        ("ja.toml:1", "'レイヤー' is not the ja term, write '層'"),
        ("ko.toml:2", "'検索' is in another language"),
    ]
