"""Which model answers: the offline one, OpenAI, Gemini or any OpenAI-compatible endpoint. The environment decides.

A model of a service is given a client that is made here, so no setting that the SDK keeps for the whole process has to
change. The SDK takes a second to import. It is imported only where a model is made, so a page can name the provider first.
"""

import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from lessons.kit.background import kept_on
from lessons.kit.environment import load_env_file
from lessons.kit.models.service_answer import look_at

if TYPE_CHECKING:
    from agents.model_settings import ModelSettings
    from agents.models.interface import Model
    from openai import AsyncOpenAI

PROJECT_ROOT = Path(__file__).resolve().parents[3]
PACE = 0.03
SLOWEST_PACE = 5.0
HIDDEN = "[hidden]"

# For scripts without a limit. In the app, SESSIONS_TURN_SECONDS cancels a run, by default before this.
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 300.0


@dataclass(frozen=True)
class _Service:
    """The environment variables of one provider, and the default values of those that can be missing."""

    key: str
    url: str
    model: str
    label: str
    default_key: str = ""
    default_url: str = ""
    default_model: str = ""


_SERVICES = {
    "openai": _Service(
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_MODEL",
        "OpenAI {model}",
        default_url="https://api.openai.com/v1",
        # The default of the installed SDK. A test compares the two, since asking the SDK here would import it.
        default_model="gpt-5.6-luna",
    ),
    "gemini": _Service(
        "GEMINI_API_KEY",
        "GEMINI_API_URL",
        "GEMINI_API_MODEL",
        "Gemini {model}",
        default_url="https://generativelanguage.googleapis.com/v1beta/openai/",
        default_model="gemini-2.5-flash",
    ),
    "compatible": _Service(
        "COMPATIBLE_API_KEY",
        "COMPATIBLE_BASE_URL",
        "COMPATIBLE_MODEL",
        "{model} at {host}",
        # Without this key, the client would send the key in OPENAI_API_KEY.
        default_key="none",
    ),
}


@dataclass(frozen=True)
class Provider:
    """Which model answers, and what the page says about it.

    `name` is offline, openai, gemini or compatible. `label` is short enough for a chip. `problem` says in a sentence what is
    wrong in the configuration, None if nothing is. Keys and addresses are private and not part of the repr.
    """

    name: str
    label: str
    problem: str | None = None
    _model: str = field(default="", repr=False)
    _url: str = field(default="", repr=False)
    _key: str = field(default="", repr=False)
    _seconds_per_word: float = field(default=PACE, repr=False)

    @property
    def is_offline(self) -> bool:
        return self.name == "offline"


def read_provider(environment: Mapping[str, str]) -> Provider:
    """The provider that `environment` asks for. If its configuration is wrong: the offline one, with a problem."""
    name = environment.get("SESSIONS_MODEL_PROVIDER", "").strip().lower() or _first_configured(environment)
    if name in _SERVICES:
        values, fault = _service_values(_SERVICES[name], environment)
        if fault is None:
            host = urlsplit(values["_url"]).netloc
            label = redact(_SERVICES[name].label.format(model=values["_model"], host=host), environment)
            return Provider(name, label, **values)
    elif name == "offline":
        fault = None
    else:
        fault = "SESSIONS_MODEL_PROVIDER must be offline, openai, gemini or compatible."
    problem = f"{fault} The offline model answers until you fix this." if fault else None
    seconds, pace_problem = _pace(environment)
    return Provider("offline", "offline model", _join(problem, pace_problem), _seconds_per_word=seconds)


@cache
def active_provider() -> Provider:
    """The provider of this process. Call it first: it loads .env and turns tracing off before the SDK is imported."""
    env_problem = load_env_file(PROJECT_ROOT / ".env")
    disable_tracing_unless_asked(os.environ)
    provider = read_provider(os.environ)
    return replace(provider, problem=_join(env_problem, provider.problem))


def make_model(provider: Provider) -> "Model":
    """A model for one agent. Its get_response() runs on the event loop that makes it, to which its HTTP client belongs.

    Raises RuntimeError if no event loop runs.
    """
    loop = asyncio.get_running_loop()
    model = _model_on(loop, provider)
    # Runner.run_sync asks from another loop. The SDK looks at the class of a model, so a wrapper object would change what the
    # SDK does.
    vars(model)["get_response"] = kept_on(loop, model.get_response)
    return model


def _model_on(loop: asyncio.AbstractEventLoop, provider: Provider) -> "Model":
    if provider.is_offline:
        from lessons.kit.models.offline.model import OfflineModel

        return OfflineModel(seconds_per_word=provider._seconds_per_word)

    from agents import OpenAIChatCompletionsModel, OpenAIResponsesModel

    model_type = OpenAIResponsesModel if provider.name == "openai" else OpenAIChatCompletionsModel
    return model_type(model=provider._model, openai_client=_client(provider, loop))


def make_model_settings(provider: Provider) -> "ModelSettings":
    """The model settings for an agent with a model of make_model(provider)."""
    from agents import ModelSettings
    from agents.models import get_default_model_settings

    if provider.is_offline:
        return ModelSettings()
    # The settings that Agent(model="gpt-…") would use. An Agent whose model is an object drops settings that equal the
    # defaults, and include_usage prevents that. The Responses API ignores it. Without it, Chat Completions does not count the
    # tokens of a stream.
    defaults = get_default_model_settings(provider._model) if provider.name == "openai" else ModelSettings()
    return replace(defaults, include_usage=True)


def disable_tracing_unless_asked(environment: Mapping[str, str]) -> None:
    """Turn off the SDK's tracing, which sends conversations to OpenAI, unless SESSIONS_TRACING is 1."""
    if environment.get("SESSIONS_TRACING") == "1":
        return
    os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
    if "agents" in sys.modules:  # the SDK may have read the variable already
        from agents import set_tracing_disabled

        set_tracing_disabled(True)


def redact(text: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` with "[hidden]" for every secret of `environment` (os.environ if None) and for text that looks like a secret.

    Secrets are the values of variables with a name such as …_KEY or …_TOKEN, and the passwords in URLs. Values of fewer than
    eight characters, such as "ollama", stay: they are placeholders, and hiding them would cut ordinary words.
    """
    for secret in sorted(_secrets(os.environ if environment is None else environment), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _LOOKS_SECRET.sub(HIDDEN, text)


def _first_configured(environment: Mapping[str, str]) -> str:
    deciding = {"openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY", "compatible": "COMPATIBLE_BASE_URL"}
    for name, variable in deciding.items():
        if _value(environment, variable):
            return name
    # No provider is complete. One that is set in part counts as wanted, so that the missing variable can be named.
    for name, service in _SERVICES.items():
        if any(_value(environment, variable) for variable in (service.key, service.url, service.model)):
            return name
    return "offline"


def _service_values(service: _Service, environment: Mapping[str, str]) -> tuple[dict[str, Any], str | None]:
    """The values for a Provider, and a sentence about the first fault in them, None for no fault."""
    values = {
        "_key": _value(environment, service.key) or service.default_key,
        "_url": _value(environment, service.url) or service.default_url,
        "_model": _value(environment, service.model) or service.default_model,
    }
    for variable, value in zip((service.key, service.url, service.model), values.values(), strict=True):
        if not value:
            return values, f"{variable} is missing."
        if not _BARE.fullmatch(value):
            return values, (
                f"{variable} has a space, a line break, a quotation mark or another character that does not belong "
                "there; it may have been pasted along with the value."
            )
    return values, _url_fault(service, values["_url"])


def _url_fault(service: _Service, url: str) -> str | None:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # not a valid port or IPv6 address
        complete = False
    if not complete:
        return f"{service.url} must be a whole address that begins with http:// or https://."
    if "@" in parts.netloc:
        return f"{service.url} must not contain a user name or a password; the key belongs in {service.key}."
    if parts.query or parts.fragment:
        return f"{service.url} must end with its path, without ? or #."
    return None


def _pace(environment: Mapping[str, str]) -> tuple[float, str | None]:
    text = _value(environment, "SESSIONS_OFFLINE_SECONDS_PER_WORD")
    try:
        seconds = float(text or PACE)
    except ValueError:
        seconds = -1.0
    if 0 <= seconds <= SLOWEST_PACE:
        return seconds, None
    return PACE, (
        f"SESSIONS_OFFLINE_SECONDS_PER_WORD must be a number from 0 to {SLOWEST_PACE:g}; "
        f"the offline model answers at {PACE:g} until you fix this."
    )


@lru_cache(maxsize=8)
def _client(provider: Provider, loop: Any) -> "AsyncOpenAI":
    """One client for each provider and loop. Agents share its connections, and connections cannot change their loop.

    The app has one loop. A script or a test with several loops gets a client for each, and the least recently used are dropped.
    """
    import httpx2
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit

    # By default, the client adds the OpenAI values of the environment to its requests, to any service.
    foreign: dict[str, Any] = {
        "Authorization": f"Bearer {provider._key}",
        "OpenAI-Organization": Omit(),
        "OpenAI-Project": Omit(),
    }
    return AsyncOpenAI(
        api_key=provider._key,
        base_url=provider._url,
        timeout=httpx2.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        max_retries=1,
        http_client=DefaultAsyncHttpxClient(event_hooks={"response": [look_at]}),
        default_headers=None if provider.name == "openai" else foreign,
    )


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        if _NAMES_SECRET.search(name) and len(value.strip()) >= 8:
            yield value.strip()
        if "://" in value:
            password = _url_password(value)
            if len(password) >= 8:
                yield from (password, unquote(password))


def _url_password(value: str) -> str:
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""


def _value(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "")
    return value if value.strip() else ""


def _join(*sentences: str | None) -> str | None:
    return " ".join(sentence for sentence in sentences if sentence) or None


_BARE = re.compile(r"""(?:(?!["'`])[!-~])+""")
_NAMES_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_LOOKS_SECRET = re.compile(
    r"""
      \b sk- [\w*….-]* [\w*…]                 # a key of OpenAI and those who copy its form, whole or shortened
    | \b AIza [\w*….-]* [\w*…]                # a key of Google
    | (?<! [^\s"'] ) [^\s"']* \*{3} [^\s"']* [^\s"'.,]      # a word whose middle the service has hidden
    | (?<= Bearer\ ) [^\s"']+
    | (?<= ://) (?: [^\s/:@"'<>]* : [^\s"'<>]* | [^\s/"'<>]* ) (?= @)     # user and password in a URL
    """,
    re.VERBOSE,
)
