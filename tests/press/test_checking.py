"""Parity and terms: each fault gives one message that names both places."""

from __future__ import annotations

import pytest
from faults import errors_of, place

from press.errors import BookError, BookErrors

BACK = chr(96)


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


def test_figure_that_only_the_source_shows_is_told_once(sample):
    sample.path("figures/new.svg").write_bytes(sample.path("figures/sum.svg").read_bytes())
    sample.edit("en/sums.md", "figures/sum.svg", "figures/new.svg")
    (error,) = errors_of(sample)
    assert error.message.startswith("found '../figures/sum.svg', expected '../figures/new.svg'")


def test_formula_that_katex_refuses_is_told_once(sample):
    sample.edit("en/sums.md", "\\sum_i x_i", "\\some_i x_i")
    (error,) = errors_of(sample)
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', '$$')}"
    assert error.message.startswith("KaTeX cannot read the formula: Undefined control sequence")
    assert "\n" not in error.message


def test_errors_without_number_are_cut_short():
    errors = BookErrors(BookError(f"fault {number}") for number in range(60))
    assert str(errors).splitlines()[-1] == "… and 10 more"


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
