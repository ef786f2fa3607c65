"""The book in one file: everything that was built, and the same bytes each time."""

from __future__ import annotations

import os
from zipfile import ZipFile


def test_zip_holds_the_whole_site_and_always_the_same_bytes(built):
    done = built.press("zip")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("build/d2lmini-book.zip: the book in ")
    file = built.book.build_dir / "d2lmini-book.zip"
    first = file.read_bytes()
    html = built.book.html_dir
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == sorted(names) and {name.split("/")[0] for name in names} == {"d2lmini-book"}
        packed = {name.removeprefix("d2lmini-book/"): archive.read(name) for name in names}
    files = [path for path in html.rglob("*") if path.is_file()]
    assert packed == {path.relative_to(html).as_posix(): path.read_bytes() for path in files}
    assert {"index.html", "ko/sums.html", "ja/sums.ipynb", "static/book.css"} <= packed.keys()
    for path in files:
        os.utime(path, (1, 1))
        path.chmod(0o600)
    built.press("zip")
    assert file.read_bytes() == first


def test_without_a_book_there_is_nothing_to_pack(sample):
    done = sample.press("zip")
    assert done.returncode == 1
    assert done.stderr.startswith("build/html: the book has not been built yet")
    assert "Run: make book" in done.stderr and not list(sample.book.build_dir.glob("*zip*"))
