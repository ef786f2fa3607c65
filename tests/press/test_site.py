"""The site: pages in every language, only what changed written anew, whole or not at all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from press import pages, site
from press.book import Choice
from press.downloads import CARRIED, WRITERS
from press.errors import BookError
from press.interface import interface
from press.site import broken, build_site, links

PRESS = Path(pages.__file__).parent

PAGES = {
    "index.html",
    "404.html",
    *(
        f"{code}/{name}.html"
        for code in ("en", "ko", "ja")
        for name in ("index", "glossary", "sums")
    ),
    *(f"{code}/passages.js" for code in ("en", "ko", "ja")),
    *(f"{code}/sums{suffix}" for code in ("en", "ko", "ja") for suffix in (*WRITERS, CARRIED)),
}
SECOND = "---\ndescription: More.\n---\n\n# Products\n\nA product follows a {ref}`sum <means>`.\n"


PREFACE = (
    "---\ndescription: On the book.\n---\n\n(preface)=\n# Preface\n\n## For whom\n\nFor {where}.\n"
)


def build(sample, *choice, **options):
    return set(build_site(sample.book, sample.texts, Choice(*choice), **options))


def page(sample, file):
    return (sample.book.html_dir / file).read_text(encoding="utf-8")


def taken_away(text):
    """The files that a chapter in a language is offered as."""
    return {f"{text}{suffix}" for suffix in (*WRITERS, CARRIED)}


def add_chapter(sample):
    for language in ("en", "ko", "ja"):
        sample.path(f"{language}/products.md").write_text(SECOND, encoding="utf-8")
    sample.edit("book.toml", '["sums"]', '["sums", "products"]')


def test_every_page_is_written_in_its_language(sample):
    assert build(sample) == PAGES == set(sample.site())
    for language, title, part in (
        ("en", "Sums", "Numbers"),
        ("ko", "합", "수"),
        ("ja", "和", "数"),
    ):
        html = page(sample, f"{language}/sums.html")
        assert f'<html lang="{language}"' in html
        assert re.search(rf"<title>{title}[^<]* · ", html)
        assert f'<p class="part" id="part-1">{part}</p>' in html
        assert html.count('rel="alternate"') == 3
        assert re.search(r'<meta name="description" content="[^"]+">', html)


def test_anchors_are_the_same_in_every_language(sample):
    build(sample)
    found = []
    for language in ("en", "ko", "ja"):
        text = (
            page(sample, f"{language}/sums.html").partition("<article")[2].partition("</article")[0]
        )
        found.append(re.findall(r' id="([\w-]+)"', text))
    assert found[0] == found[1] == found[2]
    assert {"sums", "fig-sum", "eq-sum", "means", "note-count"} <= set(found[0])


def test_every_page_carries_its_sisters(sample):
    build(sample)
    html = page(sample, "en/sums.html")
    korean = html.partition('<template data-language="ko">')[2].partition("</template>")[0]
    assert '<div class="sister" lang="ko" data-for="means"><h2>평균</h2></div>' in korean
    assert "eq-sum" in korean and 'data-for="eq-sum"' not in korean and " id=" not in korean


def test_page_carries_the_meaning_of_its_terms(sample):
    build(sample)
    html = page(sample, "ko/sums.html").partition('<template id="previews">')[2]
    terms = html.partition("</template>")[0]
    assert "<p><b>층</b></p>\n<p>배열을 다루는 함수.</p>" in terms
    assert '<p class="other" lang="ja"><span>層</span>' in terms
    assert "배열을 다루는 함수." in terms
    assert "딕셔너리" not in terms, "only the terms that the chapter links to"
    sample.edit("terms.toml", "배열을 다루는 함수.", "배열에 쓰는 함수.")
    assert {"ko/sums.html", "ko/glossary.html", "ko/passages.js"} <= build(sample)


def test_page_carries_what_it_refers_to_in_other_chapters(sample):
    add_chapter(sample)
    sample.edit("ko/products.md", "{ref}`sum <means>`", "{ref}`sum <means>`, {numref}`fig-sum`")
    build(sample)

    def carried(file):
        return page(sample, file).partition('<template id="previews">')[2].partition("</temp")[0]

    english, korean = carried("en/products.html"), carried("ko/products.html")
    assert '<div data-for="sums.html#means">\n<p class="where">Chapter 1 Sums</p>' in english
    assert "<p><b>Means</b></p>" in english
    assert '<div data-for="sums.html#fig-sum">\n<p class="where">1장 합</p>' in korean
    assert "<svg" in korean and "더하는 층." in korean and "<a " not in korean
    sample.edit("ko/sums.md", "더하는 층.", "더해 주는 층.")
    assert "ko/products.html" in build(sample)
    assert "더해 주는 층." in carried("ko/products.html")


def test_nothing_changed_means_nothing_written(sample):
    build(sample)
    before = sample.book.html_dir.stat()
    assert build(sample) == set()
    after = sample.book.html_dir.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert build(sample, force=True) == PAGES


def test_nothing_changed_needs_neither_templates_nor_katex(sample, monkeypatch):
    build(sample)
    monkeypatch.setattr(pages, "_templates", None)
    assert build(sample) == set()


def test_prose_edit_writes_only_the_pages_that_show_it(sample):
    add_chapter(sample)
    build(sample)
    sample.edit("en/products.md", "A product follows", "A product comes after")
    pages = {f"{language}/products.html" for language in ("en", "ko", "ja")}
    assert build(sample) == pages | taken_away("en/products") | {"en/passages.js"}
    assert "comes after" in page(sample, "ko/products.html")


def add_preface(sample):
    for language in ("en", "ko", "ja"):
        text = PREFACE.format(where=f"readers of {language} and of {{ref}}`means`")
        sample.path(f"{language}/index.md").write_text(text, encoding="utf-8")


def test_first_build_may_be_of_one_language(sample):
    add_preface(sample)
    assert {"index.html", "ja/sums.html"} <= build(sample, ["ja"])
    assert not any(file.startswith(("en/", "ko/")) for file in sample.site())


def test_preface_stands_on_the_first_page_and_takes_no_number(sample):
    before = build(sample)
    numbered = page(sample, "ko/sums.html")
    add_preface(sample)
    build(sample)
    front = page(sample, "ko/index.html")
    assert set(sample.site()) == before
    assert 'id="preface"' in front and front.count("<h1") == 1
    assert "For readers of ko and of" in front and 'href="sums.html#means"' in front
    assert "For readers of ja" in front.partition('<template data-language="ja"')[2]
    label = re.search(r'<p class="eyebrow">.*', numbered)[0]
    assert label in page(sample, "ko/sums.html")
    assert "For readers of" not in page(sample, "index.html")


def test_preface_is_kept_where_one_chapter_or_language_is_built(sample):
    add_preface(sample)
    add_chapter(sample)
    build(sample)
    sample.edit("en/products.md", "# Products", "# Other Products")
    assert "en/index.html" in build(sample, ["en"], ["products", "index"])
    for language in ("en", "ko"):
        assert f"For readers of {language}" in page(sample, f"{language}/index.html")


def test_changed_title_reaches_contents_neighbours_and_references(sample):
    add_chapter(sample)
    build(sample)
    sample.edit("ko/sums.md", "# 합", "# 더하기")
    written = build(sample)
    assert {"ko/index.html", "ko/glossary.html", "ko/sums.html", "ko/products.html"} <= written
    assert "en/index.html" not in written and "en/glossary.html" not in written


def test_changed_word_of_a_figure_reaches_its_pages(sample):
    build(sample)
    sample.edit("figures/sum.svg", ">layer<", ">one layer<")
    assert build(sample) == {file for file in PAGES if "/sums." in file}


def test_spoilt_page_is_written_again(sample):
    build(sample)
    (sample.book.html_dir / "ko" / "sums.html").write_text("<p>")
    assert build(sample) == {"ko/sums.html"}


def test_removed_chapter_leaves_the_site(sample):
    add_chapter(sample)
    build(sample)
    sample.edit("book.toml", ', "products"]', "]")
    for language in ("en", "ko", "ja"):
        sample.path(f"{language}/products.md").unlink()
    build(sample)
    assert set(sample.site()) == PAGES


def test_one_language_alone_has_the_anchors_of_the_source(sample):
    assert build(sample, ["ko"]) == {f for f in PAGES if f.startswith(("index", "404", "ko/"))}
    html = page(sample, "ko/sums.html")
    assert 'id="means"' in html and 'hreflang="en"' not in html
    assert "<template data-language" not in html


def test_choice_leaves_the_other_pages_as_they_were(sample):
    build(sample)
    sample.edit("en/sums.md", "A sum adds", "A sum joins")
    assert build(sample, ["ko"]) == {"ko/sums.html", "en/passages.js"}
    assert "A sum adds" in page(sample, "en/sums.html")
    assert build(sample) == {"en/sums.html", "ja/sums.html", *taken_away("en/sums")}


def test_previous_and_next_chapter(sample):
    add_chapter(sample)
    build(sample)
    assert 'rel="next" href="products.html"' in page(sample, "ja/sums.html")
    assert 'rel="prev" href="sums.html"' in page(sample, "ja/products.html")
    assert 'href="sums.html#means">sum</a>' in page(sample, "ja/products.html")


def test_full_disk_keeps_the_last_good_book(sample, monkeypatch):
    build(sample)
    before = sample.site()
    sample.edit("en/sums.md", "A sum adds", "A sum joins")
    whole = Path.write_text

    def write(self, *args, **options):
        if "html.new" in self.parts:
            raise OSError(28, "No space left on device", str(self))
        return whole(self, *args, **options)

    monkeypatch.setattr(Path, "write_text", write)
    with pytest.raises(OSError, match="No space left on device"):
        build(sample)
    assert sample.site() == before
    assert not (sample.book.build_dir / "html.new").exists()


def test_swap_that_fails_halfway_brings_the_last_good_book_back(sample, monkeypatch):
    build(sample)
    before = sample.site()
    sample.edit("en/sums.md", "A sum adds", "A sum joins")
    whole = Path.rename

    def rename(self, target):
        if self.name == "html.new":
            raise PermissionError(13, "Permission denied", str(self))
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(PermissionError):
        build(sample)
    assert sample.site() == before


def test_build_ended_between_the_two_renames_is_mended(sample):
    build(sample)
    html = sample.book.html_dir
    html.rename(html.with_name("html.old"))
    assert build(sample) == set()
    assert set(sample.site()) == PAGES and not html.with_name("html.old").exists()


def test_fault_in_a_text_keeps_the_last_good_book(sample):
    build(sample)
    before = sample.site()
    sample.edit("ja/sums.md", "{ref}`means`", "{ref}`meens`")
    with pytest.raises(BookError) as caught:
        build(sample)
    assert str(caught.value).startswith(
        f"chapters/ja/sums.md:{sample.line('ja/sums.md', 'meens')}: {{ref}} refers to 'meens'"
    )
    assert sample.site() == before


def test_broken_links_are_found():
    pages = {
        "en/a.html": '<p id="x"><a href="b.html#y"><a href="#z"><a href="../c.css?1">',
        "en/b.html": '<p id="y"><a href="a.html#x"><a href="https://example.org/#y"><img src="n">'
        '<template><p id="z"><a href="#z"></template>',
    }
    found = {file: links(content) for file, content in pages.items()}
    assert list(broken(found, {"c.css"})) == [
        "en/a.html links to #z, but en/a.html has no anchor z",
        "en/b.html links to #z, but en/b.html has no anchor z",
        "en/b.html links to n, but there is no en/n",
    ]


def test_broken_link_stops_the_build(sample, monkeypatch):
    build(sample)
    before, assets = sample.site(), site._assets()
    monkeypatch.setattr(site, "_assets", lambda: {**assets, "book.css": "static/boook.css"})
    with pytest.raises(Exception, match=r"links to \.\./static/boook\.css, but there is no"):
        build(sample)
    assert sample.site() == before


def test_book_without_address_says_none(sample):
    build(sample)
    assert not {"robots.txt", "sitemap.xml"} & set(sample.site())
    html = page(sample, "ko/sums.html")
    assert '<link rel="alternate" hreflang="ja" href="../ja/sums.html">' in html
    assert not any(word in html for word in ("canonical", "og:url", "og:image"))
    assert '<meta property="og:locale" content="' in html


def test_book_with_address_tells_machines_where_it_is(sample):
    build(sample)
    toml = sample.path("book.toml").read_text(encoding="utf-8")
    sample.path("book.toml").write_text(f'address = "https://a.example/book"\n{toml}', "utf-8")
    assert build(sample) >= {"robots.txt", "sitemap.xml", "ko/sums.html", "index.html"}
    html = page(sample, "ko/sums.html")
    here = "https://a.example/book/ko/sums.html"
    assert f'<link rel="canonical" href="{here}">' in html
    assert f'<meta property="og:url" content="{here}">' in html
    assert '<meta property="og:locale" content="ko_KR">' in html
    home = "https://a.example/book/"
    picture = re.search(f'property="og:image" content="{home}(static/card.png)\\?', html)
    content = (sample.book.html_dir / picture[1]).read_bytes()
    assert content[:4] == b"\x89PNG" and content[16:24].hex() == f"{1200:08x}{630:08x}"
    assert 'og:image:width" content="1200"' in html and 'og:image:height" content="630"' in html
    assert re.search(r'<meta property="og:title" content="합 · [^"]+">', html)
    assert 'hreflang="ja" href="https://a.example/book/ja/sums.html">' in html
    assert '<a href="../ja/sums.html"' in html, "what readers follow works from a file too"
    assert page(sample, "robots.txt").endswith("Sitemap: https://a.example/book/sitemap.xml\n")
    assert build(sample) == set()


def test_page_for_what_is_not_there_works_at_any_depth(sample):
    build(sample)
    assert '<a href="/ko/index.html"' in page(sample, "404.html")
    toml = sample.path("book.toml").read_text(encoding="utf-8")
    sample.path("book.toml").write_text(f'address = "https://a.example/book"\n{toml}', "utf-8")
    assert "404.html" in build(sample)
    html = page(sample, "404.html")
    addresses = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert all(each.startswith("https://a.example/book/") for each in addresses)
    for language in ("en", "ko", "ja"):
        assert f"https://a.example/book/{language}/index.html" in addresses
        assert interface(language)["missing"] in html.replace("<wbr>", "")
    assert "choose.js" not in html and "canonical" not in html and "noindex" in html
    assert build(sample) == set()


def test_map_of_the_site_lists_every_page_once(sample):
    toml = sample.path("book.toml").read_text(encoding="utf-8")
    sample.path("book.toml").write_text(f'address = "https://a.example/"\n{toml}', "utf-8")
    files = {file for file in build(sample) if file.endswith(".html")} - {"404.html"}
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    listed = ElementTree.fromstring(page(sample, "sitemap.xml")).findall("s:url/s:loc", spaces)
    found = [each.text.removeprefix("https://a.example/") for each in listed]
    assert sorted(found) == sorted(re.sub(r"index\.html$", "", file) for file in files)


def test_book_without_terms_has_no_glossary(sample):
    sample.path("terms.toml").unlink()
    for language in ("en", "ko", "ja"):
        file = sample.path(f"{language}/sums.md")
        file.write_text(re.sub(r"\{term\}`[^`]*`", "층", file.read_text("utf-8")), encoding="utf-8")
    assert build(sample) == {file for file in PAGES if "glossary" not in file}
    assert "glossary.html" not in page(sample, "en/index.html")


def test_interface_has_the_same_words_in_every_language():
    tables = [tomllib.loads(file.read_text("utf-8")) for file in PRESS.glob("words/*.toml")]
    assert len(tables) == 3
    for table in tables:
        assert table.keys() == tables[0].keys()
        for key, words in table.items():
            fields = (re.findall(r"\{\w+\}", each) for each in (words, tables[0][key]))
            assert len({frozenset(found) for found in fields}) == 1


def test_templates_use_no_word_that_a_dict_has_a_method_for():
    """In Jinja `words.copy` is the method of the table of words, `words['copy']` the word."""
    for file in PRESS.glob("templates/*.j2"):
        used = set(re.findall(r"words\.(\w+)", file.read_text("utf-8")))
        assert not used & set(dir(dict)), file.name


def test_no_page_shows_a_python_object(sample):
    for file in build(sample):
        assert not re.search(r"(<|&lt;)[\w. -]+ at 0x[0-9a-f]+", page(sample, file)), file


def test_language_without_interface_words_is_an_error():
    with pytest.raises(BookError, match="no interface words for the language 'de'"):
        interface("de")
