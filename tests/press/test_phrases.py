"""Japanese titles break between phrases; other languages between words as ever."""

import pytest

from press.phrases import phrased


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("部品から組み立てるネットワーク", "ja", "部品から<wbr>組み立てる<wbr>ネットワーク"),
        ("5. 並列ブロック", "ja", "5. 並列ブロック"),
        ("共有パラメータのしくみ", "ja", "共有パラメータの<wbr>しくみ"),
        ("動かし方", "ja", "動かし方"),
        ("入力サイズを割り出す層", "ja", "入力サイズを<wbr>割り出す層"),
        ("値 < 0の場合 ", "ja", "値 &lt; 0の<wbr>場合 "),
        ("From neurons & blocks", "en", "From neurons &amp; blocks"),
        ("층과 블록", "ko", "층과 블록"),
        ("", "ja", ""),
    ],
)
def test_only_japanese_breaks_between_phrases(text, language, expected):
    assert phrased(text, language) == expected
