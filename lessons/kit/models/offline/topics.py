"""Answers on the sample topics of the course (shopping, Python, research and so on), based on what was said before."""

import re

from lessons.kit.models.offline.language.text import any_of, clip, listed
from lessons.kit.models.offline.request import Request

_GREEN = any_of(r"sustainab\w+", r"eco\w*", "green", r"recycl\w+", "organic", r"environment\w*")
_PRODUCTS = re.compile(
    r"\b(?:(?:show|find|recommend|suggest)(?: me)?|looking for) (?:some |a few |an? |any |good ){0,3}"
    r"(?!(?:me|what|how|that|this|there|it|my|your)\b)"
    r"((?:[\w-]+ ){0,3}(?:bags?|backpacks?|shoes?|boots|trainers|sneakers|jackets?|coats?|clothes|shirts?|dress(?:es)?|trousers"
    r"|jeans|socks|hats?|gloves|watch(?:es)?|phones?|laptops?|headphones|keyboards?|chairs?|desks?|lamps?|bottles?|mugs?|bikes?"
    r"|tents?|gifts?|presents?|toys?|products?|goods|accessories|furniture)\b[\w -]{0,30})",
    re.IGNORECASE,
)
_DATABASE = any_of("databases?", "data ?stores?", "(?:tech(?:nology)? )?stack", "backend")
_PYTHON = {
    "about": "a general-purpose language with a clear syntax, used for web services, data science and scripts",
    "web frameworks": "Django, FastAPI and Flask",
    "data science libraries": "pandas, NumPy and scikit-learn",
}
_JAVASCRIPT = {
    "about": "the language of web browsers, also used on servers through Node.js",
    "web frameworks": "React, Express and Next.js",
    "data science libraries": "Arquero, D3 and TensorFlow.js",
}
_LANGUAGES = {"python": ("Python", _PYTHON), "javascript": ("JavaScript", _JAVASCRIPT)}
_LANGUAGE = any_of(*_LANGUAGES)
_LIBRARIES = {
    "web frameworks": any_of("web (?:frameworks?|librar(?:y|ies)|development)"),
    "data science libraries": any_of("data[ -]science", "data librar(?:y|ies)"),
}
_ABOUT_LANGUAGE = any_of(rf"(?:tell me (?:more )?about|what(?:'s| is)|explain) {_LANGUAGE.pattern}")
_RESEARCH = re.compile(
    r"\b(?:research|look into|investigate|find out about)(?: on| about)?:? (?!notes\b)(.{2,80}?)[.?!]*$", re.IGNORECASE
)
_SUMMARIZE = any_of(r"summar\w+", "write up", "write", "draft")
_THE_RESEARCH = any_of("the research", "the notes", "the findings", "it", "that", "this")
_NOTES = re.compile(r"research notes on (.+?): (.+)", re.DOTALL | re.IGNORECASE)
_FINDINGS = {
    "ai safety": "(1) alignment, that a system does what people intend; (2) robustness, that it stays dependable when "
    "inputs are strange or hostile; (3) oversight, that people can understand, test and stop it"
}
_OUTDOORS = any_of(r"hik\w+", r"climb\w+", r"camp\w+", r"ski\w*", r"cycl\w+", "outdoors?", r"kayak\w*", "running")
_WHAT_TO_DO = any_of("activit(?:y|ies)", "things to do", "weekend", "(?:should|could|can) i do", "ideas?", "outdoors?")


def topic(request: Request) -> str | None:
    """The answer on one of the sample topics, None if the message is not about any of them."""
    rules = (_database, _libraries, _language, _summary_of_research, _research, _ideas, _products)
    return next(filter(None, (rule(request) for rule in rules)), None)


def outdoor_ideas(text: str) -> str | None:
    """Suggestions for an outdoor hobby, None for other hobbies."""
    if not _OUTDOORS.search(text):
        return None
    where = "Rocky Mountain National Park and the Maroon Bells" if "colorado" in text.lower() else "a marked trail"
    return f"{where}, with an early start, layers and enough water"


def _database(request: Request) -> str | None:
    if not _DATABASE.search(request.message) or "?" not in request.message:
        return None
    project = request.fact("project")
    if project is None:
        return f"It depends on what you are building. {request.lacks('says so')}"
    return f"Since {project.said}: PostgreSQL for what must be right, and Redis for what changes by the second."


def _libraries(request: Request) -> str | None:
    kind = next((kind for kind, pattern in _LIBRARIES.items() if pattern.search(request.message)), None)
    if kind is None:
        return None
    for text in (request.message, *request.newest_first()):
        if match := _LANGUAGE.search(text):
            language, knows = _LANGUAGES[match[0].lower()]
            return f"For {language}, well-known {kind} are {knows[kind]}."
    return f"For which language? {request.lacks('names one')}"


def _language(request: Request) -> str | None:
    match = _ABOUT_LANGUAGE.search(request.message)
    if match is None:
        return None
    language, knows = _LANGUAGES[match[0].split()[-1].lower()]
    return f"{language} is {knows['about']}."


def _research(request: Request) -> str | None:
    match = _RESEARCH.search(request.message)
    if match is None:
        return None
    subject = clip(match[1], 80)
    found = _FINDINGS.get(subject.lower(), "none, because I am a small rule-based stand-in without sources on it")
    return f"Here are research notes on {subject}: {found}."


def _summary_of_research(request: Request) -> str | None:
    if not (_SUMMARIZE.search(request.message) and _THE_RESEARCH.search(request.message)):
        return None
    for text in reversed(request.said("assistant")):
        if match := _NOTES.search(text):
            points = listed(re.findall(r"\(\d\) ([^,;]+)", match[2])) or clip(match[2].rstrip("."))
            return f"Here is a summary of the research on {match[1]}: {points}."
    asked = next(filter(None, map(_RESEARCH.search, reversed(request.said("user")))), None)
    if asked:
        return f"You asked for research on {clip(asked[1], 80)}. {request.lacks('is a note on it')}"
    return request.lacks("is research that I could summarize")


def _ideas(request: Request) -> str | None:
    if not _WHAT_TO_DO.search(request.message) or "?" not in request.message:
        return None
    likes = [fact for fact in request.facts if fact.kind == "likes"][-3:]
    if not likes:
        return f"It depends on what you like. {request.lacks('says so')}"
    ideas = next(filter(None, (outdoor_ideas(fact.value) for fact in reversed(likes))), "a day for just that")
    return f"Since {listed([fact.said for fact in likes])}: {ideas}."


def _products(request: Request) -> str | None:
    match = _PRODUCTS.search(request.message)
    if match is None:
        return None
    products = re.sub(r"\s+(?:please|now|for me)$", "", match[1])
    prefers = [fact for fact in request.facts if fact.kind == "prefers"][-3:]
    kinds = "a light one, a padded one and a classic one"
    if not prefers:
        return f"Here are some {products}: {kinds}. {request.lacks('says what matters to you')}"
    if _GREEN.search(" ".join(fact.value for fact in prefers)):
        kinds = "one of recycled bottles, one of organic cotton and one of cork"
    return f"Since {listed([fact.said for fact in prefers])}, here are some {products}: {kinds}."
