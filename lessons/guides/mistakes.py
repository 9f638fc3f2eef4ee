"""All cases of the guide, by what they are about."""

from lessons.guides.cases import Case
from lessons.guides.misleading import MISLEADING
from lessons.guides.mistakes_importing import MISTAKES as IMPORTING
from lessons.guides.mistakes_opening import MISTAKES as OPENING
from lessons.guides.mistakes_using import MISTAKES as USING
from lessons.guides.trouble import TROUBLE

MISTAKES: dict[str, tuple[Case, ...]] = {
    "Importing": IMPORTING,
    "Opening": OPENING,
    "Using": USING,
    "Runs, and misleads": MISLEADING,
}

CASES = tuple(case for group in (*MISTAKES.values(), *TROUBLE.values()) for case in group)
