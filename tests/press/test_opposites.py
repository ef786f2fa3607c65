"""Words that say the opposite of the source."""

from __future__ import annotations

import pytest

from press.opposites import unlike_names, unlike_sense


@pytest.mark.parametrize(
    ("english", "code", "translated", "message"),
    [
        ("Its input is a row.", "ko", "입력은 행입니다.", ""),
        ("Its input is a row.", "ko", "출력은 행입니다.", "found '출력' instead of 'input'"),
        ("Its input is a row.", "ja", "入力は列です。", "found '列' instead of 'row'"),
        ("Rows of the matrix.", "ja", "行列の行です。", ""),
        ("Outputs follow inputs.", "ja", "入力の後に出力が続きます。", ""),
        (
            "Outputs follow inputs.",
            "ja",
            "出力の後に出力が続きます。",
            "found '出力' instead of 'inputs'",
        ),
        ("The first call is slow.", "ko", "첫 호출은 빠릅니다.", "found '빠릅' instead of 'slow'"),
        ("The first call is slow.", "ko", "처음에는 실행이 느립니다.", ""),
        ("It never ends.", "ko", "끝나지 않습니다.", ""),
        ("It never ends.", "ko", "끝납니다.", "nothing in it says 'never'"),
        ("Nothing changes.", "ja", "何も変わりません。", ""),
        ("Nothing changes.", "ja", "変わります。", "nothing in it says 'nothing'"),
        (
            "It is saved, but never read.",
            "ko",
            "저장되지만 읽힙니다.",
            "nothing in it says 'never'",
        ),
        ("It never ends.", "ko", "시작만 합니다.", ""),
        ("not trained", "ko", "학습 안 함", ""),
        ("An array that nobody holds.", "ko", "참조가 사라진 배열.", ""),
        ("backpropagation", "ja", "じゅんでんぱ", "found 'じゅん' instead of 'backpropagation'"),
        ("It never ends.", "eo", "Ĝi finiĝas.", ""),
        ("It is not differentiable.", "ko", "미분 불가능합니다.", ""),
        ("They are not equal.", "ja", "2つは異なります。", ""),
        ("Whether or not it is shared.", "ko", "공유하는지와 상관이 있습니다.", ""),
        ("Adds a new axis.", "ja", "次元を1つ追加します。", ""),
        ("A short name for the length.", "ja", "長さを表す短い名前です。", ""),
        ("A non-negative number.", "ko", "0이나 양수입니다.", ""),
        ("Write a large number.", "ko", "대규모 수를 작성해 시작하십시오.", ""),
        ("Read it first if it is new.", "ko", "낯설다면 먼저 읽으십시오.", ""),
        ("The next layer.", "ko", "직전 층입니다.", "found '직전' instead of 'next'"),
        ("It stands above.", "ja", "下にあります。", "found '下' instead of 'above'"),
        ("Under load it improves.", "ja", "負荷がかかると向上します。", ""),
        ("A block is a function.", "ko", "함수가 아닙니다.", "nothing in the source says '아닙'"),
        ("It is known.", "ja", "わかりません。", "nothing in the source says 'ません'"),
        ("The proof is short.", "ko", "증명은 길지 않습니다.", ""),
        ("The proof is not long.", "ja", "証明は短いです。", ""),
        ("The proof is long.", "ko", "증명은 길지 않습니다.", "nothing in the source says '지 않'"),
        ("The proof is short.", "ja", "証明は長くはありません。", ""),
        (
            "The proof is short.",
            "ko",
            "증명은 깁니다. 긴 증명입니다.",
            "found '긴' instead of 'short'",
        ),
        ("It can’t change.", "ko", "바꿀 수 없습니다.", ""),
        ("Otherwise it isn't read.", "ja", "そうでなければ読みません。", ""),
        ("Otherwise it runs.", "ja", "そうでなければ実行します。", ""),
        ("An optional, invalid value.", "ko", "없어도 되는, 올바르지 않은 값.", ""),
        ("That clears the list.", "ko", "목록을 없앱니다.", ""),
        ("It is rarely read.", "ko", "거의 읽지 않습니다.", ""),
        ("It takes any number.", "ko", "개수에 제한이 없습니다.", ""),
        ("It is small.", "ja", "少ないです。", ""),
        ("It is not known.", "ja", "未定です。", ""),
        ("Write a short list.", "ja", "長々と書かず、短く書きます。", ""),
        ("It must not change.", "ko", "바뀌어서는 안 됩니다.", ""),
    ],
)
def test_words_that_say_the_opposite(english, code, translated, message):
    assert unlike_sense(english, translated, ("en", code)) == message


@pytest.mark.parametrize(
    ("english", "translated", "message"),
    [
        ("`ResNet` won, as NumPy shows.", "넘파이(NumPy)에서 보듯 ResNet이 이겼습니다.", ""),
        ("ResNet-152 is deep.", "RestNet-152는 깊습니다.", "'RestNet-152' is not in the source"),
        ("A layer adds.", "층(layer)은 더합니다.", ""),
        ("It loops.", "for 문으로 int 값을 되풀이합니다.", ""),
        ("It adds layers.", "여러 층(fully connected layer)을 더합니다.", ""),
        ("Its output is large.", "output이 큽니다.", "'output' is not translated"),
        ("Its output is large.", "출력(output)이 큽니다.", ""),
        ("It saves them with numpy.", "numpy로 저장합니다.", ""),
        ("*Dive into Deep Learning*.", "Dive into Deep Learning입니다.", ""),
        ("The values agree.", "rkqtdms 같습니다.", "'rkqtdms' is not in the source"),
    ],
)
def test_names_that_the_source_does_not_have(english, translated, message):
    assert unlike_names(english, translated, "ko") == message
    assert unlike_names(english, translated, "eo") == ""
