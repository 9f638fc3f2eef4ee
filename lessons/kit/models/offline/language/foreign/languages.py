"""Translates introductions and questions about oneself into the English that the rules read.

It reads German, French, Spanish, Portuguese, Italian, Hindi and Japanese in Latin script, and Chinese. `more_languages`
has more. Text that fits no pattern stays unchanged.
"""

import re
from functools import lru_cache

from lessons.kit.models.offline.language.foreign import more_languages
from lessons.kit.models.offline.language.foreign.english import (
    ABILITIES,
    AGE,
    ASKS_AGE,
    ASKS_COLOR,
    ASKS_HOME,
    ASKS_LIKES,
    ASKS_NAME,
    ASKS_ORIGIN,
    ASKS_WORK,
    BYE,
    COLOR,
    FROM,
    HELLO,
    HOW,
    IS,
    LIKE,
    LIVE,
    NAME,
    NAME_IS,
    SESSION,
    THANKS,
    WORK,
    WORK_AT,
    V,
    in_digits,
)
from lessons.kit.models.offline.language.foreign.relatives import relative
from lessons.kit.models.offline.language.word_lists import CHINESE_JOB, FRENCH_JOB, GERMAN_JOB, IBERIAN_JOB

_FULL_STOP = r"\s*(?=[.,;!?。，！？]|$)"
_WORD_OF_THE_SDK = r"agent|run|turn|item|handoff|branch|token|guardrail|limit|handle|ttl|tool|session id"

# Each is tried from the start of one part of a sentence. Questions come first: a statement would read them as values.
_QUESTIONS = (
    # German
    (r"(?:weißt|weisst) du(?: noch)?,? (?:wie ich heiße|wie ich heisse|meinen namen|wer ich bin)"
     r"|kennst du(?: noch)? meinen namen"
     r"|erinnerst du dich an (?:mich|meinen namen)|wie ich (?:heiße|heisse)", ASKS_NAME),
    (r"wie (?:heiße|heisse) ich(?: noch| nochmal)?|wie (?:ist|war|lautet) mein name|was ist mein name|wer bin ich", ASKS_NAME),
    (r"wo (?:wohne|lebe) ich|wo ich (?:wohne|lebe)|dans quelle ville (?:j'habite|est-ce que j'habite)|en qu[eé] ciudad vivo"
     r"|em que cidade (?:eu )?(?:moro|vivo)|in welcher stadt (?:wohne|lebe) ich", ASKS_HOME),
    (r"wie alt (?:bin ich|ich bin)", ASKS_AGE),
    (r"(?:wo|bei wem|für wen) arbeite ich|o[uù] (?:est-ce que )?(?:je travaille|travaill[eé]-je)|我在(?:哪(?:里|儿)|什么(?:公司"
     r"|地方))(?:工作|上班)", "Where do I work?"),
    (r"woher (?:komme|stamme) ich|wo komme ich her", ASKS_ORIGIN),
    (r"was (?:bin ich von beruf|arbeite ich|mache ich beruflich|ist mein (?:beruf|job))|als was arbeite ich", ASKS_WORK),
    (r"was (?:mag|liebe) ich|was ich (?:mag|liebe)|was (?:sind meine hobbys|ist mein hobby)", ASKS_LIKES),
    (r"(?:was|welche|wie) (?:ist|lautet) meine lieblingsfarbe", ASKS_COLOR),
    (r"was ist (?:eine )?(?:session|sitzung)", SESSION),
    (rf"(?:was (?:ist|bedeutet) (?:eine? |der |die |das )?|(?:qu'est-ce qu'|c'est quoi )(?:une? |le |la )?"
     rf"|¿?\s*qu[eé] es (?:una? )?|o que é (?:uma? )?)(?P<v>{_WORD_OF_THE_SDK})", "What is a {v}?"),
    (r"was kannst du(?: alles)?(?: tun| machen)?", ABILITIES),
    (r"wie geht(?:'s| es)(?: dir| ihnen)?", HOW),
    # French
    (r"(?:est-ce que )?tu (?:te souviens de|connais|sais|te rappelles(?: de)?) (?:moi|mon (?:nom|prénom)|comment je m'appelle)",
     ASKS_NAME),
    (r"comment (?:est-ce que )?je m'appelle|comment m'appelle-je|(?:quel|c'est quoi) est mon (?:nom|prénom)"
     r"|c'est quoi mon (?:nom|prénom)|qui suis-je", ASKS_NAME),
    (r"o[uù] (?:est-ce que )?(?:j'habite|je vis)|o[uù] (?:habit[eé]|vis)-je", ASKS_HOME),
    (r"quel (?:âge|age) (?:ai-je|j'ai|est-ce que j'ai)|j'ai quel (?:âge|age)", ASKS_AGE),
    (r"d'o[uù] (?:est-ce que )?(?:je viens|viens-je|suis-je)", ASKS_ORIGIN),
    (r"(?:quel est|c'est quoi) mon (?:métier|travail|emploi|boulot)|(?:que|qu'est-ce que) (?:fais-je"
     r"|je fais) dans la vie", ASKS_WORK),
    (r"qu'est-ce que j'aime|qu'aim[eé]-je", ASKS_LIKES),
    (r"quelle est ma couleur préférée", ASKS_COLOR),
    (r"(?:qu'est-ce qu'une|c'est quoi une) session", SESSION),
    (r"que (?:peux|sais)-tu faire|qu'est-ce que tu (?:peux|sais) faire|tu (?:peux|sais) faire quoi", ABILITIES),
    (r"(?:comment )?ça va|comment (?:vas-tu|allez-vous|tu vas)", HOW),
    # Spanish
    (r"¿?\s*(?:recuerdas|sabes|conoces|te acuerdas de|me recuerdas)(?: (?:mi nombre|c[oó]mo me llamo|qui[eé]n soy"
     r"|de m[ií]))?", ASKS_NAME),
    (r"¿?\s*c[oó]mo me llamo|¿?\s*cu[aá]l es mi nombre|¿?\s*qui[eé]n soy", ASKS_NAME),
    (r"¿?\s*(?:en )?d[oó]nde vivo", ASKS_HOME),
    (r"¿?\s*cu[aá]ntos a[nñ]os tengo|¿?\s*qu[eé] edad tengo|¿?\s*cu[aá]l es mi edad", ASKS_AGE),
    (r"¿?\s*de d[oó]nde (?:soy|vengo)", ASKS_ORIGIN),
    (r"¿?\s*a qu[eé] me dedico|¿?\s*en qu[eé] trabajo|¿?\s*cu[aá]l es mi (?:trabajo|profesi[oó]n)", ASKS_WORK),
    (r"¿?\s*qu[eé] me gusta", ASKS_LIKES),
    (r"¿?\s*cu[aá]l es mi color (?:favorito|preferido)", ASKS_COLOR),
    (r"¿?\s*qu[eé] es una sesi[oó]n", SESSION),
    (r"¿?\s*qu[eé] (?:puedes|sabes) hacer", ABILITIES),
    (r"¿?\s*(?:qu[eé] tal|c[oó]mo est[aá]s)", HOW),
    # Portuguese
    (r"(?:voc[eê] )?(?:lembra|sabe|recorda)(?:-se)? (?:d?o )?(?:meu nome|como (?:eu )?me chamo|de mim"
     r"|quem eu sou)", ASKS_NAME),
    (r"(?:qual|quem) (?:é|e) (?:o )?meu nome|como (?:é que )?(?:eu )?me chamo|quem sou eu", ASKS_NAME),
    (r"onde (?:é que )?(?:eu )?(?:moro|vivo)", ASKS_HOME),
    (r"quantos anos (?:é que )?(?:eu )?tenho|qual (?:é |e )?(?:a )?minha idade", ASKS_AGE),
    (r"de onde (?:é que )?(?:eu )?(?:sou|venho)", ASKS_ORIGIN),
    (r"qual (?:é |e )?(?:o |a )?(?:meu|minha) (?:trabalho|emprego|profiss[aã]o)|em que (?:eu )?trabalho"
     r"|o que (?:eu )?faço", ASKS_WORK),
    (r"do que (?:é que )?(?:eu )?gosto|o que (?:eu )?gosto", ASKS_LIKES),
    (r"qual (?:é |e )?(?:a )?minha cor (?:favorita|preferida)", ASKS_COLOR),
    (r"o que (?:é|e) uma sess[aã]o", SESSION),
    (r"o que (?:é que )?(?:voc[eê] |tu )?(?:pode|sabe|podes|sabes)(?: fazer)?", ABILITIES),
    (r"tudo bem|como (?:vai|est[aá](?:s)?|voc[eê] est[aá])", HOW),
    # Hindi in Latin script
    (r"(?:kya )?(?:tumhe|tumko|aapko|aap|tum) (?:ko )?mera (?:naam|nam) (?:yaad|pata|malum|jaante|jante) (?:hai|he|ho"
     r"|hain)", ASKS_NAME),
    (r"mera (?:naam|nam) kya (?:hai|he)|(?:main|mai) kaun (?:hoon|hun|hu)", ASKS_NAME),
    (r"(?:main|mai|mein) kahan? (?:rehta|rehti|rahta|rahti) (?:hoon|hun|hu)", ASKS_HOME),
    (r"meri (?:umar|umr|age) (?:kya|kitni) (?:hai|he)|(?:main|mai) kitne saal k[aei] (?:hoon|hun|hu)", ASKS_AGE),
    (r"(?:main|mai|mein) kahan? se (?:hoon|hun|hu)", ASKS_ORIGIN),
    (r"(?:main|mai) kya (?:kaam )?kart[ai] (?:hoon|hun|hu)|mera kaam kya (?:hai|he)", ASKS_WORK),
    (r"(?:mujhe|mujhko) kya (?:pasand|acha lagta) (?:hai|he)", ASKS_LIKES),
    (r"session kya (?:hai|he|hota hai)", SESSION),
    (r"(?:tum|aap) kya kar sakte (?:ho|hain)", ABILITIES),
    (r"(?:tum |aap )?kais[ei] (?:ho|hain)", HOW),
    # Italian
    (r"(?:ti ricordi|sai|conosci) (?:il mio nome|come mi chiamo|di me|chi sono)", ASKS_NAME),
    (r"come mi chiamo|qual (?:è|e) il mio nome|chi sono(?: io)?", ASKS_NAME),
    (r"dove (?:vivo|abito)", ASKS_HOME),
    (r"quanti anni ho", ASKS_AGE),
    (r"(?:di|da) dove (?:sono|vengo)", ASKS_ORIGIN),
    (r"(?:che|quale) lavoro faccio|qual (?:è|e) il mio lavoro|cosa faccio", ASKS_WORK),
    (r"(?:che )?cosa mi piace", ASKS_LIKES),
    (r"qual (?:è|e) il mio colore preferito", ASKS_COLOR),
    (r"(?:che )?cosa sai fare", ABILITIES),
    (r"come (?:stai|va)", HOW),
    # Japanese in Latin script
    (r"(?:watashi|boku|ore) no na(?:mae| mae) (?:wa|ha) nan(?:i)? (?:desu ka|da|desuka)", ASKS_NAME),
    (r"(?:watashi|boku|ore) (?:wa|ha) dare (?:desu ka|da)", ASKS_NAME),
    (r"(?:watashi|boku|ore) (?:wa|ha) doko ni sunde (?:imasu|iru)(?: ?ka)?", ASKS_HOME),
    (r"(?:watashi|boku|ore) (?:wa|ha) nan ?sai desu ?ka", ASKS_AGE),
    (r"(?:watashi|boku|ore) (?:wa|ha) nani ga suki desu ?ka", ASKS_LIKES),
    # Chinese
    (r"我有什么宠物", "What pets do I have?"),
    (r"我有什么", "What do I have?"),
    (r"我是(?:哪(?:里|儿)|什么地方)的?人", ASKS_ORIGIN),
    (r"你?(?:还)?(?:记得|知道)(?:我的名字|我叫什么(?:名字)?|我是谁|我)吗?", ASKS_NAME),
    (r"(?:我叫|我的名字(?:是|叫))什么(?:名字)?|我是谁", ASKS_NAME),
    (r"我(?:现在)?住在?(?:哪(?:里|儿|个城市)?|什么地方)", ASKS_HOME),
    (r"我(?:今年)?(?:几岁|多大|多少岁)了?", ASKS_AGE),
    (r"我(?:来自|是从|从)(?:哪(?:里|儿)|什么地方)(?:来)?的?", ASKS_ORIGIN),
    (r"我的(?:工作|职业)是什么|我(?:是)?做什么(?:工作)?的?", ASKS_WORK),
    (r"我最喜欢(?:的颜色是什么|什么颜色|哪种颜色)", ASKS_COLOR),
    (r"我喜欢[吃喝玩看听]?(?:什么|做什么)", ASKS_LIKES),
    (r"我的生日是(?:什么时候|哪天|几号|几月几[日号])", "When is my birthday?"),
    (r"我(?:会)?说(?:什么|哪些)语言", "Which languages do I speak?"),
    (r"我的(?P<v>[\u4e00-\u9fff]{1,4}?)叫什么(?:名字)?", "What is my {v} called?"),
    (r"(?:什么是|何为)(?:会话|session)|(?:会话|session)是什么", SESSION),
    (r"你(?:会|能)(?:做)?(?:什么|干什么)", ABILITIES),
    (r"你好吗|你怎么样", HOW),
)  # fmt: skip
_STATEMENTS = (
    # German
    (rf"(?:ich )?(?:heiße|heisse) {V}|mein name ist {V.replace('<v>', '<w>')}", NAME_IS),
    (rf"(?:ich )?bin {GERMAN_JOB}", IS),
    (rf"ich bin (?:der |die )?{NAME}(?: aus (?P<place>{NAME.replace('<v>', '<x>')}))?", NAME_IS),
    (rf"(?:ich )?(?:wohne|lebe) (?:(?:seit|jetzt|nun|schon|momentan)(?: \w+)? )?(?:in|bei) {V}", LIVE),
    (rf"(?:ich )?(?:komme|stamme) aus {V}", FROM),
    (rf"(?:ich )?arbeite als {V}", WORK),
    (rf"(?:ich )?arbeite (?:bei|für|in) {V}", WORK_AT),
    (r"(?:ich )?bin (?P<v>\d{1,3})(?: jahre alt)?|(?P<w>\d{1,3}) jahre alt", AGE),
    (rf"(?:ich )?(?:mag|liebe) {V}", LIKE),
    (rf"meine lieblingsfarbe ist {V}", COLOR),
    # French
    (rf"(?:moi,? )?(?:je )?m'appelle {V}|moi,? c'est {V.replace('<v>', '<u>')}|mon (?:nom"
     rf"|prénom) est {V.replace('<v>', '<w>')}", NAME_IS),
    (rf"je suis {FRENCH_JOB}(?: (?:à|au|aux|en) (?P<home>{NAME.replace('<v>', '<x>')}))?", IS),
    (rf"je suis {NAME}", NAME_IS),
    (rf"(?:j')?habite (?:à|a|en|au|aux) {V}|je vis (?:à|en|au) {V.replace('<v>', '<w>')}", LIVE),
    (rf"(?:je )?viens (?:de |d'|du |des ){V}", FROM),
    (rf"(?:je )?travaille comme {V}", WORK),
    (rf"(?:je )?travaille (?:chez|à|pour) {V}", WORK_AT),
    (r"(?:j')?ai (?P<v>\d{1,3}) ans", AGE),
    (rf"j'(?:aime|adore) {V}", LIKE),
    (rf"ma couleur préférée (?:est|c'est) (?:le |la )?{V}", COLOR),
    # Spanish
    (rf"(?:yo )?me llamo {V}|mi nombre es {V.replace('<v>', '<w>')}", NAME_IS),
    (rf"(?:eu )?(?:yo )?(?:soy|sou) {IBERIAN_JOB}", IS),
    (rf"(?:yo )?soy {NAME}(?: de (?P<place>{NAME.replace('<v>', '<x>')}))?", NAME_IS),
    (rf"(?:yo )?vivo en {V}", LIVE),
    (rf"(?:yo )?(?:soy|vengo) de {V}", FROM),
    (rf"(?:yo )?trabajo (?:como|de) {V}", WORK),
    (rf"(?:yo )?trabajo para {V}", WORK_AT),
    (r"(?:yo )?tengo (?P<v>\d{1,3}) a[nñ]os", AGE),
    (rf"me gustan? {V}|me encantan? {V.replace('<v>', '<w>')}", LIKE),
    (rf"mi color (?:favorito|preferido) es (?:el )?{V}", COLOR),
    # Portuguese
    (rf"(?:o )?meu nome (?:é|e) {V}|(?:eu )?me chamo {V.replace('<v>', '<w>')}", NAME_IS),
    (rf"chamo-me {V}", NAME_IS),
    (rf"(?:eu )?sou (?:o |a )?{NAME}", NAME_IS),
    (rf"(?:eu )?(?:moro|vivo) (?:em|no|na) {V}", LIVE),
    (rf"(?:eu )?(?:sou|venho) d[eoa] {V}", FROM),
    (rf"(?:eu )?trabalho como {V}", WORK),
    (rf"(?:eu )?trabalho para {V}", WORK_AT),
    (r"(?:eu )?tenho (?P<v>\d{1,3}) anos", AGE),
    (rf"(?:eu )?gosto de {V}", LIKE),
    (rf"(?:a )?minha cor (?:favorita|preferida) (?:é|e) {V}", COLOR),
    # Hindi in Latin script
    (rf"mera (?:naam|nam) {V} (?:hai|he)", NAME_IS),
    (r"meri (?:umar|umr|age) (?P<v>\d{1,3})(?: saal)? (?:hai|he)|(?:main|mai) (?P<w>\d{1,3}) saal k[aei] (?:hoon|hun"
     r"|hu)", AGE),
    (rf"(?:main|mai) {V} (?:mein|me|mai) (?:rehta|rehti|rahta|rahti) (?:hoon|hun|hu)", LIVE),
    (rf"(?:main|mai) {V} se (?:hoon|hun|hu)", FROM),
    (r"(?:main|mai) ek (?P<v>[\w ]{2,30}?) (?:hoon|hun|hu)", IS),
    (rf"(?:main|mai) {NAME} (?:hoon|hun|hu)", NAME_IS),
    (rf"(?:mujhe|mujhko) {V} (?:pasand|acha lagta) (?:hai|he)", LIKE),
    # Italian
    (rf"(?:io )?mi chiamo {V}|il mio nome (?:è|e) {V.replace('<v>', '<w>')}", NAME_IS),
    (rf"(?:io )?sono {NAME}", NAME_IS),
    (r"(?:io )?sono (?:una? )(?P<v>[a-zàèéìòù]{4,20})", IS),
    (rf"(?:io )?(?:vivo|abito) (?:a|in|ad) {V}", LIVE),
    (rf"(?:io )?(?:vengo da|sono di) {V}", FROM),
    (rf"(?:io )?lavoro come {V}", WORK),
    (rf"(?:io )?lavoro per {V}", WORK_AT),
    (r"(?:io )?ho (?P<v>\d{1,3}) anni", AGE),
    (rf"mi piac(?:e|ciono) (?:il |la |lo |i |le |gli |l')?{V}", LIKE),
    (rf"il mio colore preferito (?:è|e) (?:il )?{V}", COLOR),
    # Japanese in Latin script
    (rf"(?:watashi|boku|ore) no na(?:mae| mae) (?:wa|ha) {V} (?:desu|da)", NAME_IS),
    (r"(?:(?:watashi|boku|ore) (?:wa|ha) )?(?P<v>\d{1,3}) ?sai desu", AGE),
    (rf"(?:(?:watashi|boku|ore) (?:wa|ha) )?{V} ni sunde (?:imasu|iru)", LIVE),
    (rf"(?:(?:watashi|boku|ore) (?:wa|ha) )?{V} kara kimashita|(?:watashi|boku|ore) (?:wa|ha) "
     rf"{V.replace('<v>', '<w>')} shusshin desu", FROM),
    (rf"(?:(?:watashi|boku|ore) (?:wa|ha) )?{V} ga suki desu", LIKE),
    (rf"(?:watashi|boku|ore) (?:wa|ha) {NAME} desu", NAME_IS),
    (rf"{V} to (?:moushimasu|iimasu)", NAME_IS),
    # Chinese
    (rf"我在{V}(?:工作|上班)", WORK_AT),
    (rf"我的生日是{V}", "My birthday is {v}"),
    (rf"我(?:会)?说{V}", "I speak {v}"),
    (r"我有一[只条个匹](?P<v>[\u4e00-\u9fff]{1,4}?)叫(?P<name>[\u4e00-\u9fff\w]{1,8})", "My {v} is called {name}"),
    (rf"我有{V}", "I have {v}"),
    (rf"我叫{V}|我的名字(?:是|叫){V.replace('<v>', '<w>')}", NAME_IS),
    (rf"我?是(?:一[名位个])?(?P<v>{CHINESE_JOB})", IS),
    (r"(?:我今年|我|今年)(?P<v>[\d一二三四五六七八九十两]{1,4})岁", AGE),
    (rf"我(?:现在)?住在?{V}", LIVE),
    (rf"我?(?:来自|是从){V}", FROM),
    (r"我是(?P<v>[\u4e00-\u9fff]{2,3})", NAME_IS),
    (rf"我最喜欢的颜色是{V}", COLOR),
    (rf"我(?:喜欢|爱){V}", LIKE),
)  # fmt: skip
_PLEASANTRIES = (
    (r"danke(?: schön| sehr| dir)?|vielen dank|merci(?: beaucoup| bien)?|(?:muchas )?gracias|(?:muito )?obrigad[oa]|grazie"
     r"|shukriya|dhanyavaa?d|谢谢(?:你|您)?", THANKS),
    (r"tschüss|tschüs|auf wiedersehen|bis bald|au revoir|à bientôt|adi[oó]s|hasta (?:luego|pronto)|tchau|at[eé] logo"
     r"|alvida|再见", BYE),
)  # fmt: skip
_PATTERNS = tuple(
    (re.compile(rf"(?:{pattern}){_FULL_STOP}", re.IGNORECASE), english)
    for pattern, english in (
        *_QUESTIONS,
        *more_languages.QUESTIONS,
        *_PLEASANTRIES,
        *_STATEMENTS,
        *more_languages.STATEMENTS,
    )
)

_MAYBE = re.compile(
    r"[\u4e00-\u9fff]|\b(?:ich|bin|heiße|heisse|wohne|komme|meine?|wie|wo|woher|weißt|kennst|was|wer|je|j'|m'appelle|mon|ma"
    r"|comment|quel|quelle|qui|o[uù]|que|qu'est|c'est|tu|ça|me|soy|vivo|mi|c[oó]mo|cu[aá]l|cu[aá]ntos|d[oó]nde|qui[eé]n|qu[eé]"
    r"|recuerdas|sabes|trabajo|tengo|vengo|meu|minha|eu|sou|moro|chamo|qual|quantos|onde|quem|lembra|sabe|tenho|gosto"
    r"|trabalho|tudo|como|dans|nein|non|não|perd[oó]n|mi chiamo|sono|abito|vengo|dove|anni|piace|piacciono|il mio|lavoro|cosa"
    r"|ciao|watashi|boku|ore|desu|imasu|kimashita|mera|meri|main|mai|mujhe|kya|tum|aap|kais[ei]|yo|danke|dank|merci|gracias|obrigad[oa]|grazie|shukriya"
    r"|dhanyavaa?d|tschüss?|wiedersehen|bald|revoir|bientôt|adi[oó]s|hasta|tchau|at[eé]|alvida|hallo|servus|moin|bonjour|salut"
    r"|bonsoir|coucou|hola|olá|ola|oi|namaste|session)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:hallo|guten (?:tag|morgen|abend)|servus|moin|bonjour|salut|bonsoir|coucou|hola|buenos d[ií]as|buenas|olá|ola|oi"
    r"|bom dia|ciao|buongiorno|buonasera|salve|konnichiwa|hajimemashite|namaste|namaskar|大家好|你好|您好|hi|hello"
    rf"|{more_languages.GREETINGS}"
    r"|hey)(?:[\s,!.，！。]+|$))+",
    re.IGNORECASE,
)
_DO_YOU_KNOW = re.compile(
    r"^(?:weißt|weisst) du(?: noch)?,?(?: (?=w)|$)|^sai (?=c|d|q)|^tu sais (?=o|c|q)", re.IGNORECASE
)
_NO = re.compile(
    r"(?:nein|non|não|nao|no|nahi|不|不对|perd[oó]n|pardon|d[ée]sol[ée]e?|entschuldigung|desculpe?a?|scusa)[\s,.!，。]*$",
    re.IGNORECASE,
)
_NO_IT_IS = re.compile(
    rf"(?:é|es|c'est|è|es ist|ich meinte|je voulais dire|quise decir|quis dizer) {V}[.!]*$"
    rf"|(?:à|en|em|in|bei) {NAME.replace('<v>', '<w>')}",
    re.IGNORECASE,
)
_PARTICLES = re.compile(
    r"\s+(?:denn|nochmal|noch|eigentlich|jetzt|bitte|d[ée]jà|s'il (?:te|vous) pla[iî]t|por favor|mesmo)(?=[\s?.!]*$)",
    re.IGNORECASE,
)
_PARTS = re.compile(rf"(?<=[.!?;。！？])\s*|[,，、]\s*|\s+(?:und|et|y|e|aur|ed|{more_languages.AND})\s+|\n+")


@lru_cache(maxsize=1_000)
def in_english(text: str) -> str:
    """The text with the parts that introduce the user, or ask about them, in English. Without such a part it is unchanged.

    `Ich heiße Jürgen und wohne in Köln` becomes `My name is Jürgen. I live in Köln.` Texts of over 400 characters are not read.
    """
    if len(text) > 400 or not (_MAYBE.search(text) or more_languages.MAYBE.search(text)):
        return text
    rest = _GREETING.sub("", text)
    if not rest.strip():
        return HELLO
    parts = [part for part in _PARTS.split(rest) if part.strip()]
    found = [_translated(part) for part in parts]
    for at, part in enumerate(parts[:-1]):
        if _NO.match(part.strip()) and not found[at]:
            meant = _NO_IT_IS.match(parts[at + 1].strip())
            found[at + 1] = f"it's {meant['v'] or meant['w']}." if meant and not found[at + 1] else found[at + 1]
            found[at] = "No," if found[at + 1] else ""
    if not any(found):
        return text
    return " ".join(english or _closed(part.strip()) for part, english in zip(parts, found, strict=True))


def _closed(part: str) -> str:
    """A part that fits no pattern, as a separate sentence."""
    return part if part.endswith(tuple(".!?,。！？")) else f"{part}."


def _translated(part: str) -> str:
    """One part in English, '' if it fits no pattern."""
    tidy = _PARTICLES.sub("", _DO_YOU_KNOW.sub("", _GREETING.sub("", part.strip().replace("’", "'"))))
    if of_a_relative := relative(tidy):
        return of_a_relative
    for pattern, english in _PATTERNS:
        if match := pattern.match(tidy):
            if "{v}" not in english:
                return english
            groups = match.groupdict()
            value = next(filter(None, (groups.get(name) for name in "vwu")), "").strip()
            said = [english.format(v=in_digits(value) if english == AGE else value, name=groups.get("name"))]
            said[0] = re.sub(r"^I am a (?=[aeiouéêè])", "I am an ", said[0])
            if english.endswith("?"):
                return said[0]
            said += [FROM.format(v=groups["place"])] if groups.get("place") else []
            said += [LIVE.format(v=groups["home"])] if groups.get("home") else []
            return f"{'. '.join(said)}."
    return ""
