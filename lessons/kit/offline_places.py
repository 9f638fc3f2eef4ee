"""Places and trips: what the offline model knows of them, and how it finds the place that `it` or `there` means."""

import re
from dataclasses import dataclass

from lessons.kit.offline_request import Request
from lessons.kit.offline_text import asks, capital, listed


@dataclass(frozen=True)
class Place:
    """A landmark, city, state or country, with what it lies in. `people` is the population in words."""

    name: str
    kind: str
    city: str = ""
    state: str = ""
    country: str = ""
    people: str = ""
    capital: str = ""


_US = "the United States"
_ALL = (
    Place("Golden Gate Bridge", "landmark", "San Francisco", "California", _US),
    Place("Hollywood Sign", "landmark", "Los Angeles", "California", _US),
    Place("Statue of Liberty", "landmark", "New York City", "New York", _US),
    Place("Brooklyn Bridge", "landmark", "New York City", "New York", _US),
    Place("Space Needle", "landmark", "Seattle", "Washington", _US),
    Place("Gateway Arch", "landmark", "St. Louis", "Missouri", _US),
    Place("Eiffel Tower", "landmark", "Paris", "", "France"),
    Place("Colosseum", "landmark", "Rome", "", "Italy"),
    Place("Big Ben", "landmark", "London", "", "the United Kingdom"),
    *(Place(city, "city", city, state, _US, people) for city, state, people in (
        ("San Francisco", "California", "about 0.8 million"), ("Los Angeles", "California", "about 3.8 million"),
        ("New York City", "New York", "about 8.3 million"), ("Seattle", "Washington", "about 0.8 million"),
        ("St. Louis", "Missouri", "about 0.3 million"), ("Denver", "Colorado", "about 0.7 million"))),
    *(Place(state, "state", state=state, country=_US, people=people) for state, people in (
        ("California", "about 39 million"), ("New York", "about 20 million"), ("Washington", "about 8 million"),
        ("Missouri", "about 6 million"), ("Colorado", "about 6 million"), ("Texas", "about 31 million"))),
    *(Place(capital, "city", capital, country=country) for country, capital in (
        ("France", "Paris"), ("Italy", "Rome"), ("the United Kingdom", "London"), ("Germany", "Berlin"), ("Spain", "Madrid"),
        ("Norway", "Oslo"), ("Sweden", "Stockholm"), ("Denmark", "Copenhagen"), ("Japan", "Tokyo"), ("Canada", "Ottawa"),
        ("Australia", "Canberra"), ("Brazil", "Brasília"))),
    *(Place(country, "country", country=country, people=people, capital=capital) for country, capital, people in (
        ("France", "Paris", "about 68 million"), ("Italy", "Rome", "about 59 million"), ("Germany", "Berlin", "about 84 million"),
        ("the United Kingdom", "London", "about 69 million"), ("Spain", "Madrid", "about 49 million"),
        ("Norway", "Oslo", "about 5.6 million"), ("Sweden", "Stockholm", "about 10.6 million"),
        ("Denmark", "Copenhagen", "about 6 million"), ("Japan", "Tokyo", "about 124 million"), ("Canada", "Ottawa", "about 41 million"),
        ("Australia", "Canberra", "about 27 million"), ("Brazil", "Brasília", "about 212 million"),
        (_US, "Washington, D.C.", "about 340 million"))),
)  # fmt: skip
_BY_NAME = {place.name.lower().removeprefix("the "): place for place in _ALL}
_ALIASES = {"golden gate": "golden gate bridge", "nyc": "new york city", "usa": "united states", "uk": "united kingdom"}
_BY_NAME |= {alias: _BY_NAME[name] for alias, name in _ALIASES.items()}
_NAMED = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _BY_NAME), key=len, reverse=True))})\b", re.IGNORECASE)
_CAPITALS = re.compile(r"\b(?:in|at|for|near|to|visit|around|of)\s+((?:[A-ZÀ-ÖØ-Þ][\w.'-]*\s?){1,3})")
_TIMES = re.compile(
    r"\b(?:today|tomorrow|tonight|now|next|this|last|in|on|at|for|with|soon|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|i|spring|summer|autumn|winter)\b",
    re.IGNORECASE,
)
_WANTED = {
    "population": re.compile(r"\b(?:population|how many people|inhabitants)\b", re.IGNORECASE),
    "capital": re.compile(r"\bcapital\b", re.IGNORECASE),
    "city": re.compile(r"\b(?:which|what) (?:city|town)\b", re.IGNORECASE),
    "state": re.compile(r"\b(?:which|what) state\b", re.IGNORECASE),
    "country": re.compile(r"\b(?:which|what) country\b", re.IGNORECASE),
    "where": re.compile(r"\bwhere(?:'s| is)\b", re.IGNORECASE),
}
_REFERS = re.compile(r"\b(?:it|its|there|(?:that|this|the) (city|state|country|place|bridge))\b", re.IGNORECASE)
_WEATHER = re.compile(r"\b(?:weather|temperatures?|climate|rain\w*|snow\w*|sunny|hot|cold)\b", re.IGNORECASE)
_JAPAN = {
    "January February December": "cold and mostly dry, about 2 to 10 °C in Tokyo, with snow in the north and west",
    "March April May": "mild, about 6 to 20 °C in Tokyo, and the cherry trees begin to bloom at the end of March",
    "June July August": "hot and humid, about 20 to 31 °C in Tokyo, with a rainy season until mid-July",
    "September October November": "mild, about 12 to 27 °C in Tokyo, with typhoons until October and red leaves in November",
}
_TRAVEL = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (
            r"\b(?:hotels?|hostels?|stay|accommodation)\b",
            "For hotels in {place}: choose one near a station, and book early",
        ),
        (
            r"\b(?:restaurants?|food|eat)\b",
            "For food in {place}: ask for what is in season, and eat where the locals queue",
        ),
        (r"\b(?:flights?|fly|airlines?)\b", "For flights to {place}: compare prices for a few days around your date"),
        (
            r"\b(?:sights?|sightseeing|museums?|itinerary)\b",
            "For sights in {place}: begin with the old town and a museum",
        ),
    )
)


def find_place(text: str) -> str | None:
    """The last place that a text names: one that this module knows, or capital words after `in`, `to` and the like."""
    known = _NAMED.findall(text)
    if known:
        return _BY_NAME[known[-1].lower()].name
    for words in reversed(_CAPITALS.findall(text)):
        if name := _TIMES.split(words)[0].strip(" .,'-"):
            return name
    return None


def place_meant(request: Request) -> str | None:
    """The place of the message itself, else the one that was named last before it."""
    return find_place(request.message) or next(filter(None, map(find_place, request.newest_first())), None)


def geography(request: Request) -> str | None:
    """`What state is it in?` and the like. `It` is the place that was named last and for which there is an answer."""
    message = request.message
    wanted = next((name for name, pattern in _WANTED.items() if pattern.search(message)), None)
    if wanted is None or re.search(r"\b(?:my|i|we)\b", message, re.IGNORECASE):
        return None
    refers = _REFERS.search(message)
    kind = next((match[1].lower() for match in _REFERS.finditer(message) if match[1]), "")
    texts = [message] if _NAMED.search(message) else request.newest_first() if refers else ()
    answers = (_answer(wanted, place, kind) for text in texts for place in _known(text))
    if answer := next(filter(None, answers), None):
        return answer
    return f"{request.nothing} says what “{refers[0].lower()}” is, so I cannot know." if refers else None


def travel(request: Request) -> str | None:
    """The weather, hotels and so on of a place, which may be `there`."""
    message = request.message
    weather = _WEATHER.search(message)
    advice = next((text for pattern, text in _TRAVEL if pattern.search(message)), "")
    if not asks(message) or not (weather or advice):
        return None
    place = place_meant(request)
    if place is None:
        return f"For which place? {request.nothing} names one."
    if weather:
        return _weather(place, message)
    trip = request.fact("trip")
    because = f", since {trip.said}" if trip and place in trip.value else ""
    return f"{advice.format(place=place)}{because}. I have no live data on it."


def _weather(place: str, message: str) -> str:
    for months, climate in _JAPAN.items():
        named = [month for month in months.split() if re.search(rf"\b{month}\b", message, re.IGNORECASE)]
        if named and place == "Japan":
            return f"In {listed(named)}, Japan is usually {climate}."
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
    """The city, state or country that a place lies in, or is."""
    return next((other for other in _ALL if other.kind == kind and other.name == getattr(place, kind)), None)
