"""Translates Chinese sentences about relatives, friends and pets: `我妹妹叫小红` becomes `My sister is called 小红.`"""

import re

from lessons.kit.models.offline.language.word_lists import CHINESE_JOB

_WHO = {
    "妹妹": "sister", "姐姐": "sister", "姐妹": "sister", "哥哥": "brother", "弟弟": "brother", "兄弟": "brother",
    "妈妈": "mother", "母亲": "mother", "爸爸": "father", "父亲": "father", "妻子": "wife", "老婆": "wife", "太太": "wife",
    "丈夫": "husband", "老公": "husband", "先生": "husband", "女朋友": "girlfriend", "男朋友": "boyfriend", "儿子": "son",
    "女儿": "daughter", "孩子": "child", "奶奶": "grandmother", "外婆": "grandmother", "爷爷": "grandfather",
    "外公": "grandfather", "叔叔": "uncle", "阿姨": "aunt", "朋友": "friend", "同事": "colleague", "老板": "boss",
    "老师": "teacher", "室友": "roommate", "狗": "dog", "猫": "cat", "宠物": "pet", "公司": "company",
}  # fmt: skip
_MINE = rf"我(?:们)?的?(?P<who>{'|'.join(sorted(_WHO, key=len, reverse=True))})"
_V = r"(?P<v>[^，。！？,.!?]{1,40}?)"
_END = r"(?:吗|呢|啊)?[，。！？,.!?\s]*$"

# Questions come first: a statement would read their words as a value.
_PATTERNS = tuple(
    (re.compile(rf"{pattern}{_END}"), english)
    for pattern, english in (
        (
            rf"(?:你(?:还)?(?:记得|知道))?{_MINE}(?:叫什么(?:名字)?|的?名字(?:是|叫)什么|是谁)",
            "What is my {who}'s name?",
        ),
        (rf"(?:你(?:还)?(?:记得|知道)){_MINE}的?名字", "What is my {who}'s name?"),
        (rf"{_MINE}(?:现在)?(?:住在?)?(?:在)?(?:哪里|哪儿|什么地方)(?:住)?", "Where does my {who} live?"),
        (rf"{_MINE}(?:今年)?(?:多大|几岁)了?", "How old is my {who}?"),
        (rf"{_MINE}(?:是做什么(?:工作)?的|做什么工作|的(?:工作|职业)是什么)", "What does my {who} do?"),
        (rf"我有(?:几|多少)[个只条位]?{_V}", "How many {v} do I have?"),
        (rf"{_MINE}喜欢什么", "What does my {who} like?"),
        (rf"我有(?:一|两)?[个只条位](?P<who>{'|'.join(_WHO)})(?:名)?叫{_V}", "My {who} is called {v}."),
        (rf"{_MINE}(?:的?名字)?(?:叫|是叫){_V}", "My {who} is called {v}."),
        (rf"{_MINE}的?名字是{_V}", "My {who} is called {v}."),
        (rf"{_MINE}(?:现在)?住在?{_V}", "My {who} lives in {v}."),
        (rf"{_MINE}(?:今年)?(?P<v>\d{{1,3}}|[一二三四五六七八九十两]{{1,3}})岁", "My {who} is {v} years old."),
        (rf"{_MINE}是(?:一[名位个])?(?P<v>{CHINESE_JOB})", "My {who} is a {v}."),
        (rf"{_MINE}(?:很)?(?:喜欢|爱){_V}", "My {who} likes {v}."),
        (rf"[她他](?:是|也是)(?:一[名位个])?(?P<v>{CHINESE_JOB})", "She or he is a {v}."),
    )
)


def relative(part: str) -> str:
    """One part of a sentence about a relative, in English. '' if it fits no pattern."""
    for pattern, english in _PATTERNS:
        if match := pattern.match(part):
            groups = match.groupdict()
            return english.format(who=_WHO.get(groups.get("who") or "", ""), v=groups.get("v") or "")
    return ""
