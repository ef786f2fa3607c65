"""Style: what each language is written like, and what is a slip in any text."""

from __future__ import annotations

import pytest

from press.passages import split
from press.style import unlike_style

SAMPLES = {
    "en": "The last line",
    "ko": "마지막 줄이",
    "ja": "最後の行が",
}  # where a paragraph begins
FAULTS = [  # the language, what a paragraph has, and what is said of it
    ("en", "The the line is here.", "in 'The the', write the word once"),
    ("en", "A line\nline is here.", "in 'line\\nline', write the word once"),
    ("en", "A line,, and more.", "in ',,', write the mark once"),
    ("ko", "[번역 필요] 합입니다.", "in '번역 필요', finish it, and remove the note"),
    ("ko", "값은 0,5입니다.", "in '0,5', write a space after the comma, or a point"),
    ("ja", "和（sum）（sum）です。", "in '（sum）（sum）', write it once"),
    ("en", "Is the line here??", "in '??', write the mark once"),
    ("en", "A line---it is here.", "in 'ne---it', write a colon, a comma or a period"),
    ("en", "A  line is here.", "in 'A  l', write one space"),
    ("en", "A\tline is here.", "in 'A\\tl', write one space"),
    ("en", "A lіne is here.", "in 'lі', write letters of one alphabet"),
    ("en", "The Τensor is here.", "in 'Τe', write letters of one alphabet"),
    ("en", "The inρut is here.", "in 'nρu', write letters of one alphabet"),
    ("en", "It isn´t here.", "in 'n´', write ' or ."),
    ("ja", "形は2x20です。", "in '2x2', write ×"),
    ("ja", "デ一タです。", "in 'デ一タ', write ー"),
    ("ja", "デ−タです。", "in 'デ−タ', write ー"),
    ("ja", "ーつの値です。", "in 'ーつ', write 一"),
    ("ja", "値を取リます。", "in '取リま', write hiragana"),
    ("en", "A Ã¬ne is here.", "in 'Ã¬', write the letters that were meant"),
    ("en", "The line `x` , and more.", "in '… ,', remove the space"),
    ("en", "A line simply ends.", "in 'simply', leave the word out"),
    ("en", "A line ends!", "in 's!', end with a period: the book exclaims nothing"),
    ("ko", "합입니다!", "in '다!', end with a period: the book exclaims nothing"),
    ("ja", "和です！", "in '！', end with a period: the book exclaims nothing"),
    ("en", "A line.Another one.", "in 'e.A', write a space after the mark"),
    ("ko", "합입니다。", "in '。', write it in half width"),
    ("ko", "합 (sum)입니다.", "in '합 (s', remove the space"),
    ("ko", "합은 `x` 를 씁니다.", "in '… 를', remove the space"),
    ("ko", "합입니다.곱입니다.", "in '다.곱', write a space after the mark"),
    ("ko", "값를 씁니다.", "in '값를', write 을 after a consonant"),
    ("ko", "값와 수를 씁니다.", "in '값와', write 과 after a consonant"),
    ("ko", "모델는 블록입니다.", "in '델는', write 은 after a consonant"),
    ("ko", "수을 씁니다.", "in '수을', write 를 after a vowel"),
    ("ko", "기울기은 수입니다.", "in '기은', write 는 after a vowel"),
    ("ko", "수과 값을 씁니다.", "in '수과', write 와 after a vowel"),
    ("ko", "모델으로 씁니다.", "in '델으로', write 로 after a vowel or ㄹ"),
    ("ko", "프로그램이이 씁니다.", "in '램이이', write the particle once"),
    ("ko", "값(value)는 씁니다.", "in '값(value)는', use the other particle"),
    ("ko", "수(number)을 씁니다.", "in '수(number)을', use the other particle"),
    ("ko", "합ㄱㅏ 씁니다.", "in 'ㄱㅏ', write whole syllables"),
    ("ko", "합을 쓴다.", "'쓴다' ends a sentence in plain style"),
    ("ko", "합을 써요.", "'써요' ends a sentence in plain style"),
    ("ko", "합을 씀(sum).", "'씀' ends a sentence in plain style"),
    ("ko", "합을 쓰는가?", "'쓰는가' ends a sentence in plain style"),
    ("ko", "합을 썼다{cite}`x`.", "'썼다' ends a sentence in plain style"),
    ("ja", "和はPython の値です。", "in 'n の', remove the space"),
    ("ja", "和は `x`です。", "in 'は …', remove the space"),
    ("ja", "和の 値です。", "in 'の 値', remove the space"),
    ("ja", "和です。　和です。", "in '\\u3000和', remove the space"),
    ("ja", "和(sum)です。", "in '和(', write （ and ）"),
    ("en", "See Figure 2.1.", "in 'Figure 2.1', write {numref}`…` or {eq}`…`"),
    ("ko", "식 (2.1)을 보십시오.", "in '식 (2.1', write {numref}`…` or {eq}`…`"),
    ("en", "As in Chapter 3, we add.", "in 'Chapter 3', write {ref}`…`"),
    ("en", "See exercise 2.", "in 'exercise 2', write {ref}`…`"),
    ("ko", "3장에서 본 합입니다.", "in '3장', write {ref}`…`"),
    ("ko", "합은 제2절의 값입니다.", "in '제2절', write {ref}`…`"),
    ("ja", "第3章で見た和です。", "in '第3章', write {ref}`…`"),
    ("ja", "演習2の和です。", "in '演習2', write {ref}`…`"),
    ("ja", "二ューロンの和です。", "in '二ュ', write katakana"),
    ("ja", "層ヘ1つ渡します。", "in '層ヘ1', write hiragana"),
    ("ja", "1つす゛つ足します。", "in '゛', write it as one letter with the one before"),
    ("ja", "和を足します次に割ります。", "in 'ます次', write 。 between sentences"),
    ("ja", "⼀つの和です。", "in '⼀', write the usual letter"),
    ("ko", "합을 를 씁니다.", "in '을 를', remove the space"),
    ("ko", "합은 - 아마 - 수입니다.", "in '합은 - 아마', write a colon, a comma or a period"),
    ("en", "Values ,too.", "in 's ,', remove the space"),
    ("en", "It is an network.", "in 'an ne', write a before a consonant"),
    ("ja", "和，または値です。", "in '和，', write 、 and 。"),
    ("ja", "和, または値です。", "in '和,', write 、 and 。"),
    ("ja", "和です.値です。", "in 'す.', write 、 and 。"),
    ("ja", "和ですか?", "in 'か?', write it in full width"),
    ("ja", "和のﾃｽﾄです。", "in 'ﾃｽﾄ', write it in full width"),
    ("ja", "和をを使います。", "in 'をを', write it once"),
    ("ja", "和はは数です。", "in 'はは', write it once"),
    ("ja", "和を使いますます。", "in 'ますます', write it once"),
    ("ja", "和を使いますです。", "in 'ますです', write it once"),
    ("ja", "和のの値です。", "in 'のの', write it once"),
    ("ko", "합입니다니다.", "in '니다니다', write it once"),
    ("ja", "和を使う（sum）。", "'和を使う' ends a sentence in plain style"),
    ("ja", "和ではない！", "'和ではない' ends a sentence in plain style"),
    ("ja", "和の値。", "'和の値' ends a sentence in plain style"),
]
RIGHT = [
    ("en", "That is as git commit --amend does."),
    ("ko", "번역 필요성이 없는 문장입니다."),
    ("ja", "未翻訳の文には「ー」があります。"),
    ("ja", "似たものの値は違い、すごーく長いこののちのルールです。"),
    ("ja", "これまでで最も小さい値です。それではなにに使うか、これでははっきりしません。"),
    ("ko", "그은 선을 저을 교과 과정입니다."),
    ("en", "So, is x.  Or y... Δx, 1,000 and `a  b` {ref}`x`, {ref}`x` good[^a]? `a`, `b`."),
    ("en", "See figure 2.1 of the paper, and {numref}`fig-sum`. Figure 2.15 of theirs is like it."),
    ("ko", "논문의 그림 2.1과, 이 식 3.5배를 봅니다."),
    ("en", "Section 3.4 of the paper, pages 2 to 5; two exercises 10 times; an lr of an `<li>`."),
    ("ko", "60,000장의 사진과 60000장의 글자입니다. 논문의 제3장 제2절에 있습니다."),
    ("ko", "10장에서 한 장꼴로 틀립니다. 문제 3장을 봅니다. 연습 문제 10가지입니다."),
    ("ja", "論文の第3章第2節にあります。演習10問を解きます。また別の値です。ます目を数えます。"),
    ("ja", "網をだます画像、冷ました値、覚ました後、ここまでした準備、自分でした計算です。"),
    ("en", "Chapter 3 of the paper has 2 chapters, two exercises and 12 pages in its sections."),
    ("ko", "이미지 3장에서 값을 얻고, 사진 16장을 두 장으로 줄입니다. 연습 문제 3개를 봅니다."),
    ("en", "An hour, an x, an `f`, an SGD, an mlp, an f-string, an honest unit, x - y and 3 - 4."),
    (
        "ja",
        "リストがますます増えます。「できます」と言いました。ヘッドへ渡します。それをですます調で書きます。",
    ),
    ("ja", "論文の第3章を見てください。3章からなり、演習3つがあります。"),
    ("ko", "목표 0.9에 이릅니다."),
    ("en", "Those with a Ph.D. had had an idea that that was tf.Tensor."),
    (
        "ko",
        "모은 값을 서로 다르게 이을 때의 효과와, 값을 따로 안는 마을을 봅니다. 실제로는 참입니다.",
    ),
    ("ko", "먼저 (a)와 (b)를 봅니다. 같습니까? 아니요."),
    ("ja", "同じですか？いいえ。"),
    ("ko", "층(layer)을 `f`로 나눕니다. ‘값’이 가을을 봅니까? 합(sum {ref}`x`)은 1.5입니다(다음)."),
    ("ko", "보십시오{cite}`x`[^a]. 합시다. 수(number)를 씁니다. 보세요.\n- 값"),
    (
        "ja",
        "和（sum）はPythonの値で、`f(x)`とf(x, y)、0x10の3つです。そうでしょうか。ともに使います。",
    ),
    ("ja", "「同じなのか？」という問いです。"),
    ("ja", "次の式です（`x`）。{ref}`x`を見てください[^a]。1.5や1,000でした。"),
]


def said(sample, language, words):
    """What is said of a paragraph with these words."""
    sample.edit(f"{language}/sums.md", SAMPLES[language], f"@@@\n\n[^a]: {SAMPLES[language]}\n\n")
    sample.edit(f"{language}/sums.md", "@@@", words)
    passage = next(p for p in split(sample.text(language)) if p.source.startswith(words[:8]))
    return [message for _, message, _ in unlike_style(language, passage.text, kind=passage.kind)]


@pytest.mark.parametrize(("language", "words", "message"), FAULTS)
def test_slip(sample, language, words, message):
    assert message in said(sample, language, words)


@pytest.mark.parametrize(("language", "words"), RIGHT)
def test_what_is_right(sample, language, words):
    assert said(sample, language, words) == []
