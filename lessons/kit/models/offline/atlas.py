"""The few places that the offline model knows: landmarks, cities, states and countries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A landmark, city, state or country, and the places that it lies in. `people` is the population in words."""

    name: str
    kind: str
    city: str = ""
    state: str = ""
    country: str = ""
    people: str = ""
    capital: str = ""


_US = "the United States"
_UK = "the United Kingdom"
_LANDMARKS = (
    ("Golden Gate Bridge", "San Francisco", "California", _US),
    ("Hollywood Sign", "Los Angeles", "California", _US),
    ("Statue of Liberty", "New York City", "New York", _US),
    ("Brooklyn Bridge", "New York City", "New York", _US),
    ("Space Needle", "Seattle", "Washington", _US),
    ("Gateway Arch", "St. Louis", "Missouri", _US),
    ("Eiffel Tower", "Paris", "", "France"),
    ("Colosseum", "Rome", "", "Italy"),
    ("Big Ben", "London", "", _UK),
)
_US_CITIES = (
    ("San Francisco", "California", "about 0.8 million"),
    ("Los Angeles", "California", "about 3.8 million"),
    ("New York City", "New York", "about 8.3 million"),
    ("Seattle", "Washington", "about 0.8 million"),
    ("St. Louis", "Missouri", "about 0.3 million"),
    ("Denver", "Colorado", "about 0.7 million"),
)
_US_STATES = (
    ("California", "about 39 million"),
    ("New York", "about 20 million"),
    ("Washington", "about 8 million"),
    ("Missouri", "about 6 million"),
    ("Colorado", "about 6 million"),
    ("Texas", "about 31 million"),
)
_COUNTRIES = (
    ("France", "Paris", "about 68 million"),
    ("Italy", "Rome", "about 59 million"),
    ("Germany", "Berlin", "about 84 million"),
    (_UK, "London", "about 69 million"),
    ("Spain", "Madrid", "about 49 million"),
    ("Norway", "Oslo", "about 5.6 million"),
    ("Sweden", "Stockholm", "about 10.6 million"),
    ("Denmark", "Copenhagen", "about 6 million"),
    ("Japan", "Tokyo", "about 124 million"),
    ("Canada", "Ottawa", "about 41 million"),
    ("Australia", "Canberra", "about 27 million"),
    ("Brazil", "Brasília", "about 212 million"),
    (_US, "Washington, D.C.", "about 340 million"),
)
PLACES = (
    *(Place(name, "landmark", city, state, country) for name, city, state, country in _LANDMARKS),
    *(Place(name, "city", name, state, _US, people) for name, state, people in _US_CITIES),
    *(Place(name, "state", "", name, _US, people) for name, people in _US_STATES),
    *(Place(capital, "city", capital, "", country) for country, capital, _ in _COUNTRIES),
    *(Place(country, "country", "", "", country, people, capital) for country, capital, people in _COUNTRIES),
)
ALIASES = {"golden gate": "golden gate bridge", "nyc": "new york city", "usa": "united states", "uk": "united kingdom"}
