"""Self-introductions and questions about oneself in other languages, put into the English that the rules read.

German, French, Spanish, Portuguese, Italian, Hindi and Japanese in Latin script, and Chinese.
What no pattern fits stays as it is.
"""

import re
from functools import lru_cache

from lessons.kit.models.offline.language.relatives import relative
from lessons.kit.models.offline.language.word_lists import CHINESE_JOB, FRENCH_JOB, GERMAN_JOB, IBERIAN_JOB

_V = r"(?P<v>[^.,;!?。，！？؟]{1,80}?)"
_NAME = r"(?P<v>(?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*(?: (?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*){0,2})"
_FULL_STOP = r"\s*(?=[.,;!?。，！？]|$)"

_NAME_IS, _LIVE, _FROM, _WORK, _WORK_AT, _AGE, _LIKE, _IS, _COLOR = (
    "My name is {v}",
    "I live in {v}",
    "I am from {v}",
    "I work as {v}",
    "I work at {v}",
    "I am {v} years old",
    "I like {v}",
    "I am a {v}",
    "My favorite color is {v}",
)
_ASKS_NAME, _ASKS_HOME, _ASKS_AGE, _ASKS_ORIGIN, _ASKS_WORK, _ASKS_LIKES, _ASKS_COLOR = (
    "What is my name?",
    "Where do I live?",
    "How old am I?",
    "Where am I from?",
    "What do I do for work?",
    "What do I like?",
    "What is my favorite color?",
)
_HELLO, _THANKS, _BYE, _HOW, _ABILITIES, _SESSION = (
    "Hello.",
    "Thanks.",
    "Goodbye.",
    "How are you?",
    "What can you do?",
    "What is a session?",
)
_WORD_OF_THE_SDK = r"agent|run|turn|item|handoff|branch|token|guardrail|limit|handle|ttl|tool|session id"

# Each is tried on one part of a sentence, from its start. Questions come first: a statement would take them for values.
_QUESTIONS = (
    # German
    (r"(?:weißt|weisst) du(?: noch)?,? (?:wie ich heiße|wie ich heisse|meinen namen|wer ich bin)"
     r"|kennst du(?: noch)? meinen namen"
     r"|erinnerst du dich an (?:mich|meinen namen)|wie ich (?:heiße|heisse)", _ASKS_NAME),
    (r"wie (?:heiße|heisse) ich(?: noch| nochmal)?|wie (?:ist|war|lautet) mein name|was ist mein name|wer bin ich", _ASKS_NAME),
    (r"wo (?:wohne|lebe) ich|wo ich (?:wohne|lebe)|dans quelle ville (?:j'habite|est-ce que j'habite)|en qu[eé] ciudad vivo"
     r"|em que cidade (?:eu )?(?:moro|vivo)|in welcher stadt (?:wohne|lebe) ich", _ASKS_HOME),
    (r"wie alt (?:bin ich|ich bin)", _ASKS_AGE),
    (r"(?:wo|bei wem|für wen) arbeite ich|o[uù] (?:est-ce que )?(?:je travaille|travaill[eé]-je)|我在(?:哪(?:里|儿)|什么(?:公司"
     r"|地方))(?:工作|上班)", "Where do I work?"),
    (r"woher (?:komme|stamme) ich|wo komme ich her", _ASKS_ORIGIN),
    (r"was (?:bin ich von beruf|arbeite ich|mache ich beruflich|ist mein (?:beruf|job))|als was arbeite ich", _ASKS_WORK),
    (r"was (?:mag|liebe) ich|was ich (?:mag|liebe)|was (?:sind meine hobbys|ist mein hobby)", _ASKS_LIKES),
    (r"(?:was|welche|wie) (?:ist|lautet) meine lieblingsfarbe", _ASKS_COLOR),
    (r"was ist (?:eine )?(?:session|sitzung)", _SESSION),
    (rf"(?:was (?:ist|bedeutet) (?:eine? |der |die |das )?|(?:qu'est-ce qu'|c'est quoi )(?:une? |le |la )?"
     rf"|¿?\s*qu[eé] es (?:una? )?|o que é (?:uma? )?)(?P<v>{_WORD_OF_THE_SDK})", "What is a {v}?"),
    (r"was kannst du(?: alles)?(?: tun| machen)?", _ABILITIES),
    (r"wie geht(?:'s| es)(?: dir| ihnen)?", _HOW),
    # French
    (r"(?:est-ce que )?tu (?:te souviens de|connais|sais|te rappelles(?: de)?) (?:moi|mon (?:nom|prénom)|comment je m'appelle)",
     _ASKS_NAME),
    (r"comment (?:est-ce que )?je m'appelle|comment m'appelle-je|(?:quel|c'est quoi) est mon (?:nom|prénom)"
     r"|c'est quoi mon (?:nom|prénom)|qui suis-je", _ASKS_NAME),
    (r"o[uù] (?:est-ce que )?(?:j'habite|je vis)|o[uù] (?:habit[eé]|vis)-je", _ASKS_HOME),
    (r"quel (?:âge|age) (?:ai-je|j'ai|est-ce que j'ai)|j'ai quel (?:âge|age)", _ASKS_AGE),
    (r"d'o[uù] (?:est-ce que )?(?:je viens|viens-je|suis-je)", _ASKS_ORIGIN),
    (r"(?:quel est|c'est quoi) mon (?:métier|travail|emploi|boulot)|(?:que|qu'est-ce que) (?:fais-je"
     r"|je fais) dans la vie", _ASKS_WORK),
    (r"qu'est-ce que j'aime|qu'aim[eé]-je", _ASKS_LIKES),
    (r"quelle est ma couleur préférée", _ASKS_COLOR),
    (r"(?:qu'est-ce qu'une|c'est quoi une) session", _SESSION),
    (r"que (?:peux|sais)-tu faire|qu'est-ce que tu (?:peux|sais) faire|tu (?:peux|sais) faire quoi", _ABILITIES),
    (r"(?:comment )?ça va|comment (?:vas-tu|allez-vous|tu vas)", _HOW),
    # Spanish
    (r"¿?\s*(?:recuerdas|sabes|conoces|te acuerdas de|me recuerdas)(?: (?:mi nombre|c[oó]mo me llamo|qui[eé]n soy"
     r"|de m[ií]))?", _ASKS_NAME),
    (r"¿?\s*c[oó]mo me llamo|¿?\s*cu[aá]l es mi nombre|¿?\s*qui[eé]n soy", _ASKS_NAME),
    (r"¿?\s*(?:en )?d[oó]nde vivo", _ASKS_HOME),
    (r"¿?\s*cu[aá]ntos a[nñ]os tengo|¿?\s*qu[eé] edad tengo|¿?\s*cu[aá]l es mi edad", _ASKS_AGE),
    (r"¿?\s*de d[oó]nde (?:soy|vengo)", _ASKS_ORIGIN),
    (r"¿?\s*a qu[eé] me dedico|¿?\s*en qu[eé] trabajo|¿?\s*cu[aá]l es mi (?:trabajo|profesi[oó]n)", _ASKS_WORK),
    (r"¿?\s*qu[eé] me gusta", _ASKS_LIKES),
    (r"¿?\s*cu[aá]l es mi color (?:favorito|preferido)", _ASKS_COLOR),
    (r"¿?\s*qu[eé] es una sesi[oó]n", _SESSION),
    (r"¿?\s*qu[eé] (?:puedes|sabes) hacer", _ABILITIES),
    (r"¿?\s*(?:qu[eé] tal|c[oó]mo est[aá]s)", _HOW),
    # Portuguese
    (r"(?:voc[eê] )?(?:lembra|sabe|recorda)(?:-se)? (?:d?o )?(?:meu nome|como (?:eu )?me chamo|de mim"
     r"|quem eu sou)", _ASKS_NAME),
    (r"(?:qual|quem) (?:é|e) (?:o )?meu nome|como (?:é que )?(?:eu )?me chamo|quem sou eu", _ASKS_NAME),
    (r"onde (?:é que )?(?:eu )?(?:moro|vivo)", _ASKS_HOME),
    (r"quantos anos (?:é que )?(?:eu )?tenho|qual (?:é |e )?(?:a )?minha idade", _ASKS_AGE),
    (r"de onde (?:é que )?(?:eu )?(?:sou|venho)", _ASKS_ORIGIN),
    (r"qual (?:é |e )?(?:o |a )?(?:meu|minha) (?:trabalho|emprego|profiss[aã]o)|em que (?:eu )?trabalho"
     r"|o que (?:eu )?faço", _ASKS_WORK),
    (r"do que (?:é que )?(?:eu )?gosto|o que (?:eu )?gosto", _ASKS_LIKES),
    (r"qual (?:é |e )?(?:a )?minha cor (?:favorita|preferida)", _ASKS_COLOR),
    (r"o que (?:é|e) uma sess[aã]o", _SESSION),
    (r"o que (?:é que )?(?:voc[eê] |tu )?(?:pode|sabe|podes|sabes)(?: fazer)?", _ABILITIES),
    (r"tudo bem|como (?:vai|est[aá](?:s)?|voc[eê] est[aá])", _HOW),
    # Hindi in Latin script
    (r"(?:kya )?(?:tumhe|tumko|aapko|aap|tum) (?:ko )?mera (?:naam|nam) (?:yaad|pata|malum|jaante|jante) (?:hai|he|ho"
     r"|hain)", _ASKS_NAME),
    (r"mera (?:naam|nam) kya (?:hai|he)|(?:main|mai) kaun (?:hoon|hun|hu)", _ASKS_NAME),
    (r"(?:main|mai|mein) kahan? (?:rehta|rehti|rahta|rahti) (?:hoon|hun|hu)", _ASKS_HOME),
    (r"meri (?:umar|umr|age) (?:kya|kitni) (?:hai|he)|(?:main|mai) kitne saal k[aei] (?:hoon|hun|hu)", _ASKS_AGE),
    (r"(?:main|mai|mein) kahan? se (?:hoon|hun|hu)", _ASKS_ORIGIN),
    (r"(?:main|mai) kya (?:kaam )?kart[ai] (?:hoon|hun|hu)|mera kaam kya (?:hai|he)", _ASKS_WORK),
    (r"(?:mujhe|mujhko) kya (?:pasand|acha lagta) (?:hai|he)", _ASKS_LIKES),
    (r"session kya (?:hai|he|hota hai)", _SESSION),
    (r"(?:tum|aap) kya kar sakte (?:ho|hain)", _ABILITIES),
    (r"(?:tum |aap )?kais[ei] (?:ho|hain)", _HOW),
    # Italian
    (r"(?:ti ricordi|sai|conosci) (?:il mio nome|come mi chiamo|di me|chi sono)", _ASKS_NAME),
    (r"come mi chiamo|qual (?:è|e) il mio nome|chi sono(?: io)?", _ASKS_NAME),
    (r"dove (?:vivo|abito)", _ASKS_HOME),
    (r"quanti anni ho", _ASKS_AGE),
    (r"(?:di|da) dove (?:sono|vengo)", _ASKS_ORIGIN),
    (r"(?:che|quale) lavoro faccio|qual (?:è|e) il mio lavoro|cosa faccio", _ASKS_WORK),
    (r"(?:che )?cosa mi piace", _ASKS_LIKES),
    (r"qual (?:è|e) il mio colore preferito", _ASKS_COLOR),
    (r"(?:che )?cosa sai fare", _ABILITIES),
    (r"come (?:stai|va)", _HOW),
    # Japanese in Latin script
    (r"(?:watashi|boku|ore) no na(?:mae| mae) (?:wa|ha) nan(?:i)? (?:desu ka|da|desuka)", _ASKS_NAME),
    (r"(?:watashi|boku|ore) (?:wa|ha) dare (?:desu ka|da)", _ASKS_NAME),
    (r"(?:watashi|boku|ore) (?:wa|ha) doko ni sunde (?:imasu|iru)(?: ?ka)?", _ASKS_HOME),
    (r"(?:watashi|boku|ore) (?:wa|ha) nan ?sai desu ?ka", _ASKS_AGE),
    (r"(?:watashi|boku|ore) (?:wa|ha) nani ga suki desu ?ka", _ASKS_LIKES),
    # Chinese
    (r"我有什么宠物", "What pets do I have?"),
    (r"我有什么", "What do I have?"),
    (r"我是(?:哪(?:里|儿)|什么地方)的?人", _ASKS_ORIGIN),
    (r"你?(?:还)?(?:记得|知道)(?:我的名字|我叫什么(?:名字)?|我是谁|我)吗?", _ASKS_NAME),
    (r"(?:我叫|我的名字(?:是|叫))什么(?:名字)?|我是谁", _ASKS_NAME),
    (r"我(?:现在)?住在?(?:哪(?:里|儿|个城市)?|什么地方)", _ASKS_HOME),
    (r"我(?:今年)?(?:几岁|多大|多少岁)了?", _ASKS_AGE),
    (r"我(?:来自|是从|从)(?:哪(?:里|儿)|什么地方)(?:来)?的?", _ASKS_ORIGIN),
    (r"我的(?:工作|职业)是什么|我(?:是)?做什么(?:工作)?的?", _ASKS_WORK),
    (r"我最喜欢(?:的颜色是什么|什么颜色|哪种颜色)", _ASKS_COLOR),
    (r"我喜欢[吃喝玩看听]?(?:什么|做什么)", _ASKS_LIKES),
    (r"我的生日是(?:什么时候|哪天|几号|几月几[日号])", "When is my birthday?"),
    (r"我(?:会)?说(?:什么|哪些)语言", "Which languages do I speak?"),
    (r"我的(?P<v>[\u4e00-\u9fff]{1,4}?)叫什么(?:名字)?", "What is my {v} called?"),
    (r"(?:什么是|何为)(?:会话|session)|(?:会话|session)是什么", _SESSION),
    (r"你(?:会|能)(?:做)?(?:什么|干什么)", _ABILITIES),
    (r"你好吗|你怎么样", _HOW),
)  # fmt: skip
_STATEMENTS = (
    # German
    (rf"(?:ich )?(?:heiße|heisse) {_V}|mein name ist {_V.replace('<v>', '<w>')}", _NAME_IS),
    (rf"(?:ich )?bin {GERMAN_JOB}", _IS),
    (rf"ich bin (?:der |die )?{_NAME}", _NAME_IS),
    (rf"(?:ich )?(?:wohne|lebe) (?:(?:seit|jetzt|nun|schon|momentan)(?: \w+)? )?(?:in|bei) {_V}", _LIVE),
    (rf"(?:ich )?(?:komme|stamme) aus {_V}", _FROM),
    (rf"(?:ich )?arbeite als {_V}", _WORK),
    (rf"(?:ich )?arbeite (?:bei|für|in) {_V}", _WORK_AT),
    (r"(?:ich )?bin (?P<v>\d{1,3})(?: jahre alt)?", _AGE),
    (rf"(?:ich )?(?:mag|liebe) {_V}", _LIKE),
    (rf"meine lieblingsfarbe ist {_V}", _COLOR),
    # French
    (rf"(?:moi,? )?(?:je )?m'appelle {_V}|moi,? c'est {_V.replace('<v>', '<u>')}|mon (?:nom"
     rf"|prénom) est {_V.replace('<v>', '<w>')}", _NAME_IS),
    (rf"je suis {FRENCH_JOB}(?: (?:à|au|aux|en) (?P<home>{_NAME.replace('<v>', '<x>')}))?", _IS),
    (rf"je suis {_NAME}", _NAME_IS),
    (rf"(?:j')?habite (?:à|a|en|au|aux) {_V}|je vis (?:à|en|au) {_V.replace('<v>', '<w>')}", _LIVE),
    (rf"(?:je )?viens (?:de |d'|du |des ){_V}", _FROM),
    (rf"(?:je )?travaille comme {_V}", _WORK),
    (rf"(?:je )?travaille (?:chez|à|pour) {_V}", _WORK_AT),
    (r"(?:j')?ai (?P<v>\d{1,3}) ans", _AGE),
    (rf"j'(?:aime|adore) {_V}", _LIKE),
    (rf"ma couleur préférée (?:est|c'est) (?:le |la )?{_V}", _COLOR),
    # Spanish
    (rf"(?:yo )?me llamo {_V}|mi nombre es {_V.replace('<v>', '<w>')}", _NAME_IS),
    (rf"(?:eu )?(?:yo )?(?:soy|sou) {IBERIAN_JOB}", _IS),
    (rf"(?:yo )?soy {_NAME}(?: de (?P<place>{_NAME.replace('<v>', '<x>')}))?", _NAME_IS),
    (rf"(?:yo )?vivo en {_V}", _LIVE),
    (rf"(?:yo )?(?:soy|vengo) de {_V}", _FROM),
    (rf"(?:yo )?trabajo (?:como|de) {_V}", _WORK),
    (rf"(?:yo )?trabajo para {_V}", _WORK_AT),
    (r"(?:yo )?tengo (?P<v>\d{1,3}) a[nñ]os", _AGE),
    (rf"me gustan? {_V}|me encantan? {_V.replace('<v>', '<w>')}", _LIKE),
    (rf"mi color (?:favorito|preferido) es (?:el )?{_V}", _COLOR),
    # Portuguese
    (rf"(?:o )?meu nome (?:é|e) {_V}|(?:eu )?me chamo {_V.replace('<v>', '<w>')}", _NAME_IS),
    (rf"chamo-me {_V}", _NAME_IS),
    (rf"(?:eu )?sou (?:o |a )?{_NAME}", _NAME_IS),
    (rf"(?:eu )?(?:moro|vivo) (?:em|no|na) {_V}", _LIVE),
    (rf"(?:eu )?(?:sou|venho) d[eoa] {_V}", _FROM),
    (rf"(?:eu )?trabalho como {_V}", _WORK),
    (rf"(?:eu )?trabalho para {_V}", _WORK_AT),
    (r"(?:eu )?tenho (?P<v>\d{1,3}) anos", _AGE),
    (rf"(?:eu )?gosto de {_V}", _LIKE),
    (rf"(?:a )?minha cor (?:favorita|preferida) (?:é|e) {_V}", _COLOR),
    # Hindi in Latin script
    (rf"mera (?:naam|nam) {_V} (?:hai|he)", _NAME_IS),
    (r"meri (?:umar|umr|age) (?P<v>\d{1,3})(?: saal)? (?:hai|he)|(?:main|mai) (?P<w>\d{1,3}) saal k[aei] (?:hoon|hun"
     r"|hu)", _AGE),
    (rf"(?:main|mai) {_V} (?:mein|me|mai) (?:rehta|rehti|rahta|rahti) (?:hoon|hun|hu)", _LIVE),
    (rf"(?:main|mai) {_V} se (?:hoon|hun|hu)", _FROM),
    (r"(?:main|mai) ek (?P<v>[\w ]{2,30}?) (?:hoon|hun|hu)", _IS),
    (rf"(?:main|mai) {_NAME} (?:hoon|hun|hu)", _NAME_IS),
    (rf"(?:mujhe|mujhko) {_V} (?:pasand|acha lagta) (?:hai|he)", _LIKE),
    # Italian
    (rf"(?:io )?mi chiamo {_V}|il mio nome (?:è|e) {_V.replace('<v>', '<w>')}", _NAME_IS),
    (rf"(?:io )?sono {_NAME}", _NAME_IS),
    (r"(?:io )?sono (?:una? )(?P<v>[a-zàèéìòù]{4,20})", _IS),
    (rf"(?:io )?(?:vivo|abito) (?:a|in|ad) {_V}", _LIVE),
    (rf"(?:io )?(?:vengo da|sono di) {_V}", _FROM),
    (rf"(?:io )?lavoro come {_V}", _WORK),
    (rf"(?:io )?lavoro per {_V}", _WORK_AT),
    (r"(?:io )?ho (?P<v>\d{1,3}) anni", _AGE),
    (rf"mi piac(?:e|ciono) (?:il |la |lo |i |le |gli |l')?{_V}", _LIKE),
    (rf"il mio colore preferito (?:è|e) (?:il )?{_V}", _COLOR),
    # Japanese in Latin script
    (rf"(?:watashi|boku|ore) no na(?:mae| mae) (?:wa|ha) {_V} (?:desu|da)", _NAME_IS),
    (r"(?:(?:watashi|boku|ore) (?:wa|ha) )?(?P<v>\d{1,3}) ?sai desu", _AGE),
    (rf"(?:(?:watashi|boku|ore) (?:wa|ha) )?{_V} ni sunde (?:imasu|iru)", _LIVE),
    (rf"(?:(?:watashi|boku|ore) (?:wa|ha) )?{_V} kara kimashita|(?:watashi|boku|ore) (?:wa|ha) "
     rf"{_V.replace('<v>', '<w>')} shusshin desu", _FROM),
    (rf"(?:(?:watashi|boku|ore) (?:wa|ha) )?{_V} ga suki desu", _LIKE),
    (rf"(?:watashi|boku|ore) (?:wa|ha) {_NAME} desu", _NAME_IS),
    (rf"{_V} to (?:moushimasu|iimasu)", _NAME_IS),
    # Chinese
    (rf"我在{_V}(?:工作|上班)", _WORK_AT),
    (rf"我的生日是{_V}", "My birthday is {v}"),
    (rf"我(?:会)?说{_V}", "I speak {v}"),
    (r"我有一[只条个匹](?P<v>[\u4e00-\u9fff]{1,4}?)叫(?P<name>[\u4e00-\u9fff\w]{1,8})", "My {v} is called {name}"),
    (rf"我有{_V}", "I have {v}"),
    (rf"我叫{_V}|我的名字(?:是|叫){_V.replace('<v>', '<w>')}", _NAME_IS),
    (rf"我是(?:一[名位个])?(?P<v>{CHINESE_JOB})", _IS),
    (r"(?:我今年|我|今年)(?P<v>[\d一二三四五六七八九十两]{1,4})岁", _AGE),
    (rf"我(?:现在)?住在?{_V}", _LIVE),
    (rf"我(?:来自|是从){_V}", _FROM),
    (r"我是(?P<v>[\u4e00-\u9fff]{2,3})", _NAME_IS),
    (rf"我最喜欢的颜色是{_V}", _COLOR),
    (rf"我(?:喜欢|爱){_V}", _LIKE),
)  # fmt: skip
_PLEASANTRIES = (
    (r"danke(?: schön| sehr| dir)?|vielen dank|merci(?: beaucoup| bien)?|(?:muchas )?gracias|(?:muito )?obrigad[oa]|grazie"
     r"|shukriya|dhanyavaa?d|谢谢(?:你|您)?", _THANKS),
    (r"tschüss|tschüs|auf wiedersehen|bis bald|au revoir|à bientôt|adi[oó]s|hasta (?:luego|pronto)|tchau|at[eé] logo"
     r"|alvida|再见", _BYE),
)  # fmt: skip
_PATTERNS = tuple(
    (re.compile(rf"(?:{pattern}){_FULL_STOP}", re.IGNORECASE), english)
    for pattern, english in (*_QUESTIONS, *_PLEASANTRIES, *_STATEMENTS)
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
    r"|bom dia|ciao|buongiorno|buonasera|salve|konnichiwa|hajimemashite|namaste|namaskar|你好|您好|hi|hello"
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
    rf"(?:é|es|c'est|è|es ist|ich meinte|je voulais dire|quise decir|quis dizer) {_V}[.!]*$"
    rf"|(?:à|en|em|in|bei) {_NAME.replace('<v>', '<w>')}",
    re.IGNORECASE,
)
_PARTICLES = re.compile(
    r"\s+(?:denn|nochmal|noch|eigentlich|jetzt|bitte|d[ée]jà|s'il (?:te|vous) pla[iî]t|por favor|mesmo)(?=[\s?.!]*$)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<=[.!?;。！？])\s*|[,，]\s*|\s+(?:und|et|y|e|aur|ed)\s+|\n+")


@lru_cache(maxsize=1_000)
def in_english(text: str) -> str:
    """The text with each part that introduces the user, or asks about them, in English; the whole text as it is without one.

    `Ich heiße Jürgen und wohne in Köln` becomes `My name is Jürgen. I live in Köln.`
    """
    if len(text) > 400 or not _MAYBE.search(text):
        return text
    rest = _GREETING.sub("", text)
    if not rest.strip():
        return _HELLO
    parts = [part for part in _PARTS.split(rest) if part.strip()]
    found = [_translated(part) for part in parts]
    for at, part in enumerate(parts[:-1]):
        if _NO.match(part.strip()) and not found[at]:
            meant = _NO_IT_IS.match(parts[at + 1].strip())
            found[at + 1] = f"it's {meant['v'] or meant['w']}." if meant and not found[at + 1] else found[at + 1]
            found[at] = "No," if found[at + 1] else ""
    if not any(found):
        return text
    return " ".join(english or part.strip() for part, english in zip(parts, found, strict=True))


def _translated(part: str) -> str:
    """One part in English; '' where no pattern fits it."""
    tidy = _PARTICLES.sub("", _DO_YOU_KNOW.sub("", _GREETING.sub("", part.strip().replace("’", "'"))))
    if of_a_relative := relative(tidy):
        return of_a_relative
    for pattern, english in _PATTERNS:
        if match := pattern.match(tidy):
            if "{v}" not in english:
                return english
            groups = match.groupdict()
            value = next(filter(None, (groups.get(name) for name in "vwu")), "").strip()
            said = [english.format(v=_digits(value) if english == _AGE else value, name=groups.get("name"))]
            if english.endswith("?"):
                return said[0]
            said += [_FROM.format(v=groups["place"])] if groups.get("place") else []
            said += [_LIVE.format(v=groups["home"])] if groups.get("home") else []
            return f"{'. '.join(said)}."
    return ""


def _digits(age: str) -> str:
    """`25` for `二十五`; a number in digits as it is."""
    if age.isdigit():
        return age
    tens, ten, ones = age.rpartition("十")
    number = {sign: count for count, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
    return str((number.get(tens, 1) * 10 if ten else 0) + number.get(ones, 0))
