"""Answers about places and trips, and finds the place that `it` or `there` means."""

import re

from lessons.kit.models.offline.atlas import ALIASES, PLACES, Place
from lessons.kit.models.offline.language.text import any_of, asks, capital
from lessons.kit.models.offline.request import Request

_BY_NAME = {place.name.lower().removeprefix("the "): place for place in PLACES}
_BY_NAME |= {alias: _BY_NAME[name] for alias, name in ALIASES.items()}
_NAMED = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _BY_NAME), key=len, reverse=True))})\b", re.IGNORECASE)
_CAPITALS = re.compile(r"\b(?:in|at|for|near|to|visit|around|of)\s+((?:[A-ZÀ-ÖØ-Þ][\w.'-]*\s?){1,3})")
_TIMES = any_of(
    "today|tomorrow|tonight|now|next|this|last|in|on|at|for|with|soon|i|spring|summer|autumn|winter|\\w+day",
    "january|february|march|april|may|june|july|august|september|october|november|december",
)
_WANTED = {
    "population": any_of("population", "how many people", "inhabitants"),
    "capital": any_of("capital"),
    "city": any_of("(?:which|what) (?:city|town)"),
    "state": any_of("(?:which|what) state"),
    "country": any_of("(?:which|what) country"),
    "where": any_of("where(?:'s| is)"),
}
_GOES_ON = re.compile(r"(?:and|what about|how about)\b", re.IGNORECASE)
_OWN = any_of("my", "i", "we", "our")
_OWN_PAST = any_of(
    "(?:was|were) (?:the |it )",
    "did (?:i|we)",
    "do(?:n't)? i",
    "am i",
    "have i",
    "can(?:'t|not)? i (?:eat|have|drink)",
    "should i avoid",
    "i (?:ate|had|stayed)",
)
_REFERS = any_of("it", "its", "there", "(?:that|this|the) (city|state|country|place|bridge)")
_WEATHER = any_of("weather", "temperatures?", "climate", r"rain\w*", r"snow\w*", "sunny", "hot", "cold")
_JAPAN = {
    ("January", "February", "December"): "cold and mostly dry, about 2 to 10 °C in Tokyo, with snow in the north",
    ("March", "April", "May"): "mild, about 6 to 20 °C in Tokyo, and the cherry trees bloom from the end of March",
    ("June", "July", "August"): "hot and humid, about 20 to 31 °C in Tokyo, with a rainy season until mid-July",
    ("September", "October", "November"): "mild, about 12 to 27 °C in Tokyo, with typhoons until October",
}
_ADVICE = (
    (any_of("hotels?", "hostels?", "stay", "accommodation"), "hotels in {}: choose one near a station, and book early"),
    (any_of("restaurants?", "food", "eat"), "food in {}: ask for what is in season, and eat where the locals queue"),
    (any_of("flights?", "fly", "airlines?"), "flights to {}: compare prices for a few days around your date"),
    (any_of("sights?", "sightseeing", "museums?", "itinerary"), "sights in {}: begin with the old town and a museum"),
)


def find_place(text: str) -> str | None:
    """The last place that a text names: a known place, or words with a capital after `in`, `to` and so on. None without one."""
    known = _NAMED.findall(text)
    if known:
        return _BY_NAME[known[-1].lower()].name
    for words in reversed(_CAPITALS.findall(text)):
        if name := _TIMES.split(words)[0].strip(" .,'-"):
            return name
    return None


def place_meant(request: Request) -> str | None:
    """The place that the message names, or the one that was named last before it. None if there is none."""
    return find_place(request.message) or next(filter(None, map(find_place, request.newest_first())), None)


def geography(request: Request) -> str | None:
    """Answers `What state is it in?` and similar questions. `It` is the last named place for which there is an answer."""
    message = request.message
    goes_on = request.said("user")[-3:] if _GOES_ON.match(message) and _NAMED.search(message) else []
    wanted = next(filter(None, map(_wanted, (message, *reversed(goes_on)))), None)
    if wanted is None or _OWN.search(message):
        return None
    refers = _REFERS.search(message)
    kind = next((match[1].lower() for match in _REFERS.finditer(message) if match[1]), "")
    texts = [message] if _NAMED.search(message) else request.newest_first() if refers else ()
    answers = (_answer(wanted, place, kind) for text in texts for place in _known(text))
    if answer := next(filter(None, answers), None):
        return answer
    return request.lacks(f"says what “{refers[0].lower()}” is") if refers else None


def _wanted(question: str) -> str | None:
    return next((name for name, pattern in _WANTED.items() if pattern.search(question)), None)


def travel(request: Request) -> str | None:
    """Answers about the weather, hotels and so on in a place, which can be `there`."""
    message = request.message
    weather = _WEATHER.search(message)
    advice = next((text for pattern, text in _ADVICE if pattern.search(message)), "")
    if not asks(message) or not (weather or advice) or _OWN_PAST.search(message):
        return None
    place = place_meant(request)
    if place is None:
        return f"For which place? {request.lacks('names one')}"
    if weather:
        return _weather(place, message)
    trip = request.fact("trip")
    because = f", since {trip.said}" if trip and place in trip.value else ""
    return f"For {advice.format(place)}{because}. I have no live data on it."


def _weather(place: str, message: str) -> str:
    for months, climate in _JAPAN.items():
        month = next((month for month in months if month.lower() in message.lower()), None)
        if month and place == "Japan":
            return f"In {month}, Japan is usually {climate}."
    return f"I was given no weather tool, so I cannot look up the weather in {place}."


def _known(text: str) -> list[Place]:
    return [_BY_NAME[name.lower()] for name in reversed(_NAMED.findall(text))]


def _answer(wanted: str, place: Place, kind: str) -> str | None:
    name = f"The {place.name}" if place.kind == "landmark" else capital(place.name)
    if wanted == "population":
        target = _of_kind(kind, place) if kind in ("city", "state", "country") else place
        return f"{capital(target.name)} has {target.people} people." if target and target.people else None
    if wanted == "capital":
        country = _of_kind("country", place) if place.kind != "state" else None
        return f"The capital of {place.country} is {country.capital}." if country else None
    values = (place.city, place.state, place.country) if wanted == "where" else (getattr(place, wanted),)
    value = next((value for value in values if value and value != place.name), None)
    return value and f"{name} is in {'the state of ' if wanted == 'state' else ''}{value}."


def _of_kind(kind: str, place: Place) -> Place | None:
    """The city, state or country in which a place lies, or the place itself. None if the atlas does not have it."""
    return next((other for other in PLACES if other.kind == kind and other.name == getattr(place, kind)), None)
