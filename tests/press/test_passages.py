"""The book's Markdown becomes passages, or errors that name the line."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from press.errors import BookError, flat
from press.passages import ELSE, Passage, anchors, check_outline, split, title, words
from press.references import labels, references, unresolved
from press.texts import Text

CASES = tomllib.loads(Path(__file__).with_name("markdown.toml").read_text("utf-8"))["case"]
GOOD = [case for case in CASES if "passages" in case]
BAD = [case for case in CASES if "errors" in case]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chapters")
    (root / "figures").mkdir()
    (root / "en").mkdir()
    (root / "figures" / "shape.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return root / "en" / "sample.md"


def written(path: Path, *cells: str | tuple[str, str]) -> Text:
    """A text as an author wrote it; a code cell is ("code", program)."""
    parts, lines, made = [], [1], []
    for cell in cells:
        if isinstance(cell, str):
            parts.append(cell)
            made.append(new_markdown_cell(cell))
        else:
            parts.append(f"```{{code-cell}} ipython3\n{cell[1]}\n```")
            made.append(new_code_cell(cell[1]))
        lines.append(lines[-1] + parts[-1].count("\n") + 2)
    notebook = new_notebook(cells=made)
    return Text(path, "en", "sample", "\n\n".join(parts), {}, notebook, tuple(lines[:-1]))


def passages(path: Path, *cells: str | tuple[str, str]) -> Sequence[Passage]:
    return split(written(path, *cells))


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_case_becomes_passages(case: dict, path: Path) -> None:
    found = passages(path, case["markdown"].strip("\n"))
    assert [passage.kind for passage in found] == [want["kind"] for want in case["passages"]]
    for passage, anchor, want in zip(found, anchors(found), case["passages"], strict=True):
        seen = vars(passage) | {
            "anchor": anchor,
            **{key: list(getattr(passage, key)) for key in ("math", "code", "links", "size")},
            "references": [list(pair) for pair in passage.references],
        }
        assert {key: seen[key] for key in want} == want
        absent = {"math", "code", "links", "size", "references", "variant", "label"} - want.keys()
        assert not any(seen[key] for key in absent), "a field that the case does not mention"


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_case_is_refused(case: dict, path: Path) -> None:
    with pytest.raises(BookError) as caught:
        passages(path, case["markdown"].strip("\n"))
    errors = flat(caught.value)
    assert [f"{each.line}: {each.message}" for each in errors] == case["errors"]
    assert all(each.path == path for each in errors)
    assert case.get("hint", errors[0].hint) == errors[0].hint


def test_lines_and_cells_count_across_cells(path: Path) -> None:
    found = passages(path, "# T", ("code", "print(1)\nprint(2)"), "one\n\ntwo")
    assert [(p.kind, p.line, p.cell) for p in found] == [
        ("heading", 1, 0),
        ("code", 3, 1),
        ("paragraph", 8, 2),
        ("paragraph", 10, 2),
    ]
    assert found[1].source == "print(1)\nprint(2)"
    assert [p.source for p in found[2:]] == ["one", "two"]


def test_footnote_of_a_later_cell_is_known_in_an_earlier_one(path: Path) -> None:
    found = passages(path, "Won[^a].", ("code", "1"), "[^a]: He.")
    assert [p.kind for p in found] == ["paragraph", "code", "footnote"]


def test_table_may_begin_right_after_the_mark_of_a_list(path: Path) -> None:
    table = "- | a | b |\n  | --- | --- |\n  | c | d |"
    assert [p.size for p in passages(path, table)] == [(1, 2, 2)]
    with pytest.raises(BookError, match="a row of 3 columns in a table with 2"):
        passages(path, f"{table} e |")


def test_words_keep_their_lines(path: Path) -> None:
    [note] = passages(path, ":::{note}\none `code`\ntwo $x$ three\n\n- four\n:::")
    lines = note.text.split("\n")
    assert [line.strip() for line in lines] == ["", f"one {ELSE}", f"two {ELSE} three", "", "four"]
    found = passages(path, "```{figure} ../figures/shape.svg\n:alt: A square\n\nA caption.\n```")
    lines = found[0].text.split("\n")
    assert [line.strip() for line in lines] == ["", "A square", "", "A caption."]


def test_quotes_are_set_as_in_a_book(path: Path) -> None:
    [found] = passages(path, """It doesn't say "layer".""")
    assert found.text.strip() == "It doesn’t say “layer”."


def test_title_has_its_code(path: Path) -> None:
    assert words(title(passages(path, "# The `Block` class and $x$"))) == "The Block class and x"


def test_anchors_outlive_an_edit_in_another_section(path: Path) -> None:
    before = anchors(passages(path, "# A\n\none\n\n## B\n\ntwo"))
    after = anchors(passages(path, "# A\n\nnew\n\none\n\n## B\n\ntwo"))
    assert before == ["a", "a-1", "b", "b-1"]
    assert after == ["a", "a-1", "a-2", "b", "b-1"]


def test_anchors_differ_where_titles_are_equal_or_clash_with_a_label(path: Path) -> None:
    found = passages(path, "# A\n\n## B\n\n## B\n\n(a-1)=\nx\n\n## 층")
    assert anchors(found) == ["a", "b", "b-2", "a-1", "section"]
    assert anchors(passages(path, "# A\n\nx\n\n(a-1)=\ny")) == ["a", "a-1-2", "a-1"]


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("one", "1: a chapter must begin with its title"),
        ("one\n\n# A", "1: a chapter must begin with its title"),
        ("# A\n\n# B", "3: a chapter can have only one title, found a second heading of level 1"),
        ("# A\n\n### B", "3: a heading of level 3 after one of level 1"),
    ],
)
def test_outline(path: Path, markdown: str, message: str) -> None:
    error = check_outline(written(path, markdown))[0]
    assert f"{error.line}: {error.message}" == message


def test_labels_are_unique_in_the_book(path: Path) -> None:
    one = written(path, "# One\n\n(here)=\n## X")
    two = written(path, "# Two")
    known = labels({"one": one, "two": two})
    assert {name: target.slug for name, target in known.items()} == {
        "one": "one",
        "two": "two",
        "here": "one",
    }
    with pytest.raises(BookError, match="the label 'here' appears twice"):
        labels({"one": one, "two": written(path, "# Two\n\n(here)=\n## Y")})


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("{ref}`absent`", "{ref} refers to 'absent', which no chapter defines"),
        ("{ref}`fig-shape`", "{ref} refers to 'fig-shape', a figure without a title (sample.md:4)"),
        ("{numref}`here`", "{numref} refers to 'here', a heading (sample.md:2)"),
        ("{eq}`fig-shape`", "{eq} refers to 'fig-shape', a figure (sample.md:4)"),
        ("{term}`sheet`", "'sheet' is not a term of the glossary"),
    ],
)
def test_references_that_miss(path: Path, markdown: str, message: str) -> None:
    base = "(here)=\n# A\n\n```{figure} ../figures/shape.svg\n:name: fig-shape\n:alt: x\n```\n\n"
    text = written(path, f"{base}one\n{markdown}")
    known = labels({"sample": text})
    [error] = unresolved(text, known, ["layer"])
    assert (error.line, error.message) == (10, message)


def test_references_that_hit(path: Path) -> None:
    text = written(
        path,
        "(here)=\n# A\n\n(t)=\n|a|\n|-|\n|b|\n\n$$x$$ (eq-x)\n\n"
        "{ref}`here` {ref}`sample` {numref}`t` {eq}`eq-x` {term}`layer` {ref}`the table <t>`",
    )
    known = labels({"sample": text})
    assert unresolved(text, known, ["layer"]) == []
    assert list(references(split(text)[-1])) == [
        (11, "ref", "here", ""),
        (11, "ref", "sample", ""),
        (11, "numref", "t", ""),
        (11, "eq", "eq-x", ""),
        (11, "term", "layer", ""),
        (11, "ref", "t", "the table"),
    ]


BLOCKS = st.sampled_from(
    [
        "one\ntwo",
        "## Head",
        "- a\n- b",
        "| a | b |\n|---|---|\n| c | d |",
        "$$x$$",
        ":::{note}\none\n:::",
        "```python\nx\n\ny\n```",
        "> said",
    ]
)


@given(blocks=st.lists(BLOCKS, min_size=1, max_size=12), cuts=st.sets(st.integers(1, 11)))
def test_passages_do_not_depend_on_cells(blocks: list[str], cuts: set[int], path: Path) -> None:
    """Where an author cuts cells changes nothing but the cell: every block is one passage."""
    whole = passages(path, "\n\n".join(blocks).replace("- b\n\n- a", "- b\n\n% cut\n\n- a"))
    cells: list[list[str]] = [[]]
    for number, block in enumerate(blocks):
        if number in cuts and cells[-1]:
            cells.append([])
        cells[-1].append(block)
    cut = passages(path, *("\n\n".join(cell) for cell in cells))
    if "- a\n- b" not in blocks and "> said" not in blocks:  # neighbours of these flow together
        assert [(p.kind, p.line, p.source) for p in cut] == [
            (p.kind, p.line, p.source) for p in whole
        ]
        assert [p.source for p in cut] == blocks
    assert len(set(anchors(cut))) == len(cut)


@given(markdown=st.text(alphabet=st.sampled_from("ab `*_$[](){}<>#-:|^=~%\n1.층層"), max_size=60))
def test_any_text_is_read_or_refused_with_a_line(markdown: str, path: Path) -> None:
    try:
        found = passages(path, markdown)
    except BookError as error:
        errors = flat(error)
        assert all(1 <= each.line <= markdown.count("\n") + 1 for each in errors)
    else:
        lines = markdown.split("\n")
        assert all(1 <= passage.line <= len(lines) for passage in found)
        assert sorted(passage.line for passage in found) == [passage.line for passage in found]
        for passage in found:
            assert passage.line + passage.text.count("\n") <= len(lines) + 1
