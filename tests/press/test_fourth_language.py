"""A fourth language is a folder, its terms and its interface words: tried on a copy of the book."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CHAPTER = "layers-and-blocks"
PROTECTED = re.compile(
    r"""
    ^```(?:\{code-cell\}|\w+\n).*?^```$     # cells and listings
    | ^(?:```|:::)[^\n]*$                   # the lines that open and close directives
    | ^:[\w-]+:(?:[ ]fig-[\w-]+$)?          # their options
    | ^\([\w-]+\)=$
    | \$\$.*?\$\$(?:[ ]\([\w-]+\))? | \$[^$\n]+\$
    | \{\w+\}`[^`]+` | `+[^`]+`+
    | \]\([^)]*\) | <https?:[^>]*> | \[\^[\w-]+\]:?
    | \{\w+\}                               # the fields of interface words
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
COMMENT = re.compile(r"  # .*")  # in a cell or listing
WORD = re.compile(r"[A-Za-z]{2,}(?:'[a-z]+)?")


def made_up(english):
    """English words, each with an o at its end: layero, blockso."""
    parts, end = [], 0
    for match in PROTECTED.finditer(english):
        kept = COMMENT.sub(lambda found: WORD.sub(r"\g<0>o", found[0]), match[0])
        parts += [WORD.sub(r"\g<0>o", english[end : match.start()]), kept]
        end = match.end()
    return "".join([*parts, WORD.sub(r"\g<0>o", english[end:])])


def translated(text):
    """A chapter in the made-up language."""
    head, front, body = re.split(r"^---$\n?", text, maxsplit=2, flags=re.MULTILINE)
    description, rest = front.split("jupytext:", 1)
    key, words = description.split(":", 1)
    return f"{head}---\n{key}:{made_up(words)}jupytext:{rest}---\n{made_up(body)}"


def with_column(table):
    """A TOML file of the book with a line for the language after each line in English."""
    line = re.compile(r'^((?:\w+\.)?)en = ("[^"\n]*")(.*)$', re.MULTILINE)
    return line.sub(lambda m: f"{m[0]}\n{m[1]}eo = {made_up(m[2])}", table)


def change(path, function):
    path.write_text(function(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.fixture(scope="module")
def esperanto(tmp_path_factory):
    """A copy of the book with the language eo in it; what was run before need not run again."""
    root = tmp_path_factory.mktemp("fourth") / "book"
    for folder in ("chapters", "d2lmini", "press"):
        shutil.copytree(
            REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "jupytext.toml", root)
    outputs = REPOSITORY / "build" / "cache" / "outputs"
    if outputs.is_dir():
        shutil.copytree(outputs, root / "build" / "cache" / "outputs")
    for name in ("book.toml", "terms.toml"):
        change(root / "chapters" / name, with_column)
    for figure in (root / "chapters" / "figures").glob("*.svg"):
        change(figure, lambda svg: re.sub(r'data-ko="', 'data-eo="vorto" data-ko="', svg))
    (root / "chapters" / "eo").mkdir()
    for file in (root / "chapters" / "en").glob("*.md"):
        text = translated(file.read_text(encoding="utf-8"))
        (root / "chapters" / "eo" / file.name).write_text(text, encoding="utf-8")
    words = root / "press" / "words"
    lines = (words / "en.toml").read_text(encoding="utf-8").splitlines()
    parts = (line.partition(" = ") for line in lines)
    made = [f"{key}{equals}{made_up(word)}" if word else key for key, equals, word in parts]
    (words / "eo.toml").write_text("\n".join(made), encoding="utf-8")
    return root


def press(root, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "press", *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="module")
def site(esperanto):
    """The pages of a chapter and of the whole book, in four languages."""
    done = press(esperanto, "build", "--chapter", CHAPTER)
    assert done.returncode == 0, done.stderr
    return esperanto / "build" / "html"


def read(site, file):
    return (site / file).read_text(encoding="utf-8")


def test_its_pages_are_built_and_every_page_leads_to_them(site):
    html = read(site, f"eo/{CHAPTER}.html")
    assert '<html lang="eo"' in html and "Layerso ando Blockso</h1>" in html
    assert f'hreflang="eo" href="../eo/{CHAPTER}.html"' in read(site, f"ko/{CHAPTER}.html")
    assert 'hreflang="eo"' in read(site, "index.html")
    assert '<a class="skip" href="#content">Skipo too' in html
    assert "vorto</text>" in html, "a label of a figure"
    assert "He eto alo., 2016" in html, "a citation"
    assert "<dt>blocko</dt>" in read(site, "eo/glossary.html")
    assert "Citedo ino:" in read(site, "eo/bibliography.html")


def test_it_stands_beside_and_below_the_others(site):
    for code in ("en", "ko", "ja"):
        html = read(site, f"{code}/{CHAPTER}.html")
        assert '<input type="radio" name="beside" value="eo">' in html
        assert '<template data-language="eo">' in html
    own = read(site, f"eo/{CHAPTER}.html")
    assert re.findall(r'<template data-language="(\w+)">', own) == ["en", "ko", "ja"]


def test_search_finds_it(site):
    script = read(site, "eo/passages.js")
    assert script.startswith('(self.bookPassages ??= {})["eo"] = ')
    data = json.loads(script.partition("] = ")[2].rstrip(";\n"))
    assert "Layerso ando Blockso" in [chapter["title"] for chapter in data["chapters"]]
    assert "blocko" in [term["form"] for term in data["terms"]]
    korean = read(site, "ko/passages.js")
    assert '"blocko"' in korean, "a term is found by its name in the new language"


def test_its_state_is_kept(site, esperanto):
    assert (
        f"chapters/eo/{CHAPTER}.md:1: not yet matched"
        in press(esperanto, "stale", "--lang", "eo", "--chapter", CHAPTER).stdout
    )
    assert press(esperanto, "synced", "eo", CHAPTER, "index").returncode == 0
    done = press(esperanto, "stale", "--lang", "eo", "--chapter", CHAPTER, "--strict")
    assert done.returncode == 0, done.stdout


def test_what_it_lacks_is_named(site, esperanto):
    words = esperanto / "press" / "words" / "eo.toml"
    whole = words.read_text(encoding="utf-8")
    change(words, lambda text: re.sub(r"(?m)^(search|theme) = .*\n", "", text))
    change(words, lambda text: text.replace("Chaptero {number}", "Chaptero"))
    change(words, lambda text: text.replace("Figureo {number}", "Figureo {number"))
    change(words, lambda text: text + '\nsearhc = "x"\n')
    done = press(esperanto, "check")
    words.write_text(whole, encoding="utf-8")
    assert done.returncode == 1
    heads = [line for line in done.stderr.splitlines() if line.startswith("press/")]
    assert heads[0] == "press/words/eo.toml:1: interface words are missing: search, theme"
    assert "found 'Chaptero', expected {number} in it" in heads[1]
    assert "numbered_figure: expected '}' before end of string" in heads[2]
    assert heads[3].endswith("the interface has no word 'searhc'")
