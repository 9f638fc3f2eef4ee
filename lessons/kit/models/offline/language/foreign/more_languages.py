"""Patterns for names, homes, origins and ages in Dutch, Polish, Russian, Finnish, Swedish, Turkish and Japanese."""

import re

from lessons.kit.models.offline.language.foreign.english import (
    AGE,
    ASKS_AGE,
    ASKS_HOME,
    ASKS_LIKES,
    ASKS_NAME,
    ASKS_ORIGIN,
    FROM,
    LIKE,
    LIVE,
    NAME_IS,
    WORK,
    V,
)

_W = V.replace("<v>", "<w>")
_U = V.replace("<v>", "<u>")
_WORD = r"(?P<v>(?-i:[^\W\d_a-zа-яё])[\w'-]*(?: (?-i:[^\W\d_a-zа-яё])[\w'-]*){0,2})"
_JAPANESE = r"(?P<v>[^\s、。,.!！?？はがのをに]{1,12})"

QUESTIONS = (
    # Dutch
    (r"hoe heet ik|(?:wat|hoe) is mijn naam|wie ben ik|weet je (?:nog )?hoe ik heet", ASKS_NAME),
    (r"waar woon ik", ASKS_HOME),
    (r"hoe oud ben ik", ASKS_AGE),
    (r"waar kom ik vandaan", ASKS_ORIGIN),
    # Polish
    (r"jak (?:mam na imię|się nazywam|mi na imię)|kim jestem", ASKS_NAME),
    (r"gdzie (?:ja )?mieszkam", ASKS_HOME),
    (r"ile mam lat", ASKS_AGE),
    (r"skąd (?:ja )?(?:jestem|pochodzę)", ASKS_ORIGIN),
    # Russian
    (r"(?:ты )?(?:помнишь,? |знаешь,? )?(?:как меня зовут|как мо[её] имя|какое у меня имя|мо[её] имя|кто я)", ASKS_NAME),
    (r"где я живу|в каком городе я живу", ASKS_HOME),
    (r"сколько мне лет", ASKS_AGE),
    (r"откуда я(?: родом)?", ASKS_ORIGIN),
    (r"что я люблю|что мне нравится", ASKS_LIKES),
    # Finnish
    (r"mikä (?:on )?(?:minun )?nimeni(?: on)?|muistatko (?:minun )?nimeni|kuka (?:minä )?olen", ASKS_NAME),
    (r"missä (?:minä )?asun", ASKS_HOME),
    (r"(?:kuinka|miten) vanha (?:minä )?olen", ASKS_AGE),
    (r"mistä (?:minä )?olen(?: kotoisin)?", ASKS_ORIGIN),
    # Swedish
    (r"vad heter jag|vad är mitt namn|vem är jag", ASKS_NAME),
    (r"var bor jag", ASKS_HOME),
    (r"hur gammal är jag", ASKS_AGE),
    (r"var(?:ifrån)? kommer jag(?: ifrån)?", ASKS_ORIGIN),
    # Turkish
    (r"(?:benim )?ad[ıi]m ne(?:ydi|dir)?|(?:benim )?ismim ne(?:ydi|dir)?|ben kimim", ASKS_NAME),
    (r"(?:ben )?nerede (?:oturuyorum|yaşıyorum)", ASKS_HOME),
    (r"(?:ben )?kaç yaşındayım", ASKS_AGE),
    (r"(?:ben )?nereliyim", ASKS_ORIGIN),
    # Japanese
    (r"(?:私|僕|俺|わたし)の名前(?:は|を)?(?:何|なん|覚えて)(?:ですか|だっけ|でしたか|いますか|る)?"
     r"|(?:私|僕)は誰(?:ですか)?", ASKS_NAME),
    (r"(?:私|僕)は?どこに住んで(?:いますか|いる|る)", ASKS_HOME),
    (r"(?:私|僕)は何歳(?:ですか)?", ASKS_AGE),
    (r"(?:私|僕)は?どこから来ましたか|(?:私|僕)の出身はどこですか", ASKS_ORIGIN),
)  # fmt: skip
STATEMENTS = (
    # Dutch
    (rf"(?:ik )?heet {V}|mijn naam is {_W}", NAME_IS),
    (rf"ik ben {_WORD}", NAME_IS),
    (rf"(?:ik )?woon in {V}", LIVE),
    (rf"(?:ik )?kom uit {V}", FROM),
    (r"ik ben (?P<v>\d{1,3})(?: jaar(?: oud)?)?|(?:ben )?(?P<w>\d{1,3}) jaar oud", AGE),
    (rf"(?:ik )?hou(?:d)? van {V}", LIKE),
    # Polish
    (rf"(?:mam na imię|nazywam się|jestem) {_WORD}", NAME_IS),
    (rf"(?:ja )?mieszkam w(?:e)? {V}", LIVE),
    (rf"(?:jestem|pochodzę) z(?:e)? {V}", FROM),
    (r"mam (?P<v>\d{1,3}) lata?", AGE),
    (rf"lubię {V}", LIKE),
    # Russian
    (rf"меня зовут {V}|мо[её] имя(?: -| —|:)? {_W}", NAME_IS),
    (rf"(?:я )?живу (?:в|во|на) {V}", LIVE),
    (rf"я (?:родом )?(?:из|с) {V}", FROM),
    (r"мне (?P<v>\d{1,3})(?: год(?:а)?| лет)?", AGE),
    (rf"(?:я )?люблю {V}|мне нравится {_W}", LIKE),
    (rf"(?:я )?работаю {V}", WORK),
    (rf"я(?: -| —)? {_WORD}(?: из (?P<place>{_WORD.replace('<v>', '<x>')}))?", NAME_IS),
    # Finnish
    (rf"(?:minun )?nimeni on {V}", NAME_IS),
    (r"(?:minä )?(?:olen )?(?P<v>\d{1,3})(?:-vuotias| vuotta vanha| vuotias)", AGE),
    (rf"(?:minä )?olen kotoisin {V}", FROM),
    (rf"(?:minä )?(?:olen|oon) {_WORD}", NAME_IS),
    (rf"(?:minä )?asun {V}", LIVE),
    # Swedish
    (rf"(?:jag )?heter {V}|mitt namn är {_W}", NAME_IS),
    (rf"(?:jag )?bor i {V}", LIVE),
    (rf"(?:jag )?kommer från {V}", FROM),
    (r"(?:jag )?är (?P<v>\d{1,3})(?: år(?: gammal)?)?", AGE),
    # Turkish
    (rf"(?:benim )?(?:ad[ıi]m|ismim) (?!ne\b){V}", NAME_IS),
    (rf"(?:ben )?{V}['’](?:da|de|ta|te) (?:oturuyorum|yaşıyorum)", LIVE),
    (rf"(?:ben )?{V}['’](?:dan|den|tan|ten) geliyorum", FROM),
    (r"(?:ben )?(?P<v>\d{1,3}) yaşındayım", AGE),
    (rf"(?-i:ben) {_WORD}", NAME_IS),
    # Japanese
    (rf"(?:私|僕|俺|わたし)の名前は{_JAPANESE}(?:です|だ|と申します|といいます)", NAME_IS),
    (rf"(?:(?:私|僕|俺)は)?{_JAPANESE}(?:と申します|といいます|と言います)", NAME_IS),
    (r"(?:(?:私|僕|俺)は)?(?P<v>\d{1,3})歳(?:です)?", AGE),
    (rf"(?:(?:私|僕|俺)は)?{_JAPANESE}に住んで(?:います|いる|ます)", LIVE),
    (rf"(?:(?:私|僕|俺)は)?{_JAPANESE}から来ました|(?:(?:私|僕)は)?(?P<w>[^\s、。はがの]{{1,12}})出身です", FROM),
    (rf"(?:(?:私|僕)は)?{_JAPANESE}が(?:大?好き)です", LIKE),
    (rf"(?:私|僕|俺)は{_JAPANESE}です", NAME_IS),
)  # fmt: skip
AND = (
    r"en(?= (?:ik|kom|woon|ben|heet|mijn)\b)|i(?= (?:mam|mieszkam|jestem|pochodzę|lubię|nazywam)\b)"
    r"|ja(?= (?:asun|olen|minun|nimeni)\b)|ve(?= (?:ben\b|\d))|och(?= (?:jag|bor|kommer|är)\b)"
    r"|и(?= (?:я|мне|живу|люблю|работаю|меня|мо)\b)"
)
"""`and`, only where the user continues about themselves: `en` and `i` are also words of other languages."""
GREETINGS = (
    r"hoi|goedendag|cześć|czesc|dzień dobry|witam|привет|здравствуйте|здравствуй|добрый день|moi|hei|terve|päivää|hej|tjena"
    r"|merhaba|selam|こんにちは|はじめまして|初めまして|どうも"
)
MAYBE = re.compile(
    r"[Ѐ-ӿ぀-ヿ]|\b(?:ik|mijn|mam|jestem|nazywam|mieszkam|pochodzę|lubię|jak|gdzie|ile|skąd|kim|nimeni|olen|oon|asun|mikä|missä"
    r"|mistä|kuka|kuinka|miten|muistatko|jag|heter|mitt|vad|vem|bor|kommer|hur|ad[ıi]m|ismim|benim|ben|yaşındayım|oturuyorum"
    r"|yaşıyorum|nerede|kaç|nereliyim|hoe|waar|wie|heet|woon)\b",
    re.IGNORECASE,
)
