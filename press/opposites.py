"""Finds translations that say something else: output for input, no word for a "not", a new name."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from itertools import permutations
from keyword import iskeyword

from press.prose import ASIDE

# the two sides of opposites, each in English, Korean and Japanese
_OPPOSITES = (
    (("inputs?", "입력", "入力"), ("outputs?", "출력", "出力")),
    (
        ("rows?", "(?<![가-힣])행(?!렬)", "(?<![実進並直配])行(?![列わっいうえ])"),
        ("columns?", "(?<![가-힣])열", "(?<![行配系並数整])列"),
    ),
    (("first", "첫|처음|먼저", "最初|先頭|1[つ回行列層番]"), ("last", "마지막", "最後|末尾")),
    (("train(?:s|ed|ing)?", "학습", "学習"), ("predict(?:s|ed|ing|ions?)?", "예측", "予測")),
    (
        ("larger?|largest|greater", "큰|큽|크(?!기)|커|컸", "大き|最大"),
        ("small(?:er|est)?", "(?<![가-힣])작(?![성동업용])", "小さ|最小"),
    ),
    (("left", "왼쪽", "左"), ("right", "오른쪽", "右")),
    (("positive", "양수", "正の"), ("(?<!-)negative", "음수", "負")),
    (
        ("old(?:er|est)?", "먼저 [나생만]|오래|이전|옛|원래", "古|以前|(?<!次)元"),
        ("new(?:er|est)?|young(?:er|est)?", "나중|새|최신", "新"),
    ),
    (("saves?|saved|saving", "저장", "保存"), ("load(?:s|ed|ing)?", "불러|불렀", "読み込|ロード")),
    (
        ("inside|within", "안(?![내정])|(?<![계연])속(?![도성])", "内|中"),
        ("outside", "밖|바깥", "(?<![例以])外"),
    ),
    (
        ("forward", "순전파", "順|じゅん"),
        ("back(?:ward|propagation)?", "역전파|거슬러|거꾸로", "逆|ぎゃく|さかのぼ"),
    ),
    (("fast(?:er|est)?", "빠[르른릅]|빨", "速"), ("slow(?:er|est|ly|s)?", "느[리린립]|느려", "遅")),
    (
        ("long(?:er|est)?", "길(?!이)|긴", "(?<![成延])長(?![さ々方所])"),
        ("short(?:er|est)?", "짧", "短"),
    ),
    (("weights?", "가중치", "重み"), ("bias(?:es)?", "편향", "バイアス")),
    (("vectors?", "벡터", "ベクトル"), ("matri(?:x|ces)", "행렬", "行列")),
    (
        ("above|top|over|upper", "위(?![치해하한])", "(?<![以向])上"),
        ("below|bottom|under|lower", "아래|밑", "下(?!記)"),
    ),
    (("next", "다음", "次の"), ("previous", "이전|직전|바로 앞", "前の|直前")),
    (("maxim\\w+|max", "최대|최댓", "最大"), ("minim\\w+|min", "최소|최솟", "最小")),
    (
        ("add(?:s|ed|ing|ition)?", "더[하한해]|추가", "加|足|追加"),
        ("subtract\\w*|remov\\w*|minus", "빼|뺀|제거", "引|除|削"),
    ),
    (("multiply|multipli\\w+|products?", "곱", "掛|積"), ("divi\\w+", "나누|나눈|나눕", "割")),
    (("high(?:er|est)?", "높", "高"), ("low(?:er|est)?", "낮", "低")),
    (("better|best", "좋|낫|나은", "良|よい"), ("worse|worst", "나쁘|나빠|나쁜", "悪")),
    (("parents?", "부모", "親"), ("child(?:ren)?", "자식", "子")),
    (("horizontal\\w*", "가로", "横"), ("vertical\\w*", "세로", "縦")),
    (("even numbers?", "짝수", "偶数"), ("odd numbers?", "홀수", "奇数")),
)
_NEGATION = (
    "(?<!or )not(?! until| uncommon)|no(?! matter| more| less|\\.)|never|nothing|none|nobody"
    "|neither|nor|without|cannot",
    "않|없|못|안 [되된됩될돼하한할함합해]|아[니닌닙]|모[르릅]|몰라|(?<!지)만(?![들큼약일족나드])"
    "|말[고아]|마십|대신|뿐|거부|무관|불가|불필요|다르|다릅|다른|여부|금지|고정|제외|실패|사라[지졌진]|틀|어긋"
    "|벗어|그대로|[빼뺀]",
    "ない|ません|なく|なけ|なか|ず(?![つれ])|ぬ|無|不|非|未(?!満)|なし|だけ|のみ|以外|エラー|代わ|外|避|きり"
    "|まま|省略|いいえ|異な|違|かどうか|固定|一定",
)
# what certainly denies in a translation, and what in English may be translated that way
_DENIAL = (
    r"not?|\w+n['’]t|no(?:ne|thing|body|r|n\w*)|never|neither|without|cannot|any|only|all"
    r"|every\w*|others?|otherwise|few|many|most|either|even|too|once|must|should|ha(?:s|ve) to"
    r"|need\w*|un(?!its?\b|der)\w+|\w+less"
    r"|in(?:dependent\w*|finite|valid|correct|complete|\w+ble)|differ\w*|except|instead|rather"
    r"|alone|still|same|equal\w*|more|exact\w*|beyond|constants?|fixed|wrong|left|leav\w*"
    r"|los[et]\w*|lack\w*|miss\w*|fail\w*|avoid\w*|hid\w*|stay\w*|remain\w*|refus\w*|ignor\w*"
    r"|skip\w*|freeze\w*|frozen|prevent\w*|forg\w+|drop\w*|remov\w*|stop\w*|empty|zero|absent"
    r"|though|away|yet|before|free|rarely|hard(?:ly)?|difficult|plain|optional\w*|arbitrary"
    r"|impossible|disa\w+|vanish\w*|eliminat\w*|reject\w*|omit\w*|exclud\w*",
    "지 않|없(?![이애앤앱앨])|(?<!뿐만 )아니[다라며고]|아닌|아닙",
    "(?<![少危])ない(?![しだで])|ません|なかっ|なけれ",
)
_DENIED = (  # with a "not", a word says what its opposite says
    "not (?:so |too |very )?(?:long|short|large|small|big|fast|slow|high|low|new|old)",
    "(?:길|짧|크|작|빠르|느리|높|낮|새롭|오래되)지(?:는|도)? 않",
    "[^、。\\s]{1,3}く(?:は|も)?(?:ない|なく|ありません)",
)
_NAME = re.compile("(?<![A-Za-z])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{3,}(?:-[A-Za-z0-9]+)*")
_WORD = re.compile(r"(?<![\w-])[A-Za-z]{3,}(?![\w-])", re.ASCII)
_LONE = re.compile(r"(?<![\w-])(?<![A-Za-z] )[a-z]{3,}(?![\w-]| [A-Za-z])", re.ASCII)
_LANGUAGES: Mapping[str, int] = {"en": 0, "ko": 1, "ja": 2}


def unlike_sense(source: str, translated: str, languages: tuple[str, str]) -> str:
    """Return how a translation, in the second of the languages, says the opposite, if it does.

    It probably does if it has one of two opposites more often, and the other less often, than the
    source; or if it has no negation while the source has one, or the other way around.
    """
    if not _LANGUAGES.keys() >= {*languages}:
        return ""

    def found(words: tuple[str, ...]) -> list[list[str]]:
        """Return the words that match in the source, and those that match in the translation."""
        texts = zip(languages, (source, translated), strict=True)
        return [_pattern(words, code).findall(text.lower()) for code, text in texts]

    for pair in _OPPOSITES:
        for (ours, fewer), (less, theirs) in permutations(map(found, pair)):
            if len(ours) > len(fewer) and len(less) < len(theirs):
                return "" if any(found(_DENIED)) else f"found {theirs[0]!r} instead of {ours[0]!r}"
    ours, theirs = found(_NEGATION)
    if ours and not theirs:
        return f"nothing in it says {ours[0]!r}"
    ours, theirs = found(_DENIAL)
    return f"nothing in the source says {theirs[0]!r}" if theirs and not ours else ""


def unlike_names(source: str, translated: str, language: str, *, marks_code: bool = True) -> str:
    """Return which name of a translation its source, in Markdown, does not have, if one is strange.

    In Korean and Japanese, words in Latin letters are names and terms of the source, or Python's;
    English words in parentheses may be forms of those. A single word in small letters is hardly a
    name, except that of a package, where the passage marks code as such.
    """
    if language not in ("ko", "ja"):
        return ""
    prose = ASIDE.sub("", translated)
    words = _WORD.findall(prose)
    words = [word for word in words if not (iskeyword(word) or hasattr(builtins, word))]
    names = _NAME.findall(translated) + words
    strange = next((name for name in names if name.casefold() not in source.casefold()), "")
    if strange:
        return f"{strange!r} is not in the source"
    lone = (word for word in _LONE.findall(prose) if word in words and not find_spec(word))
    english = next(lone, "") if marks_code else ""
    return f"{english!r} is not translated" if english else ""


@cache
def _pattern(words: tuple[str, ...], language: str) -> re.Pattern[str]:
    pattern = words[_LANGUAGES[language]]
    return re.compile(rf"\b(?:{pattern})\b" if language == "en" else pattern)
