"""The sample topics of the course: shopping, a project, Python, research and hobbies. Answers lean on what was said before."""

import re

from lessons.kit.offline_request import Request
from lessons.kit.offline_text import clip, listed

_GREEN = re.compile(r"\b(?:sustainab\w+|eco\w*|green|recycl\w+|organic|environment\w*)\b", re.IGNORECASE)
_PRODUCTS = re.compile(
    r"\b(?:show|find|recommend|suggest)(?: me)? (?:some |a few |an? |any |good )*((?!what|how|that|this|it\b|my\b|your\b)[\w -]{3,60})|looking for (?:an? |some )?"
    r"([\w -]{3,60})",
    re.IGNORECASE,
)
_TECHNOLOGY = re.compile(r"\b(?:databases?|data ?stores?|tech(?:nology)? stack|stack|backend)\b", re.IGNORECASE)
_LANGUAGES = {
    "Python": {
        "about": "a general-purpose language with a clear syntax, used for web services, data science and scripts",
        "web": "Django, FastAPI and Flask",
        "data": "pandas, NumPy and scikit-learn",
    },
    "JavaScript": {
        "about": "the language of web browsers, also used on servers through Node.js",
        "web": "React, Express and Next.js",
        "data": "Arquero, D3 and TensorFlow.js",
    },
}
_LANGUAGE = re.compile(r"\b(python|javascript)\b", re.IGNORECASE)
_LIBRARIES = (
    ("web", "web frameworks", re.compile(r"\bweb (?:frameworks?|librar\w+|development)\b", re.IGNORECASE)),
    (
        "data",
        "data science libraries",
        re.compile(r"\bdata[ -]science\b|\bdata (?:analysis )?librar\w+", re.IGNORECASE),
    ),
)
_RESEARCH = re.compile(
    r"\b(?:research|look into|investigate|find out about)(?: on| about| into)?:? +(?!notes\b)(.{2,80}?)[.?!]*$",
    re.IGNORECASE,
)
_SUMMARIZE = re.compile(r"\b(?:summar\w+|write up|write an? (?:summary|article|report|post)|draft)\b", re.IGNORECASE)
_NOTES = re.compile(r"Research notes on (.+?): (.+)", re.DOTALL)
_FINDINGS = {
    "ai safety": (
        "alignment, that a system does what people intend",
        "robustness, that it stays dependable when inputs are strange or hostile",
        "oversight, that people can understand, test and stop it",
    )
}
_OUTDOORS = re.compile(r"\b(?:hik\w+|climb\w+|camp\w+|ski\w*|cycl\w+|outdoors?|kayak\w*|running)\b", re.IGNORECASE)
_IDEAS = re.compile(
    r"\b(?:suggest\w*|recommend\w*|ideas?|activities|things to do|weekend|what (?:should|could|can) i do)\b",
    re.IGNORECASE,
)


def topic(request: Request) -> str | None:
    """The answer on one of the sample topics; None if the message is about none of them."""
    for rule in (_technology, _libraries, _language, _summary_of_research, _research, _ideas, _products):
        if (answer := rule(request)) is not None:
            return answer
    return None


def outdoor_ideas(text: str) -> str:
    """Suggestions for an outdoor hobby; empty for other hobbies."""
    if not _OUTDOORS.search(text):
        return ""
    where = (
        "Rocky Mountain National Park and the Maroon Bells"
        if "colorado" in text.lower()
        else "a marked trail close to you"
    )
    return f"Ideas for outdoors: {where}, with an early start, layers and enough water."


def _technology(request: Request) -> str | None:
    if not _TECHNOLOGY.search(request.message) or not re.search(r"\?|recommend|suggest", request.message):
        return None
    project = request.fact("project")
    if project is None:
        return f"It depends on what you are building, and {request.nothing[0].lower()}{request.nothing[1:]} says so."
    why = (
        "orders, places and payments belong together"
        if re.search(r"deliver|food|shop|order", project.value)
        else "it fits most data"
    )
    live = (
        ", and Redis for what changes by the second, such as where the couriers are"
        if "deliver" in project.value
        else ""
    )
    return f"Since {project.said}: PostgreSQL, because {why}{live}."


def _libraries(request: Request) -> str | None:
    for kind, name, pattern in _LIBRARIES:
        if pattern.search(request.message):
            language = _language_meant(request)
            if language is None:
                return f"For which language? {request.nothing} names one."
            return f"For {language}, well-known {name} are {_LANGUAGES[language][kind]}."
    return None


def _language(request: Request) -> str | None:
    match = re.search(
        r"\b(?:tell me (?:more )?about|what(?:'s| is)|explain) (?:python|javascript)\b", request.message, re.IGNORECASE
    )
    language = _language_meant(request) if match else None
    return language and f"{language} is {_LANGUAGES[language]['about']}."


def _language_meant(request: Request) -> str | None:
    for text in (request.message, *request.newest_first()):
        if match := _LANGUAGE.search(text):
            return next(name for name in _LANGUAGES if name.lower() == match[1].lower())
    return None


def _research(request: Request) -> str | None:
    match = _RESEARCH.search(request.message)
    if match is None or re.search(r"\bmy\b|\bthe research\b", request.message, re.IGNORECASE):
        return None
    subject = clip(match[1], 80)
    findings = _FINDINGS.get(subject.lower())
    if findings is None:
        return f"Research notes on {subject}: none, because I am a small rule-based stand-in and hold no sources on it."
    return f"Research notes on {subject}: {'; '.join(f'({number}) {text}' for number, text in enumerate(findings, 1))}."


def _summary_of_research(request: Request) -> str | None:
    if not _SUMMARIZE.search(request.message) or not re.search(
        r"\b(?:research|notes|findings|it|that|this)\b", request.message, re.IGNORECASE
    ):
        return None
    for text in reversed(request.said("assistant")):
        if match := _NOTES.search(text):
            points = re.findall(r"\(\d\) ([^,;]+)", match[2])
            return f"Summary of the research on {match[1]}: {f'it has three subjects, {listed(points)}' if points else clip(match[2])}."
    if asked := next((match for text in reversed(request.said("user")) if (match := _RESEARCH.search(text))), None):
        return f"You asked for research on {clip(asked[1], 80)}, but {request.nothing[0].lower()}{request.nothing[1:]} is a note on it."
    return f"{request.nothing} is research that I could summarize."


def _ideas(request: Request) -> str | None:
    if not _IDEAS.search(request.message) or re.search(
        r"\b(?:features?|plan|upgrade|account)\b", request.message, re.IGNORECASE
    ):
        return None
    likes = [fact for fact in request.facts if fact.kind == "likes"]
    asks_what_to_do = re.search(
        r"activit|things to do|weekend|i do\b|ideas?\b|outdoor|hobb", request.message, re.IGNORECASE
    )
    if not asks_what_to_do:
        return None
    if not likes:
        return f"It depends on what you like, and {request.nothing[0].lower()}{request.nothing[1:]} says so."
    ideas = next(
        filter(None, (outdoor_ideas(fact.value) for fact in reversed(likes))),
        "A day for just that would be my suggestion.",
    )
    return f"Since {listed([fact.said for fact in likes[-3:]])}: {ideas[0].lower()}{ideas[1:]}"


def _products(request: Request) -> str | None:
    match = _PRODUCTS.search(request.message)
    if match is None:
        return None
    wanted = clip(re.sub(r"\s+(?:please|now|for me)$", "", match[1] or match[2]), 60)
    prefers = [fact for fact in request.facts if fact.kind == "prefers"]
    if not prefers:
        return (
            f"Some {wanted}: a light one, a padded one and a classic one. {request.nothing} says what matters to you."
        )
    if _GREEN.search(" ".join(fact.value for fact in prefers)):
        kinds = "one of recycled bottles, one of organic cotton and one of cork"
    else:
        kinds = "a light one, a padded one and a classic one, of which I would choose by that"
    return f"Since {listed([fact.said for fact in prefers[-3:]])}, some {wanted}: {kinds}."
