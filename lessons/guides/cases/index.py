"""All cases of the guide, by what they are about."""

from lessons.guides.cases.case import Case
from lessons.guides.cases.mistakes_arguments import MISTAKES as ARGUMENTS
from lessons.guides.cases.mistakes_connecting import MISTAKES as CONNECTING
from lessons.guides.cases.mistakes_environment import MISTAKES as ENVIRONMENT
from lessons.guides.cases.mistakes_opening import MISTAKES as OPENING
from lessons.guides.cases.mistakes_sending import MISTAKES as SENDING
from lessons.guides.cases.mistakes_special import MISTAKES as SPECIAL
from lessons.guides.cases.mistakes_using import MISTAKES as USING
from lessons.guides.cases.mistakes_without_error import MISTAKES as WITHOUT_ERROR
from lessons.guides.cases.troubleshooting import TROUBLE

MISTAKES: dict[str, tuple[Case, ...]] = {
    "Imports and arguments": ARGUMENTS,
    "Opening": OPENING,
    "Files, servers, services": CONNECTING,
    "Using": USING,
    "What is sent and stored": SENDING,
    "Event loops, threads, Streamlit": ENVIRONMENT,
    "Runs, and misleads": WITHOUT_ERROR,
    "Seldom used": SPECIAL,
}

CASES = tuple(case for group in (*MISTAKES.values(), *TROUBLE.values()) for case in group)
