"""Parity and terms: each fault gives one message that names both places."""

from __future__ import annotations

import time
from dataclasses import replace

import nbformat
import pytest

from press import wordings
from press.checking import check, told_once
from press.errors import BookError, BookErrors
from press.passages import split

BACK = chr(96)


def errors_of(sample, executed=None):
    return list(told_once(sample.book, check(sample.book, sample.texts, executed or {})))


def place(error):
    """The file of an error without chapters/, and its line."""
    return error.place.removeprefix("chapters/")


def test_the_sample_is_in_order(sample):
    assert errors_of(sample) == []


CASES = [  # file, what stands there, what takes its place, where the error is, what it says
    (
        "ko/sums.md",
        "합은 $6$입니다. [NumPy](https://numpy.org)와 {ref}`means`을 보세요.\n",
        "",
        ("ko/sums.md", "## 평균"),
        "a paragraph is missing here: chapters/en/sums.md:38 has no translation",
    ),
    (
        "ja/sums.md",
        "\n最後の行が平均を表示します。\n",
        "",
        ("ja/sums.md", -1),
        "a paragraph is missing here: chapters/en/sums.md:57 has no translation",
    ),
    (
        "ja/sums.md",
        '```{code-cell} ipython3\nprint("mean", numbers.sum() / len(numbers))\n```\n',
        "",
        ("ja/sums.md", "最後の行"),
        "a code cell is missing here: chapters/en/sums.md:54 has no translation",
    ),
    (
        "ko/sums.md",
        "마지막 줄이",
        "군더더기입니다.\n\n마지막 줄이",
        ("ko/sums.md", "군더더기"),
        "this paragraph has no counterpart in the source after chapters/en/sums.md:54",
    ),
    (
        "ja/sums.md",
        "np.arange(4)  # 足す数\nnumbers.sum()",
        "np.arange(4)  # 足す数\nnumbers.max()",
        ("ja/sums.md", "numbers.max()"),
        "the program differs from the source; translate only comments (chapters/en/sums.md:35)",
    ),
    (
        "ko/sums.md",
        "{ref}`means`",
        "{ref}`moans`",
        ("ko/sums.md", "moans"),
        "{ref} refers to 'moans', which no chapter defines",
    ),
    (
        "en/sums.md",
        "{ref}`means`",
        "{ref}`moans`",
        ("en/sums.md", "moans"),
        "{ref} refers to 'moans', which no chapter defines",
    ),
    (
        "ko/sums.md",
        "{ref}`means`",
        "{ref}`sums`",
        ("ko/sums.md", "합은 $6$"),
        f"the reference {{ref}}{BACK}means{BACK} is missing; the reference {{ref}}{BACK}sums{BACK}"
        " is not in the source (chapters/en/sums.md:38)",
    ),
    (
        "ko/sums.md",
        "더하는 층.",
        "더하는 레이어.",
        ("ko/sums.md", "레이어"),
        "'레이어' is not the ko term, write '층'",
    ),
    (
        "ja/sums.md",
        "# 和",
        "# レイヤーの和",
        ("ja/sums.md", "レイヤー"),
        "'レイヤー' is not the ja term, write '層'",
    ),
    (
        "en/sums.md",
        "- one item",
        "- one item with Paramaters",
        ("en/sums.md", "Paramaters"),
        "'Paramaters' is not the en term, write 'parameter'",
    ),
    (
        "ko/sums.md",
        ":alt: 상자가",
        ":alt: 레이어가",
        ("ko/sums.md", "레이어"),
        "'레이어' is not the ko term, write '층'",
    ),
    (
        "ko/sums.md",
        "description: 수를",
        "description: 레이어를",
        ("ko/sums.md", "description"),
        "'레이어' is not the ko term, write '층'",
    ),
    (
        "figures/sum.svg",
        'data-ko="층"',
        'data-ko="레이어"',
        ("figures/sum.svg", "레이어"),
        "'레이어' is not the ko term, write '층'",
    ),
    (
        "figures/sum.svg",
        ' data-ja="層"',
        "",
        ("figures/sum.svg", "layer"),
        "the label 'layer' has no data-ja",
    ),
    (
        "ja/sums.md",
        "- 1つの項目\n",
        "",
        ("ja/sums.md", "- `two`"),
        "found a length of 1, expected a length of 2 (chapters/en/sums.md:18)",
    ),
    (
        "ja/sums.md",
        "| 6 | 4 |\n",
        "| 6 | 4 |\n| 6 | 4 |\n",
        ("ja/sums.md", "| 値"),
        "found 3 rows and 2 columns, expected 2 rows and 2 columns (chapters/en/sums.md:43)",
    ),
    (
        "ja/sums.md",
        "\\sum_i x_i",
        "\\sum_j x_j",
        ("ja/sums.md", "\\sum_j"),
        "the formula s = \\sum_i x_i is missing; the formula s = \\sum_j x_j is not in the source"
        " (chapters/en/sums.md:27)",
    ),
    (
        "ja/sums.md",
        "`two`",
        "`zwei`",
        ("ja/sums.md", "`zwei`"),
        "the inline code two is missing; the inline code zwei is not in the source"
        " (chapters/en/sums.md:18)",
    ),
    (
        "ja/sums.md",
        "https://numpy.org",
        "https://numpy.com",
        ("ja/sums.md", "numpy.com"),
        "the link https://numpy.org is missing; the link https://numpy.com is not in the source"
        " (chapters/en/sums.md:38)",
    ),
    (
        "ko/sums.md",
        "(means)=\n",
        "",
        ("ko/sums.md", "## 평균"),
        "found no label, expected the label 'means' (chapters/en/sums.md:41)",
    ),
    (
        "ko/sums.md",
        "## 평균",
        "### 평균",
        ("ko/sums.md", "### 평균"),
        "found a heading of level 3, expected a heading of level 2 (chapters/en/sums.md:41)",
    ),
    (
        "en/sums.md",
        "## Means",
        "### Means",
        ("en/sums.md", "### Means"),
        "a heading of level 3 after one of level 1",
    ),
    (
        "ja/sums.md",
        "```{note}",
        "```{tip}",
        ("ja/sums.md", "```{tip}"),
        "found 'tip', expected 'note' (chapters/en/sums.md:47)",
    ),
    (
        "ko/sums.md",
        "ipython3\nprint",
        "ipython3\n:tags: [language]\n\nprint",
        ("ko/sums.md", "print("),
        "found the tags ['language'], expected [] (chapters/en/sums.md:54)",
    ),
    (
        "ko/sums.md",
        "ipython3\nprint",
        "ipython3\n:tags: [langage]\n\nprint",
        ("ko/sums.md", "print("),
        "unknown tag 'langage'",
    ),
    (
        "ko/sums.md",
        "description: 수를 더하는 방법.\n",
        "",
        ("ko/sums.md", "---"),
        "the front matter has no description",
    ),
    (
        "ko/sums.md",
        "description: 수를",
        "description: # 수를",
        ("ko/sums.md", "---"),
        "the front matter has no description",
    ),
    (
        "ko/sums.md",
        "np.arange(4)  # 더할 수\nnumbers.sum()\n",
        "np.arange(4)\n",
        ("ko/sums.md", "np.arange(4)"),
        "the program differs from the source; translate only comments (chapters/en/sums.md:35)",
    ),
    (
        "ko/sums.md",
        'print("mean"',
        "print('mean'",
        ("ko/sums.md", "print('mean'"),
        "the program differs from the source; translate only comments (chapters/en/sums.md:54)",
    ),
    (
        "ko/sums.md",
        "len(numbers))\n",
        "len(numbers))  # 평균\n",
        ("ko/sums.md", 'print("mean"'),
        "the comment '# 평균' is not in the source (chapters/en/sums.md:54)",
    ),
    (
        "ja/sums.md",
        "## 平均\n",
        "## 平均。\n",
        ("ja/sums.md", "## 平均"),
        "'。' ends a heading",
    ),
    (
        "ja/sums.md",
        "  # 足す数",
        "",
        ("ja/sums.md", "import numpy"),
        "the comment '# the numbers to add' is missing (chapters/en/sums.md:32)",
    ),
    (
        "ko/sums.md",
        "# 더할 수",
        "# 足す数",
        ("ko/sums.md", "np.arange"),
        "'足す数' is in another language",
    ),
    (
        "ko/sums.md",
        "# 더할 수",
        "# 레이어의 수",
        ("ko/sums.md", "np.arange"),
        "'레이어' is not the ko term, write '층'",
    ),
    (
        "ja/sums.md",
        "\\sum_i x_i\n",
        "\\sum_i\ny_i\n",
        ("ja/sums.md", "$$"),
        "the formula s = \\sum_i x_i is missing; the formula s = \\sum_i y_i is not in the source"
        " (chapters/en/sums.md:27)",
    ),
    (
        "ko/sums.md",
        "마지막 줄이 평균을 출력합니다.",
        "The last line\nprints the mean.",
        ("ko/sums.md", "The last line"),
        "the paragraph is not translated (chapters/en/sums.md:57)",
    ),
    (
        "ko/sums.md",
        "출력합니다.",
        "출력합니다.\n끝에 봅시다. 그것이 전부다.",
        ("ko/sums.md", "전부다"),
        "'전부다' ends a sentence in plain style",
    ),
    (
        "ja/sums.md",
        "最後の行が平均を表示します。",
        "最後の行です。平均を表示した。いいですか。",
        ("ja/sums.md", "表示した"),
        "'平均を表示した' ends a sentence in plain style",
    ),
    (
        "ko/sums.md",
        "## 평균\n\n",
        "",
        ("ko/sums.md", "| 값"),
        "a heading of level 2 is missing here: chapters/en/sums.md:41 has no translation",
    ),
    (
        "ko/sums.md",
        "```{note}\n평균은 합을 개수로 나눈 것입니다[^count].\n```\n\n",
        "",
        ("ko/sums.md", "[^count]:"),
        "a note is missing here: chapters/en/sums.md:47 has no translation",
    ),
    (
        "ko/sums.md",
        "```{note}",
        "```{aside}",
        ("ko/sums.md", "```{aside}"),
        "the directive {aside} is not part of the book's Markdown",
    ),
    (
        "en/sums.md",
        "count[^count].",
        "count.",
        ("en/sums.md", "[^count]:"),
        "nothing refers to the footnote [^count]",
    ),
    (
        "ja/sums.md",
        "足し算をする層。\n",
        "",
        ("ja/sums.md", "{figure}"),
        "found no caption, expected a caption (chapters/en/sums.md:21)",
    ),
    (
        "ko/sums.md",
        "| 값 |",
        "|  |",
        ("ko/sums.md", "| 개수"),
        "row 1, column 1 has nothing, expected words (chapters/en/sums.md:43)",
    ),
    (
        "ko/sums.md",
        "| 값 |",
        "| the value of a sum |",
        ("ko/sums.md", "the value"),
        "'the value of a sum' is not translated",
    ),
    (
        "ja/sums.md",
        "- 1つの項目",
        "- 1つの項目である。",
        ("ja/sums.md", "である"),
        "'1つの項目である' ends a sentence in plain style",
    ),
    (
        "ko/sums.md",
        "마지막 줄이",
        "셀은 값을 출력합니다.\n여기서 print로\n마지막 줄이",
        ("ko/sums.md", "여기서"),
        "the sentence ends in the middle: 여기서 print로",
    ),
    (
        "ko/sums.md",
        "마지막 줄이",
        "最後 줄이",
        ("ko/sums.md", "最後"),
        "'最後' is in another language",
    ),
    (
        "ja/sums.md",
        "# 和",
        "# Sums",
        ("ja/sums.md", "# Sums"),
        "the heading of level 1 is not translated (chapters/en/sums.md:14)",
    ),
    (
        "en/sums.md",
        "The last line",
        "합은 모두 수입니다.\nThe last line",
        ("en/sums.md", "합은"),
        "'합은' is in another language",
    ),
    (
        "en/sums.md",
        "(means)=",
        "(sums)=",
        ("en/sums.md", "## Means"),
        "the label 'sums' appears twice",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "where", "message"), CASES)
def test_one_fault_gives_one_message(sample, name, old, new, where, message):
    sample.edit(name, old, new)
    (error,) = errors_of(sample)
    file, part = where
    last = len(sample.path(file).read_text(encoding="utf-8").splitlines())
    line = last if part == -1 else sample.line(file, part)
    assert (place(error), error.message) == (f"{file}:{line}", message)


def test_a_translation_may_repeat_code_where_the_source_has_a_pronoun(sample):
    sample.edit("ko/sums.md", "합은 $6$입니다.", "합은 $6$입니다. $6$은 짝수입니다.")
    sample.edit("ja/sums.md", "`two`", "`two`、`two`")
    assert errors_of(sample) == []


def test_what_is_wrong_in_every_language_is_told_of_the_source(sample):
    sample.path("figures/sum.svg").unlink()
    (error,) = errors_of(sample)
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', '{figure}')}"
    done = sample.press("check", "--lang", "ko")
    place_in_ko = f"chapters/ko/sums.md:{sample.line('ko/sums.md', '{figure}')}: the figure"
    assert done.stderr.startswith(place_in_ko)


def test_what_is_wrong_in_every_translation_is_told_once(sample):
    sample.edit("en/sums.md", "`two` items", "'two' items")
    (error,) = errors_of(sample)
    lines = {code: sample.line(f"{code}/sums.md", "`two`") for code in ("ko", "ja")}
    assert place(error) == f"ja/sums.md:{lines['ja']}"
    assert error.message.startswith("the inline code two is not in the source (chapters/en/sums.md")
    hint = f"The same in chapters/ko/sums.md:{lines['ko']}: the source may be wrong."
    assert error.hint == hint


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


def test_paragraph_twice(sample):
    words = "The numbers add up to six, and that is all that they do."
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "`a`\n\n`a`\n\n(means)=")
    assert errors_of(sample) == []
    sample.edit("en/sums.md", "(means)=", f"{words}\n\n{words}\n\n(means)=")
    error = next(error for error in errors_of(sample) if error.path.parent.name == "en")
    assert error.message == "a paragraph twice"
    assert error.hint == f"It first appears in line {sample.line('en/sums.md', words)}."


@pytest.mark.parametrize(
    ("passage", "message"),
    [
        ("```{code-cell} ipython3\n1\n```", "a code cell twice"),
        ("| `a` |\n| --- |\n| `b` |", "a table twice"),
        ("$$\nx\n$$", "an equation twice"),
    ],
)
def test_passage_twice_in_a_row(sample, passage, message):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", f"{passage}\n\n`a`\n\n{passage}\n\n(means)=")
    assert errors_of(sample) == []
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "`a`\n\n", "")
    assert {error.message for error in errors_of(sample)} == {message}


def test_heading_twice(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "(numpy)=\n## NumPy\n\n(means)=")
    assert errors_of(sample) == []
    sample.edit("en/sums.md", "## NumPy", "## Means")
    error = errors_of(sample)[0]
    assert (place(error), error.message) == (
        f"en/sums.md:{sample.line('en/sums.md', '(means)=') + 1}",
        "a heading of level 2 twice",
    )


def test_headings_that_have_changed_places(sample):
    titles = {"en": "A layer", "ko": "층 하나", "ja": "層を1つ"}
    for code, heading in titles.items():
        sample.edit(f"{code}/sums.md", "(means)=", f"## {heading}\n\n(means)=")
    assert errors_of(sample) == []
    sample.edit("ko/sums.md", "## 평균", "## @")
    sample.edit("ko/sums.md", "## 층 하나", "## 평균")
    sample.edit("ko/sums.md", "## @", "## 층 하나")
    (error,) = errors_of(sample)
    first, second = (sample.line("ko/sums.md", f"## {title}") for title in ("평균", "층 하나"))
    message = f"this heading and the one in line {second} have changed places"
    assert (place(error), error.message.partition(" (")[0]) == (f"ko/sums.md:{first}", message)
    assert error.hint == "Here should be: ## A layer"


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


def test_titles_that_have_changed_places(sample):
    sample.edit("book.toml", 'en = "Sample"', 'en = "Layers of numbers"')
    sample.edit("book.toml", 'en = "A book for tests"', 'en = "A dictionary for tests"')
    for code, layers, words in (
        ("ko", "시험용 딕셔너리", "수의 층"),
        ("ja", "数の層", "試験用の辞書"),
    ):
        old = {"ko": ("견본", "시험용 책"), "ja": ("見本", "試験用の本")}[code]
        sample.edit("book.toml", old[0], layers)
        sample.edit("book.toml", old[1], words)
    (error,) = errors_of(sample)
    assert place(error) == f"book.toml:{sample.line('book.toml', '시험용 딕셔너리')}"
    assert "have changed places" in error.message


def test_readings_that_have_changed_places(sample):
    entry = """
[[term]]
en = "{}"
ko = "{}"
ja = "{}"
reading.ja = "{}"
"""
    terms = sample.path("terms.toml").read_text(encoding="utf-8")
    both = entry.format("forward pass", "순전파", "順伝播", "ぎゃくでんぱ")
    both += entry.format("backward pass", "역전파", "逆伝播", "じゅんでんぱ")
    sample.path("terms.toml").write_text(terms + both, encoding="utf-8")
    assert [(place(e), e.message) for e in errors_of(sample)] == [
        (
            f"terms.toml:{sample.line('terms.toml', 'ぎゃく')}",
            "forward pass: the reading 'ぎゃくでんぱ': found 'ぎゃく' instead of 'forward'",
        ),
        (
            f"terms.toml:{sample.line('terms.toml', 'じゅん')}",
            "backward pass: the reading 'じゅんでんぱ': found 'じゅん' instead of 'backward'",
        ),
    ]


def test_pictures_that_have_changed_places(sample):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
    text = '<text y="9" data-ko="층" data-ja="層">{}</text>'
    words = {"ring": "red green ring", "tree": "old tall tree"}
    for name, labels in words.items():
        content = svg.format("".join(text.format(f"{word} 1") for word in labels.split()))
        sample.path(f"figures/{name}.svg").write_text(content, encoding="utf-8")
    for code in ("en", "ko", "ja"):
        figures = "".join(
            f"```{{figure}} ../figures/{name}.svg\n:name: fig-{name}\n:alt: {labels}.\n```\n\n"
            for name, labels in words.items()
        )
        sample.edit(f"{code}/sums.md", "(means)=", f"{figures}(means)=")

    def exchanged():
        return [e for e in errors_of(sample) if "described of each other" in e.message]

    assert exchanged() == []
    ring, tree = (sample.path(f"figures/{name}.svg") for name in words)
    content = ring.read_bytes()
    ring.write_bytes(tree.read_bytes())
    tree.write_bytes(content)
    (error,) = exchanged()
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', 'ring.svg')}"


def test_number_with_digits_in_another_order(built):
    built.edit("en/sums.md", "The last line", "At most 256 bytes. The last line")
    for code in ("en", "ko", "ja"):
        built.edit(f"{code}/sums.md", "np.arange(4)", "np.arange(4) % 256")
    assert built.press("build", *built.in_all).returncode == 0
    built.edit("en/sums.md", "At most 256 bytes", "At most 265 bytes")
    done = built.press("check")
    line = built.line("en/sums.md", "265")
    message = "the number 265, where the code or its output has 256"
    assert done.stderr.startswith(f"chapters/en/sums.md:{line}: {message}")
    built.edit("en/sums.md", "At most 265 bytes", "At most $265$ bytes")
    assert message not in built.press("check").stderr


def test_definitions_that_have_changed_places(sample):
    terms = {"en": "a layer and a dictionary", "ko": "층과 딕셔너리의", "ja": "層と辞書の"}
    for code, words in terms.items():
        sample.edit("terms.toml", f'definition.{code} = "', f'definition.{code} = "{words} ')
    first, second = "층과 딕셔너리의 배열을 다루는 함수.", "학습하는 동안 조정되는 수."
    assert not any("changed places" in error.message for error in errors_of(sample))
    sample.edit("terms.toml", first, "@")
    sample.edit("terms.toml", second, first)
    sample.edit("terms.toml", "@", second)
    error = next(error for error in errors_of(sample) if "changed places" in error.message)
    line = sample.line("terms.toml", first)
    message = f"definition.ko of 'layer': it and the one in line {line} have changed places"
    assert (place(error), error.message) == (
        f"terms.toml:{sample.line('terms.toml', second)}",
        message,
    )


def test_paragraphs_that_have_changed_places(sample):
    plain = {
        "en": ("A layer has a parameter.", "A dictionary is large."),
        "ko": ("층에는 파라미터가 있습니다.", "딕셔너리는 큽니다."),
        "ja": ("層にはパラメータがあります。", "辞書は大きいです。"),
    }
    for code, (one, other) in plain.items():
        text = f"{one}\n\n## 6\n\n{other}\n\n(means)="
        sample.edit(f"{code}/sums.md", "(means)=", text)
    assert errors_of(sample) == []
    one, other = plain["ja"]
    sample.edit("ja/sums.md", f"{one}\n\n## 6\n\n{other}", f"{other}\n\n## 6\n\n{one}")
    (error,) = errors_of(sample)
    assert place(error) == f"ja/sums.md:{sample.line('ja/sums.md', other)}"
    line = sample.line("ja/sums.md", one)
    message = f"this paragraph and the one in line {line} have changed places"
    assert error.message.partition(" (")[0] == message
    assert error.hint == "Here should be: A layer has a parameter."


def test_headings_that_have_changed_places_among_those_of_all_chapters(sample):
    sample.edit("book.toml", '["sums"]', '["sums", "more", "most"]')
    titles = {"en": ("End", "Tasks"), "ko": ("끝", "과제"), "ja": ("終わり", "課題")}
    for code, (end, tasks) in titles.items():
        both = f"## {end}\n\n## {tasks}\n"
        head = sample.text(code).source.partition("(sums)=")[0]
        sample.edit(f"{code}/sums.md", "(means)=", f"{both}\n(means)=")
        for number, name in enumerate(("more", "most"), 1):
            own = head.replace(": ", f": {number}. ", 1)
            text = f"{own}# {sample.book.title[code]}{number}\n\n{both}"
            sample.path(f"{code}/{name}.md").write_text(text, encoding="utf-8")
    assert errors_of(sample) == []
    sample.edit("ja/sums.md", "終わり\n\n## 課題", "課題\n\n## 終わり")
    (error,) = errors_of(sample)
    first, second = (sample.line("ja/sums.md", f"## {title}") for title in ("課題", "終わり"))
    assert place(error) == f"ja/sums.md:{first}"
    message = f"this heading and the one in line {second} have changed places"
    assert error.message.partition(" (")[0] == message
    assert error.hint == "Here should be: ## End"


@pytest.mark.parametrize(
    ("there", "here"), [("en", "ko"), ("ja", "ko"), ("ko", "ja"), ("ko", "en")]
)
def test_file_of_another_language_is_told_once(sample, there, here):
    copy = sample.path(f"{there}/sums.md").read_text(encoding="utf-8")
    own = "How to add numbers." if here == "en" else {"ko": "방법.", "ja": "方法。"}[here]
    before, _, after = copy.partition("description: ")
    copy = f"{before}description: {own}\n{after.partition(chr(10))[2]}"
    sample.path(f"{here}/sums.md").write_text(copy, encoding="utf-8")
    (error,) = errors_of(sample)
    assert error.message.startswith(f"most of the text is not in {here}: ")
    assert place(error) == f"{here}/sums.md:16"


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


def test_figure_that_no_chapter_shows(sample):
    sample.path("figures/old.svg").write_text("<svg/>", encoding="utf-8")
    (error,) = errors_of(sample)
    assert (place(error), error.message) == ("figures/old.svg", "no chapter shows this figure")


def test_description_of_another_chapter(sample):
    sample.edit("book.toml", '["sums"]', '["sums", "more"]')
    for code, title in (("en", "More"), ("ko", "더"), ("ja", "続き")):
        head = sample.text(code).source.partition("(sums)=")[0]
        sample.path(f"{code}/more.md").write_text(f"{head}# {title}\n", encoding="utf-8")
    (error,) = errors_of(sample)
    assert (place(error), error.message) == (
        "en/more.md:2",
        "the description is that of chapters/en/sums.md",
    )


@pytest.mark.parametrize(
    ("listing", "line", "message"),
    [
        ("```pyton\n1\n```", 0, "unknown language of a listing: 'pyton'"),
        ("```python\nx = 1\nf(\n```", 2, "the listing does not parse: '(' was never closed"),
        ("```python\nf(...)  # …\n```", 0, ""),
        ("```python\nf()  # init.Xavier\n```", 0, ""),
        ("```python\nf()  # loss - 2 x 3 = [0.5  1. ]\n```", 0, ""),
        ("```pycon\n>>> f(\n```", 0, ""),
    ],
)
def test_listing_in_no_language(sample, listing, line, message):
    for code in ("en", "ko", "ja"):
        add_listing(sample, code, listing)
    start = sample.line("en/sums.md", listing.partition("\n")[0])
    expected = [(f"en/sums.md:{start + line}", message)] * bool(message)
    assert [(place(error), error.message) for error in errors_of(sample)] == expected


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("numbers.sum(axіs=None)", "'xі' in code: numbers.sum(axіs=None)"),
        ("Out[2]: 6", "'Out[2]:' in code: Out[2]: 6"),
    ],
)
def test_what_is_no_code(sample, program, message):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "numbers.sum()", program)
    (error,) = errors_of(sample)
    assert error.message == message
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', program)}"


def test_file_of_another_chapter_is_told_once(sample):
    sample.edit("ko/sums.md", "(sums)=", "(products)=")
    sample.edit("ko/sums.md", "6 | 4", "7 | 5")
    (error,) = errors_of(sample)
    assert error.message.startswith("found the chapter 'products', expected 'sums' (chapters/en/")


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


def test_figure_that_only_the_source_shows_is_told_once(sample):
    sample.path("figures/new.svg").write_bytes(sample.path("figures/sum.svg").read_bytes())
    sample.edit("en/sums.md", "figures/sum.svg", "figures/new.svg")
    (error,) = errors_of(sample)
    assert error.message.startswith("found '../figures/sum.svg', expected '../figures/new.svg'")


def test_short_title_that_is_not_translated(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "## NumPy\n\n(means)=")
    assert errors_of(sample) == []
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "## NumPy", "## A first sum")
    (error,) = errors_of(sample)
    assert error.message.startswith("the heading of level 2 is not translated (chapters/en/")


def test_a_name_that_is_lost_is_told_once(sample):
    for name in ("en/sums.md", "ko/sums.md", "ja/sums.md"):
        sample.edit(name, "(means)=", "(averages)=")
    more = "See {ref}`means` and {ref}`means`.\n\n"
    sample.edit("en/sums.md", "The last line", more + "The last line")
    (error,) = (e for e in errors_of(sample) if "no chapter defines" in e.message)
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', '{ref}`means`.')}"
    line = sample.line("en/sums.md", "See {ref}")
    assert error.hint.endswith(f"The same in {', '.join([f'chapters/en/sums.md:{line}'] * 2)}.")


def test_a_glossary_that_is_lost_is_told_once(sample):
    sample.path("terms.toml").write_text("", encoding="utf-8")
    sample.edit("en/sums.md", "The last line", "A {term}`parameter` and the last line")
    (error,) = errors_of(sample)[:1]
    assert error.message == "'layer' is not a term of the glossary"
    assert "There are no terms in it." in error.hint and "The same in" in error.hint


def test_long_words_are_read_fast(sample):
    for name, words in (("ko/sums.md", "마지막"), ("ja/sums.md", "最後")):
        sample.edit(name, words, "x" * 50_000 + words)
    started = time.monotonic()
    errors_of(sample)
    assert time.monotonic() - started < 5


def test_passages_missing_in_a_row_are_told_at_once(sample):
    source = sample.path("ko/sums.md").read_text(encoding="utf-8")
    start, end = source.index("(means)="), source.index("```{note}")
    sample.path("ko/sums.md").write_text(source[:start] + source[end:], encoding="utf-8")
    (error,) = errors_of(sample)
    line = sample.line("en/sums.md", "## Means")
    assert place(error) == f"ko/sums.md:{sample.line('ko/sums.md', '```{note}')}"
    assert error.message == (
        "a heading of level 2 and 1 more after it are missing here:"
        f" chapters/en/sums.md:{line} and what follows have no translation"
    )
    assert error.hint == "It reads: ## Means"


@pytest.mark.parametrize("name", ["en", "ko"])
def test_passages_that_have_changed_places(sample, name):
    for code in ("en", "ko", "ja"):
        first, last = "`a` 1.\n\n", "`b` 2.\n\n"
        before = sample.path(f"{code}/sums.md").read_text(encoding="utf-8")
        both = last + first if code == name else first + last
        after = before.replace("(means)=", both + "(means)=")
        sample.path(f"{code}/sums.md").write_text(after, encoding="utf-8")
    (error,) = errors_of(sample)
    assert error.message.startswith("this paragraph and the next have changed places (chapters/en")
    where = "ko" if name == "ko" else "ja"
    letter = "b" if name == "ko" else "a"
    assert place(error) == f"{where}/sums.md:{sample.line(f'{where}/sums.md', f'`{letter}`')}"


def test_sections_in_another_order(sample):
    for code in ("en", "ko", "ja"):
        native = {"en": "The numbers add up.", "ko": "수를 더합니다.", "ja": "数を足します。"}[code]
        sample.edit(
            f"{code}/sums.md", "(means)=", f"(adding)=\n## {native[:-1]}\n\n{native}\n\n(means)="
        )
    source = sample.path("ko/sums.md").read_text(encoding="utf-8")
    adding, means = source.index("(adding)="), source.index("(means)=")
    swapped = source[:adding] + source[means:].rstrip() + "\n\n" + source[adding:means].rstrip()
    sample.path("ko/sums.md").write_text(swapped + "\n", encoding="utf-8")
    (error,) = errors_of(sample)
    line = sample.line("en/sums.md", "(adding)=") + 1
    assert place(error) == f"ko/sums.md:{sample.line('ko/sums.md', '(means)=') + 1}"
    assert error.message == (
        f"found the section 'means', expected 'adding' (chapters/en/sums.md:{line})"
    )


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


def test_heading_with_another_number(sample):
    for code, words in (("en", "Means"), ("ko", "평균"), ("ja", "平均")):
        sample.edit(f"{code}/sums.md", f"## {words}", f"## {3 if code == 'ko' else 2}. {words}")
    (error,) = errors_of(sample)
    assert error.message.startswith("found the number 3, expected the number 2 (")
    assert place(error) == f"ko/sums.md:{sample.line('ko/sums.md', '## 3.')}"


def test_address_in_all_languages_is_no_sentence(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "(means)=", "<https://numpy.org/doc/stable>\n\n(means)=")
    assert errors_of(sample) == []


def test_footnote_of_the_source_alone(sample):
    sample.edit("en/sums.md", "see [NumPy]", "see[^see] [NumPy]")
    sample.edit("en/sums.md", "[^count]:", "[^see]: There.\n\n[^count]:")
    (error,) = errors_of(sample)
    assert error.message.startswith("a footnote is missing here")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("| 6 | 4 |\n", "| `6` | 4 |\n| `7` | 5 |\n", "row 2, column 1 has `7`, expected `6`"),
        ("\n- `two`", "\n- `two`\n- `three`", "item 2 has `three`, expected `two`"),
        ("\n- `two`", "\n- `two`\n- {ref}`means`", "item 2 has means, expected `two`"),
    ],
)
def test_parts_in_another_order(sample, old, new, message):
    for code in ("en", "ja"):
        sample.edit(f"{code}/sums.md", old, new)
    first, second = new.strip().splitlines()
    swapped = new.replace(f"{first}\n{second}", f"{second}\n{first}")
    sample.edit("ko/sums.md", old, swapped)
    (error,) = errors_of(sample)
    assert error.message.startswith(message)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_text_that_is_empty(sample, language):
    file = sample.path(f"{language}/sums.md")
    head = file.read_text(encoding="utf-8").split("(sums)=")[0]
    file.write_text(head, encoding="utf-8")
    error, *others = errors_of(sample)
    assert (place(error), error.message) == (f"{language}/sums.md:1", "the text is empty")
    assert not others


def test_note_with_a_paragraph_less(sample):
    sample.edit("en/sums.md", "count[^count].", "count[^count].\n\nIt is no sum.")
    sample.edit("ja/sums.md", "[^count]。", "[^count]。\n\n和ではありません。")
    (error,) = errors_of(sample)
    assert place(error) == f"ko/sums.md:{sample.line('ko/sums.md', '```{note}')}"
    assert error.message.startswith("found a length of 1, expected a length of 2")


def test_formula_that_katex_refuses_is_told_once(sample):
    sample.edit("en/sums.md", "\\sum_i x_i", "\\some_i x_i")
    (error,) = errors_of(sample)
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', '$$')}"
    assert error.message.startswith("KaTeX cannot read the formula: Undefined control sequence")
    assert "\n" not in error.message


def test_errors_without_number_are_cut_short():
    errors = BookErrors(BookError(f"fault {number}") for number in range(60))
    assert str(errors).splitlines()[-1] == "… and 10 more"


def test_difference_of_programs_shows_both_lines(sample):
    sample.edit("ko/sums.md", "np.arange(4)", "np.arange(5)")
    (error,) = errors_of(sample)
    assert error.hint.splitlines() == [
        "found:    numbers = np.arange(5)  # 더할 수",
        "expected: numbers = np.arange(4)  # the numbers to add",
    ]


def test_faults_in_all_languages_come_in_order(sample):
    sample.edit("ko/sums.md", "더하는 층.", "더하는 레이어.")
    sample.edit("ko/sums.md", "- `two` 항목\n", "")
    sample.edit("ja/sums.md", "np.arange(4)", "np.arange(5)")
    sample.edit("en/sums.md", "one item", "one paramater")
    assert [place(error) for error in errors_of(sample)] == [
        "en/sums.md:18",
        "ja/sums.md:34",
        "ko/sums.md:18",
        "ko/sums.md:23",
    ]


def test_translated_comments_and_layout_are_no_difference(sample):
    sample.edit("ko/sums.md", "np.arange(4)", "np.arange(\n    4  # 넷\n)")
    sample.edit("ko/sums.md", "s = \\sum_i x_i", "s\n  = \\sum_i x_i")
    assert errors_of(sample) == []


def add_listing(sample, language, listing):
    sample.edit(f"{language}/sums.md", "(means)=", f"{listing}\n\n(means)=")


@pytest.mark.parametrize(
    ("listing", "other", "same"),
    [
        ("```python\nf(1)  # one\n```", "```python\nf(1)  # 하나\n```", True),
        ("```python\nf(1)\n```", "```python\nf(2)\n```", False),
        ("```text\n1 + 1  # two\n```", "```text\n1 + 1  # 둘\n```", False),
    ],
)
def test_listings(sample, listing, other, same):
    add_listing(sample, "en", listing)
    add_listing(sample, "ja", listing)
    add_listing(sample, "ko", other)
    found = [(place(error), error.message) for error in errors_of(sample)]
    line = sample.line("ko/sums.md", other.splitlines()[1])
    difference = (f"ko/sums.md:{line}", "the listing differs (chapters/en/sums.md:41)")
    assert found == ([] if same else [difference])


def test_missing_equation(sample):
    sample.edit("ko/sums.md", "$$\ns = \\sum_i x_i\n$$ (eq-sum)\n", "")
    (error,) = errors_of(sample)
    assert error.message.startswith("an equation is missing here: chapters/en/sums.md:27 ")


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


def printing(text, words):
    """The text as if its last cell had printed `words`."""
    notebook = nbformat.from_dict(text.notebook)
    for number, cell in enumerate([c for c in notebook.cells if c.cell_type == "code"], 1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", text=words if number == 2 else "6\n")]
    return replace(text, notebook=notebook)


def test_outputs_that_differ(sample):
    executed = {key: printing(text, "mean 1.5\n") for key, text in sample.texts.items()}
    assert errors_of(sample, executed) == []
    executed["ja", "sums"] = printing(sample.text("ja"), "mean 1.25\n")
    (error,) = errors_of(sample, executed)
    assert place(error) == f"ja/sums.md:{sample.line('ja/sums.md', 'print(')}"
    assert "output of the cell differs from the source (chapters/en/sums.md:54)" in error.message
    assert "found:\nmean 1.25\nexpected:\nmean 1.5" in error.hint


def test_cell_tagged_language_may_print_what_it_likes(sample):
    for language in ("en", "ko", "ja"):
        sample.edit(
            f"{language}/sums.md", "ipython3\nprint", "ipython3\n:tags: [language]\n\nprint"
        )
    executed = {key: printing(text, f"{key[0]}\n") for key, text in sample.texts.items()}
    assert errors_of(sample, executed) == []


def test_memory_addresses_are_no_difference(sample):
    executed = {
        key: printing(text, f"<object at 0x7f00{number}abcdef>\n")
        for number, (key, text) in enumerate(sample.texts.items())
    }
    assert errors_of(sample, executed) == []


@pytest.mark.parametrize("language", ["ko", "ja"])
def test_whichever_passage_is_missing_is_named_and_nothing_else(sample, language):
    file = sample.path(f"{language}/sums.md")
    whole = file.read_text(encoding="utf-8")
    source = split(sample.text("en"))
    for one, translated in zip(source, split(sample.text(language)), strict=True):
        text = translated.source
        if translated.kind == "code":
            text = f"```{{code-cell}} ipython3\n{text}\n```"
        assert whole.count(text) == 1
        file.write_text(whole.replace(text, ""), encoding="utf-8")
        (error,) = errors_of(sample)
        if translated.kind == "footnote":
            assert error.message == "the footnote [^count] is not defined"
        else:
            assert error.message.endswith(f"chapters/en/sums.md:{one.line} has no translation")


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
