"""Passages that are missing, stand twice, have changed places or belong elsewhere."""

from __future__ import annotations

import pytest
from faults import errors_of, place

from press.passages import split


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
    for other in ("$265$", "625"):  # meant, and nothing that a slip makes of 256
        built.edit("en/sums.md", "At most 265 bytes", f"At most {other} bytes")
        assert message not in built.press("check").stderr
        built.edit("en/sums.md", f"At most {other} bytes", "At most 265 bytes")


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


def test_file_of_another_chapter_is_told_once(sample):
    sample.edit("ko/sums.md", "(sums)=", "(products)=")
    sample.edit("ko/sums.md", "6 | 4", "7 | 5")
    (error,) = errors_of(sample)
    assert error.message.startswith("found the chapter 'products', expected 'sums' (chapters/en/")


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


def test_heading_with_another_number(sample):
    for code, words in (("en", "Means"), ("ko", "평균"), ("ja", "平均")):
        sample.edit(f"{code}/sums.md", f"## {words}", f"## {3 if code == 'ko' else 2}. {words}")
    (error,) = errors_of(sample)
    assert error.message.startswith("found the number 3, expected the number 2 (")
    assert place(error) == f"ko/sums.md:{sample.line('ko/sums.md', '## 3.')}"


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


def test_missing_equation(sample):
    sample.edit("ko/sums.md", "$$\ns = \\sum_i x_i\n$$ (eq-sum)\n", "")
    (error,) = errors_of(sample)
    assert error.message.startswith("an equation is missing here: chapters/en/sums.md:27 ")


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
