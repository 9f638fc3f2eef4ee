"""Fills a tool's parameters from what the items say, by the name and type of each parameter in its JSON schema."""

import re
from collections.abc import Mapping
from typing import Any

from lessons.kit.models.offline.language.arithmetic import find_sum
from lessons.kit.models.offline.language.text import any_of, clip
from lessons.kit.models.offline.places import find_place, place_meant
from lessons.kit.models.offline.request import Request

MOST_CALLS = 4
"""A message that names several places (`Oslo and Paris`) leads to at most this many calls."""

_EMAIL = re.compile(r"(?P<v>[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+)")
_FILE = re.compile(r"(?P<v>[\w./~-]{1,200}\.\w{1,8})\b")
_CODE = re.compile(r"\b(?P<v>(?=[\w-]*\d)[\w-]{1,40})\b")
_NUMBER = re.compile(r"(?<![\w.-])-?\d{1,15}(?:\.\d{1,15})?")
_QUOTED = re.compile(r"[\"'“]([^\"'”]{1,200})[\"'”]")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(
    r"\b(?P<v>today|tomorrow|tonight|yesterday|next \w+|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{4}-\d{2}-\d{2}"
    rf"|{_MONTHS})\b",
    re.IGNORECASE,
)
_AFTER_IN = re.compile(r"\b(?:in|at|for|near|to)\s+([^\W\d_][\w .'-]{1,60})", re.IGNORECASE)
_ENDS_PLACE = re.compile(
    r"\s*(?:[,;?!.](?:\s|$)|\b(?:today|tomorrow|tonight|now|right now|next|this|in|on|at|please|like|for|and how|but"
    r"|with|month|week)\b).*$",
    re.IGNORECASE,
)
_NO_PLACE = re.compile(rf"(?:it|there|that|this|me|you|the|an?|my|today|general|\w+day|{_MONTHS})\b", re.IGNORECASE)
_BEFORE_WEATHER = re.compile(
    r"\b([A-ZÀ-ÖØ-Þ][\w'-]*(?: [A-ZÀ-ÖØ-Þ][\w'-]*)?)(?:'s)? (?:weather|forecast|temperature)\b"
)
_REFERS = any_of("there", "it", "that (?:city|place|country)")


class MissingArgumentError(LookupError):
    """The items do not say the value of a required parameter. The only argument is the name of the parameter."""


def arguments_for(request: Request, schema: Any) -> list[dict[str, Any]]:
    """The arguments of each call: one call, or one for each place that the message names.

    Raises MissingArgumentError if a required parameter has no value.
    """
    schema = schema if isinstance(schema, Mapping) else {}
    properties = schema.get("properties")
    required = schema.get("required")
    filled: dict[str, Any] = {}
    several: tuple[str, list[str]] | None = None
    numbers = iter(_NUMBER.findall(request.message))
    for name, given in (properties if isinstance(properties, Mapping) else {}).items():
        kind = _resolved(given, schema)
        places = places_named(request.message) if _is_place(name, kind) else []
        if len(places) > 1 and several is None:
            several = (name, places[:MOST_CALLS])
            continue
        try:
            filled[name] = _value(name, kind, request, numbers)
        except MissingArgumentError:
            if "default" in kind:
                filled[name] = kind["default"]
            elif isinstance(required, list) and name in required:
                raise
    return [filled if several is None else {several[0]: place, **filled} for place in (several[1] if several else [""])]


def places_named(message: str) -> list[str]:
    """The places that a message names: `weather in Oslo and Paris` names two."""
    match = _BEFORE_WEATHER.search(message)
    for text in (*_AFTER_IN.findall(message), match[1] if match else ""):
        ending = _ENDS_PLACE.sub("", text).strip(" .'-")
        if ending and not _NO_PLACE.match(ending):
            names = re.split(r"\s+and\s+", ending)
            return [name if name[:1].isupper() else name.title() for name in names if not _NO_PLACE.match(name)]
    bare = re.match(
        r"(?:and|what about|how about|same for|also)\s+([A-ZÀ-ÖØ-Þ][\w .'-]{1,40})\?*$", message, re.IGNORECASE
    )
    found = find_place(message) or (bare[1] if bare and bare[1][:1].isupper() else None)
    return [found] if found else []


def _value(name: str, kind: Mapping[str, Any], request: Request, numbers: Any) -> Any:
    options = kind.get("enum")
    if isinstance(options, list) and options:
        said = [
            option for option in options if re.search(rf"\b{re.escape(str(option))}\b", request.message, re.IGNORECASE)
        ]
        return said[0] if said else kind.get("default", options[0])
    match _type(kind):
        case "string":
            return _text(name, request)
        case "integer" | "number" as number:
            if (found := next(numbers, None)) is None:
                raise MissingArgumentError(name)
            return float(found) if number == "number" else int(float(found))
        case "boolean":
            return bool(
                kind.get("default", not re.search(r"\b(?:no|not|don't|without)\b", request.message, re.IGNORECASE))
            )
        case "array":
            items = kind.get("items")
            if isinstance(items, Mapping) and _type(items) in ("integer", "number") and (found := list(numbers)):
                return [float(each) if _type(items) == "number" else int(float(each)) for each in found]
            return [_value(name, items if isinstance(items, Mapping) else {}, request, numbers)]
        case "null":
            return None
    raise MissingArgumentError(name)


def _text(name: str, request: Request) -> str:
    words = name.lower()
    if "email" in words or "mail" in words:
        return _found(name, _EMAIL, request)
    if _is_place(name, {}):
        return _place(name, request)
    if re.search(r"(?:^|_)(?:id|number|code|ref\w*|sku|order|ticket|invoice|account)$", words):
        noun = re.escape(words.split("_")[0])
        after_noun = re.compile(rf"\b{noun}s?\W+(?:(?:id|number|no)\W+)?{_CODE.pattern}", re.IGNORECASE)
        return _found(name, after_noun if after_noun.search(request.message) else _CODE, request)
    if re.search(r"file|path", words):
        return _found(name, _FILE, request)
    if re.search(r"date|day|when|month", words):
        return _found(name, _DATE, request)
    if re.search(r"name|user|customer", words) and (fact := request.fact("name")):
        return fact.value
    if re.search(r"expr|formula|calc|equation", words):
        if (found := find_sum(request.message)) is None:
            raise MissingArgumentError(name)
        return found
    quoted = _QUOTED.search(request.message)
    return quoted[1] if quoted else clip(request.message, 500)


def _place(name: str, request: Request) -> str:
    """The place in the message, or the last earlier place if the message refers to it, or the user's home.

    Raises MissingArgumentError if there is none.
    """
    if named := places_named(request.message):
        return named[0]
    if _REFERS.search(request.message) and (meant := place_meant(request)):
        return meant
    if home := request.fact("home"):
        return find_place(f"in {home.value}") or home.value
    raise MissingArgumentError(name)


def _found(name: str, pattern: re.Pattern[str], request: Request) -> str:
    """What the pattern finds in the message, or in the newest earlier message of the user that has it.

    Raises MissingArgumentError if no message has it.
    """
    for text in (request.message, *reversed(request.said("user"))):
        if match := pattern.search(text):
            return match["v"]
    raise MissingArgumentError(name)


def _is_place(name: str, kind: Mapping[str, Any]) -> bool:
    fits = re.search(r"city|town|location|place|country|destination|where|region", name, re.IGNORECASE)
    return bool(fits) and "enum" not in kind and _type(kind) == "string"


def _type(kind: Mapping[str, Any]) -> str:
    declared = kind.get("type", "string")
    if isinstance(declared, list):
        return next((each for each in declared if isinstance(each, str) and each != "null"), "null")
    return declared if isinstance(declared, str) else "string"


def _resolved(given: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of one parameter with `$ref` resolved, and with the first `anyOf` or `oneOf` alternative that is not null."""
    kind = given if isinstance(given, Mapping) else {}
    reference = kind.get("$ref")
    if isinstance(reference, str):
        definitions = schema.get("$defs")
        target = definitions.get(reference.rpartition("/")[2]) if isinstance(definitions, Mapping) else None
        kind = {
            **(target if isinstance(target, Mapping) else {}),
            **{key: value for key, value in kind.items() if key != "$ref"},
        }
    for word in ("anyOf", "oneOf"):
        alternatives = kind.get(word)
        if isinstance(alternatives, list):
            maps = [each for each in alternatives if isinstance(each, Mapping)]
            chosen = next((each for each in maps if each.get("type") != "null"), {})
            nullable = {"default": None} if len(chosen) and any(each.get("type") == "null" for each in maps) else {}
            kind = {**nullable, **kind, **chosen}
    return kind
