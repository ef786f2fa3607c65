"""Links to other sites: the dead are named where they are written; what may pass is asked again."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from press.linkcheck import Answer, addresses, ask, ask_all, faults

ASKED: Counter[str] = Counter()


class Host(BaseHTTPRequestHandler):
    """Answers by the first part of the path; `busy` only at the third time."""

    def do_HEAD(self):
        kind = self.path.split("/")[1]
        ASKED[self.path] += 1
        if kind == "slow":
            self.server.closing.wait(5)
        status = {
            "gone": 410,
            "no-head": 405 if self.command == "HEAD" else 200,
            "bots": 403,
            "moved": 301,
            "busy": 200 if ASKED[self.path] > 2 else 503,
            "broken": 500,
        }.get(kind, 200)
        self.send_response(status)
        if kind == "moved":
            self.send_header("Location", "/gone/too" if self.path.endswith("wrong") else "/there")
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()

    def log_message(self, *args):
        pass


@pytest.fixture
def host():
    """The address of a web server of this test."""
    ASKED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        server.closing = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.closing.set()
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "status", "dead", "times"),
    [
        ("/there", 200, False, 1),
        ("/there#part", 200, False, 1),
        ("/gone", 410, True, 1),
        ("/no-head", 200, False, 2),
        ("/bots", 403, False, 2),
        ("/moved", 200, False, 1),
        ("/moved/wrong", 410, True, 1),
        ("/busy", 200, False, 3),
        ("/broken", 500, True, 3),
    ],
)
def test_address_is_asked_as_often_as_it_takes(host, path, status, dead, times):
    answer = ask(host + path, pause=0)
    assert (answer.status, answer.is_dead) == (status, dead)
    assert ASKED[path.partition("#")[0]] == times


def test_host_that_never_answers_is_given_up(host):
    answer = ask(f"{host}/slow", timeout=0.1, pause=0)
    assert answer.is_dead and "timed out" in str(answer)


def test_many_are_asked_at_once_and_named_in_their_order(host):
    links = dict.fromkeys([f"{host}/there/{n}" for n in range(20)] + [f"{host}/gone"])
    told = []
    answers = ask_all(links, pause=0, progress=lambda link, _: told.append(link))
    assert list(answers) == list(links) == told
    assert [answer.is_dead for answer in answers.values()] == [False] * 20 + [True]


def test_dead_link_is_named_where_it_is_written(built, host):
    for language in ("en", "ko", "ja"):
        built.edit(f"{language}/sums.md", "https://numpy.org", f"{host}/gone")
    built.press("build")
    links = addresses(built.book)
    wanted = [link for link in links if link.startswith(host)]
    assert wanted == [f"{host}/gone"] and len(links) > 1
    known = {link: Answer(200) for link in links} | ask_all(dict.fromkeys(wanted), pause=0)
    found = faults(links, known)
    assert [error.place for error in found] == [
        f"chapters/{language}/sums.md:{built.line(f'{language}/sums.md', 'gone')}"
        for language in ("en", "ja", "ko")
    ]
    assert f"{host}/gone is dead: 410 Gone" in str(found[0])


def test_every_place_of_the_own_code_is_known(built):
    places = addresses(built.book)["https://opensource.org/license/mit"]
    assert [(path.name, bool(line)) for path, line in places] == [("pages.py", True)]


def test_own_address_is_not_asked(built):
    toml = built.path("book.toml").read_text(encoding="utf-8")
    built.path("book.toml").write_text(f'address = "https://opensource.org"\n{toml}', "utf-8")
    assert not [link for link in addresses(built.book) if "opensource" in link]


def test_offline_is_one_clear_sentence(built, monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    links = addresses(built.book)
    (error,) = faults(links, ask_all(links, pause=0))
    assert "addresses answered" in str(error) and "seems to be offline" in str(error)


def test_without_a_book_there_is_nothing_to_ask(sample):
    done = sample.press("linkcheck")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("build/html: the book has not been built yet")
