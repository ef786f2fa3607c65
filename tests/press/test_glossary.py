"""Wrong forms of terms: found in every shape that counts, and nowhere else."""

from __future__ import annotations

import unicodedata

import pytest

from press.glossary import wrong_forms
from press.terms import Term


def term(right, *wrong, language="ko"):
    return Term({language: right}, {}, {language: wrong}, 1)


def found(words, *terms, language="ko"):
    return [(form, right) for _, form, right in wrong_forms(terms, language, words)]


KOREAN = (
    Term({"ko": "층"}, {}, {"ko": ("레이어",)}, 1, other={"ko": ("플레이어",)}),
    term("출력층", "결과층"),
    term("전결합", "결합"),
    term("순전파", "전방 전파"),
    term("파라미터", "파라메터"),
)
JAPANESE = (
    term("パラメータ", "パラメーター", language="ja"),
    term("ハイパーパラメーター調整", language="ja"),
    term("層", "画層", "レイヤー", language="ja"),
)
ENGLISH = (
    term("backpropagation", "back-propagation", "back propagation", language="en"),
    term("bias", "offset", language="en"),
    term("offset printing", language="en"),
    term("L2 norm", "L2-norm", language="en"),
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("레이어는 층입니다.", [("레이어", "층")]),
        ("층과 출력층", []),
        ("결과층이 있다", [("결과층", "출력층")]),
        ("전결합과 결합", [("결합", "전결합")]),  # inside the longer right form it is right
        ("전방 전파", [("전방 전파", "순전파")]),
        ("전방\n전파", [("전방\n전파", "순전파")]),
        ("MLP레이어", [("레이어", "층")]),
        ("플레이어는 레이어를 봅니다", [("레이어", "층")]),
        (unicodedata.normalize("NFD", "레이어"), [("레이어", "층")]),
    ],
)
def test_korean(words, expected):
    assert found(words, *KOREAN) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("パラメータとパラメーター", [("パラメーター", "パラメータ")]),
        ("ハイパーパラメーター調整", []),
        ("画層とレイヤー", [("画層", "層"), ("レイヤー", "層")]),
    ],
)
def test_japanese(words, expected):
    assert found(words, *JAPANESE, language="ja") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Back-propagation works.", [("Back-propagation", "backpropagation")]),
        ("two offsets", [("offsets", "bias")]),
        ("onset, offsetting", []),
        ("offset printing", []),
        ("the L2-norm", [("L2-norm", "L2 norm")]),
    ],
)
def test_english(words, expected):
    assert found(words, *ENGLISH, language="en") == expected


def test_of_wrong_forms_that_overlap_the_longest_counts():
    terms = (term("가", "나다", "나다라"), term("마", "다라"))
    assert found("나다라", *terms) == [("나다라", "가")]


def test_terms_are_sorted_as_they_are_read():
    layer = Term({"ja": "層"}, {}, {}, 1, {"ja": "そう"})
    weight = Term({"ja": "重み"}, {}, {}, 1, {"ja": "おもみ"})
    device = Term({"ja": "デバイス"}, {}, {}, 1)
    assert sorted([device, layer, weight], key=lambda term: term.order("ja")) == [
        weight,
        layer,
        device,
    ]


def test_voiced_small_and_long_kana_are_sorted_as_in_japanese_dictionaries():
    words = [
        "かがく",
        "がくしゅう",
        "かくりつ",
        "ぎゃく",
        "きょうゆう",
        "テープ",
        "デバイス",
        "テンソル",
    ]
    terms = [Term({"ja": word}, {}, {}, 1) for word in sorted(words)]
    assert [term.name for term in sorted(terms, key=lambda term: term.order("ja"))] == words
