"""The state of translations: one English edit makes one passage stale, until someone says so."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given, strategies as st

from press.book import Choice
from press.building import build
from press.passages import split
from press.syncing import fingerprint, mark_synced, matched, stale_anchors
from press.texts import text_of

OLD = "The sum"
NEW = "The total"
STALE = re.compile(r'<p class="stale"><a href="([^"]+)" hreflang="en" title=".+?">(.+?)</a></p>')


@pytest.fixture
def synced(sample):
    """The sample book with both translations matched to its English."""
    for code in ("ko", "ja"):
        mark_synced(sample.book, code, ["sums"], sample.texts)
    return sample


def git(sample, *arguments):
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *names, *arguments]
    subprocess.run(command, cwd=sample.root, check=True, capture_output=True)


def page(sample, file):
    return (sample.book.html_dir / file).read_text(encoding="utf-8")


def test_the_record_has_a_line_for_each_passage_with_words(synced):
    lines = synced.path("synced/ko.toml").read_text(encoding="utf-8").splitlines()
    names = [line.partition(" = ")[0] for line in lines if " = " in line]
    assert lines[3] == "[sums]"
    assert names[:5] == ["description", "sums", "sums-1", "sums-2", "fig-sum"]
    assert "eq-sum" not in names, "a formula has nothing to translate"
    assert synced.press("synced", "ko", "sums").stdout.endswith("passages newly matched: 0\n")
    assert synced.path("synced/ko.toml").read_text(encoding="utf-8").splitlines() == lines


@pytest.mark.parametrize(
    ("english", "korean", "message"),
    [
        ("All 256 of them.", "256개 모두입니다.", ""),
        ("All 256 of them.", "모두입니다.", "the number 256 is missing"),
        (
            "All 256 of them.",
            "255개 모두입니다.",
            "the number 256 is missing; the number 255 ",
        ),
        ("All 256, half of twenty.", "256개 중 265개입니다.", "the number 265 is not in the sou"),
        ("All 256, half of twenty.", "256개 모두, 20개의 절반인 10개입니다.", ""),
        ("Half of 8 is 4.", "8의 절반은 3입니다.", "the number 4 is missing; the number 3 is not"),
        ("Calls 2 and 3 are 0.50 s.", "둘째와 셋째 호출은 0.50초입니다.", ""),
        ("Two of 1,000.", "1000개 중 2개입니다.", ""),
        ("20,000 of them.", "2만 개입니다.", ""),
        ("Three of 4, and four.", "4개와 네 개 중 세 개입니다.", ""),
        ("Three of the six.", "일곱 개 중 세 개입니다.", "found 7 instead of 6"),
        ("The third of them.", "네 번째입니다.", "found 4 instead of 3"),
        ("Both are one.", "다섯 사람입니다.", ""),
        ("Three ways lead there.", "길은 두 가지입니다.", "found 2 instead of 3"),
        ("It has two methods.", "메서드가 세 개입니다.", "found 3 instead of 2"),
        ("Both of the three.", "셋 가운데 두 개입니다.", ""),
        ("Three pairs of them.", "두 개씩 셋입니다.", ""),
        ("It has more than two layers.", "층이 세 개 이상입니다.", ""),
        ("Replayed after the first three calls.", "네 번째 호출부터 재생됩니다.", ""),
        (f"It is so {'and so ' * 20}on.", "그렇습니다.", "the paragraph has "),
    ],
)
def test_numbers_are_the_same_where_the_two_are_matched(sample, english, korean, message):
    sample.edit("en/sums.md", "The last line prints the mean.", english)
    sample.edit("ko/sums.md", "마지막 줄이 평균을 출력합니다.", korean)
    assert sample.press("check").returncode == 0, "it is for the translator to say when they match"
    done = sample.press("synced", "ko", "sums")
    line = sample.line("ko/sums.md", korean)
    assert done.returncode == bool(message)
    assert done.stderr.startswith(f"chapters/ko/sums.md:{line}: {message}" if message else "")


def test_number_of_a_comment_and_of_a_passage_that_is_stale(synced):
    synced.edit("en/sums.md", "the numbers to add", "the 12 numbers to add")
    synced.edit("en/sums.md", "A layer that adds.", "A layer that adds 12 numbers.")
    assert synced.press("check").returncode == 0
    synced.edit("ko/sums.md", "더할 수", "더할 수 12개")
    synced.edit("ko/sums.md", "더하는 층.", "수 12개를 더하는 층.")
    assert synced.press("synced", "ko", "sums").returncode == 0
    synced.edit("ko/sums.md", "더할 수 12개", "더할 수 13개")
    done = synced.press("check")
    assert done.stderr.count("the number 12 is missing") == 1


def test_one_english_edit_makes_one_passage_stale_in_each_language(synced):
    git(synced, "init", "-q")
    git(synced, "add", "chapters")
    git(synced, "commit", "-qm", "before")
    korean = synced.path("ko/sums.md").read_bytes()
    synced.edit("en/sums.md", OLD, NEW)
    checked = synced.press("check")
    assert checked.returncode == 0
    heads = [line for line in checked.stdout.splitlines() if line.startswith("chapters/")]
    assert heads == [
        f"chapters/{name}.md:{synced.line(f'{name}.md', '$6$')}: its English has changed since the"
        f" two were matched (chapters/en/sums.md:{synced.line('en/sums.md', NEW)})"
        for name in ("ko/sums", "ja/sums")
    ]
    assert f"    -{OLD} is $6$" in checked.stdout and f"    +{NEW} is $6$" in checked.stdout
    assert "press synced ko sums#sums-6" in checked.stdout
    assert checked.stdout.endswith("translated passages to review: 2\n")
    one = synced.press("stale", "--lang", "ko", "--strict")
    assert one.returncode == 1 and "chapters/ja" not in one.stdout

    done = synced.press("synced", "ko", "sums#sums-6")
    assert done.stdout == "chapters/synced/ko.toml is up to date; passages newly matched: 1\n"
    left = synced.press("stale").stdout
    assert "chapters/ja/sums.md" in left and "chapters/ko/sums.md" not in left
    assert synced.path("ko/sums.md").read_bytes() == korean, "a translation is never written"


def test_an_edit_of_the_translation_alone_changes_no_state(synced):
    synced.edit("en/sums.md", OLD, NEW)
    before = synced.press("stale", "--lang", "ko").stdout
    synced.edit("ko/sums.md", "합은 $6$입니다.", "총합은 $6$입니다.")
    both = before.replace("its English has changed", "it and its English have both changed")
    assert synced.press("stale", "--lang", "ko").stdout == both != before
    assert "Its earlier English is not in the available history." in before


def test_an_edit_of_the_translation_is_listed_until_it_is_confirmed(synced):
    git(synced, "init", "-q")
    git(synced, "add", "chapters")
    git(synced, "commit", "-qm", "before")
    synced.edit("ko/sums.md", "마지막 줄이 평균을", "마지막 줄이 중앙값을")
    done = synced.press("check")
    assert done.returncode == 0
    place = f"chapters/ko/sums.md:{synced.line('ko/sums.md', '중앙값')}"
    english = f"chapters/en/sums.md:{synced.line('en/sums.md', 'The last line')}"
    assert done.stdout.startswith(
        f"{place}: it has changed since it was matched with its English ({english})\n"
        "    -마지막 줄이 평균을 출력합니다.\n    +마지막 줄이 중앙값을 출력합니다.\n"
        "    When the translation is right, run: press synced ko sums#means-4\n"
    )
    build(synced.book, Choice(), jobs=2)
    assert 'class="stale"' not in page(synced, "ko/sums.html"), "its English is the same"
    assert synced.press("synced", "ko", "sums#means-4").stdout.endswith("newly matched: 1\n")
    assert synced.press("stale", "--strict").returncode == 0


def test_an_edit_of_the_translation_to_the_opposite_is_an_error_until_it_is_confirmed(synced):
    synced.edit("ja/sums.md", "最後の行が", "最初の行が")
    done = synced.press("check")
    line = synced.line("ja/sums.md", "最初の行が")
    message = f"chapters/ja/sums.md:{line}: found '最初' instead of 'last' (chapters/en/sums.md:"
    assert done.returncode == 1 and done.stderr.startswith(message)
    assert "press synced ja sums#means-4" in done.stderr
    assert synced.press("synced", "ja", "sums#means-4").returncode == 0
    assert synced.press("check").stdout == "3 texts are in order\n"


def test_term_without_other_words_counts_among_the_words(sample):
    sample.edit("terms.toml", 'en = "layer"', 'en = "input layer"')
    sample.edit("terms.toml", 'ko = "층"', 'ko = "입력층"')
    sample.edit("en/sums.md", "{term}`layer` that adds,", "{term}`input layer` that adds input,")
    sample.edit("ko/sums.md", "{term}`층 <layer>`", "입력을 더하는 {term}`입력층 <input layer>`")
    sample.edit("ja/sums.md", "<layer>", "<input layer>")
    assert sample.press("synced", "ko", "sums").returncode == 0
    sample.edit("ko/sums.md", "입력을 더하는", "출력을 더하는")
    assert "found '출력' instead of 'input'" in sample.press("check").stderr


def test_what_looks_wrong_in_a_chapter_without_a_record_is_listed(sample):
    sample.edit("ja/sums.md", "最後の行が", "最初の行が")
    sample.edit("en/sums.md", "The last line", "Line 12, the last,")
    done = sample.press("check")
    assert done.returncode == 0
    heads = [line for line in done.stdout.splitlines() if line.startswith("chapters/")]
    assert [head.partition(": ")[2].partition(" (")[0] for head in heads] == [
        "not yet matched with chapters/en/sums.md",
        "the number 12 is missing",
    ] * 2
    sample.edit("en/sums.md", "Line 12, the last,", "The last line")
    assert "found '最初' instead of 'last'" in sample.press("check").stdout


def test_a_spoilt_record_of_another_language_does_not_matter(synced):
    synced.path("synced/ja.toml").write_text("x", encoding="utf-8")
    assert synced.press("stale", "--lang", "ko").returncode == 0
    assert synced.press("stale", "--lang", "ja").returncode == 1


def test_what_is_recorded_of_a_removed_chapter_is_named(synced):
    for code in ("ko", "ja"):
        record = synced.path(f"synced/{code}.toml")
        record.write_text(record.read_text(encoding="utf-8") + '\n[old]\nold-1 = "1"\n', "utf-8")
    done = synced.press("check")
    line = synced.line("synced/ja.toml", "[old]")
    assert done.stderr.startswith(
        f"chapters/synced/ja.toml:{line}: the book has no chapter 'old', which is recorded as"
        " translated\n    Remove [old] and the lines below it, up to the next chapter.\n"
        f"    The same in chapters/synced/ko.toml:{line}.\n"
    )


def test_a_description_is_matched_as_passages_are(synced):
    synced.edit("en/sums.md", "How to add numbers.", "How to add two numbers.")
    synced.edit("ja/sums.md", "description: ", "description: 出力の")
    done = synced.press("stale")
    assert "chapters/ko/sums.md:2: its English has changed since" in done.stdout
    assert "press synced ja sums#description" in done.stdout
    synced.edit("en/sums.md", "How to add two numbers.", "How to add numbers.")
    done = synced.press("stale")
    assert done.stdout.startswith("chapters/ja/sums.md:2: it has changed since it was matched")
    assert done.stdout.endswith("review: 1\n")


def test_a_description_is_held_to_the_numbers_that_it_was_matched_with(sample):
    sample.edit("en/sums.md", "How to add numbers.", "How to add 12 numbers.")
    sample.edit("ko/sums.md", "수를 더하는 방법.", "수 12개를 더하는 방법.")
    mark_synced(sample.book, "ko", ["sums"], sample.texts)
    sample.edit("ko/sums.md", "수 12개를", "수 13개를")
    assert "chapters/ko/sums.md:2: the number 12 is missing;" in sample.press("check").stderr


def test_a_record_of_the_english_alone_says_nothing_of_the_translation(synced):
    file = synced.path("synced/ko.toml")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(re.sub(r' \w+"$', '"', line) for line in lines), encoding="utf-8")
    synced.edit("ko/sums.md", "마지막 줄이 평균을", "첫 줄이 중앙값을")
    assert synced.press("stale", "--strict").returncode == 0


def test_page_shows_the_stale_passage_in_both_places(synced):
    synced.edit("en/sums.md", OLD, NEW)
    build(synced.book, Choice(), jobs=2)
    own, _, carried = page(synced, "ko/sums.html").partition("<template")
    assert STALE.findall(own) == [("../en/sums.html#sums-6", "번역 확인 전")]
    assert own.index('id="sums-6"') < own.index('class="stale"') < own.index('id="means"')
    assert STALE.findall(carried) == [("../en/sums.html#sums-6", "翻訳未確認")]
    english, _, carried = page(synced, "en/sums.html").partition("<template")
    assert not STALE.search(english) and len(STALE.findall(carried)) == 2
    for code in ("ko", "ja"):
        mark_synced(synced.book, code, ["sums#sums-6"], synced.texts)
    written = build(synced.book, Choice(), jobs=2)
    assert {"ko/sums.html", "ja/sums.html"} <= set(written), "the badge goes with the state"
    assert 'class="stale"' not in page(synced, "ko/sums.html")


def test_badge_is_no_link_where_the_english_has_no_page(synced):
    synced.edit("en/sums.md", OLD, NEW)
    build(synced.book, Choice(languages=["ko"]), jobs=2)
    assert re.search(r'<p class="stale"><span title=', page(synced, "ko/sums.html"))


def test_a_passage_put_in_or_taken_out_makes_no_other_stale(synced):
    for code in ("en", "ko", "ja"):
        text = synced.path(f"{code}/sums.md").read_text(encoding="utf-8")
        parts = text.split("\n\n")
        place = next(n for n, part in enumerate(parts) if "[NumPy]" in part)
        parts.insert(place, "One more.")
        synced.path(f"{code}/sums.md").write_text("\n\n".join(parts), encoding="utf-8")
    done = synced.press("stale", "--lang", "ko")
    [head] = [line for line in done.stdout.splitlines() if line.startswith("chapters/")]
    assert f"ko/sums.md:{synced.line('ko/sums.md', 'One more')}: not yet matched" in head
    for code in ("en", "ko", "ja"):
        synced.edit(f"{code}/sums.md", "One more.\n\n", "")
    assert synced.press("stale", "--strict").returncode == 0


def test_a_passage_that_moves_in_every_language_is_not_stale(synced):
    for code in ("en", "ko", "ja"):
        text = synced.path(f"{code}/sums.md").read_text(encoding="utf-8").rstrip()
        parts = text.split("\n\n")
        place = next(n for n, part in enumerate(parts) if "[NumPy]" in part)
        parts.append(parts.pop(place))
        synced.path(f"{code}/sums.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    assert synced.press("stale", "--strict").returncode == 0


def test_a_translation_that_lacks_a_passage_cannot_be_matched(synced):
    synced.edit("en/sums.md", "The sum", "One more.\n\nThe sum")
    before = synced.path("synced/ko.toml").read_bytes()
    done = synced.press("synced", "ko", "sums")
    assert done.returncode == 1 and "a paragraph is missing here" in done.stderr
    assert synced.path("synced/ko.toml").read_bytes() == before
    assert synced.press("stale", "--lang", "ko").stdout.endswith("review: 0\n")


def test_a_chapter_without_a_record_is_told_once_and_has_no_badges(sample):
    done = sample.press("stale", "--lang", "ja")
    assert done.stdout.startswith(
        "chapters/ja/sums.md:1: not yet matched with chapters/en/sums.md\n"
    )
    assert "press synced ja sums\n" in done.stdout
    build(sample.book, Choice(), jobs=2)
    assert 'class="stale"' not in page(sample, "ja/sums.html")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("ko", "sums#sum"), 1, "no passage has the anchor 'sum'\n    Did you mean sums"),
        (("ko", "suns"), 2, "there is no chapter 'suns' in this book"),
        (("en", "sums"), 2, "there is no translation 'en' in this book. Choices: ko, ja."),
    ],
)
def test_a_place_that_is_not_there(synced, arguments, code, message):
    done = synced.press("synced", *arguments)
    assert done.returncode == code and message in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[sums]\n<<<<<<< one\n", "chapters/synced/ko.toml:2: an unresolved merge"),
        ('[sums]\nsums = "3"\nsums = "4"\n', "chapters/synced/ko.toml:3: invalid TOML"),
        ("[sums]\nsums = 3\n", "chapters/synced/ko.toml:2: sums: not a table of hashes"),
    ],
)
def test_a_record_that_a_merge_has_spoilt(synced, content, message):
    synced.path("synced/ko.toml").write_text(content, encoding="utf-8")
    done = synced.press("stale")
    assert done.returncode == 1 and done.stderr.startswith(message)


def chapter(sample, *paragraphs):
    source = "---\ndescription: x\n---\n\n# Title\n\n" + "\n\n".join(paragraphs)
    return split(text_of(sample.path("en/sums.md"), source))


def test_what_a_translator_does_not_see_makes_nothing_stale(sample):
    def same(*sources):
        return len({fingerprint(chapter(sample, source)[1]) for source in sources}) == 1

    cell = "```{{code-cell}} ipython3\n{}\n```"
    assert same("One two.\nThree.", "One\ntwo. Three.")
    assert same(cell.format("x = 1  # one"), cell.format("x = 2  # one"))
    assert not same(cell.format("x = 1  # one"), cell.format("x = 1  # two"))
    assert not same("One.", "Two.")


WORDS = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=6)


@given(before=WORDS, after=WORDS)
def test_what_stays_in_place_is_never_stale(before, after, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "en" / "x.md"

    def passages(words):
        return split(text_of(path, "---\ndescription: x\n---\n\n# T\n\n" + "\n\n".join(words)))

    one, other = passages(before), passages(after)
    record = {str(place): fingerprint(p) for place, p in enumerate(one)}
    found = matched(other, record)
    assert len(stale_anchors(one, record)) == 0
    assert all(not known or known in record.values() for known in found)
    if before == after[: len(before)]:
        assert found[: len(one)] == list(record.values())
    fresh = [p for p in other if fingerprint(p) not in record.values()]
    assert len(stale_anchors(other, record)) >= len(fresh)
