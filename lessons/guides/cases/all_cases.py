"""All cases of the guide, by what they are about."""

from lessons.guides.cases.case import Case
from lessons.guides.cases.importing import MISTAKES as IMPORTING
from lessons.guides.cases.misleading import MISLEADING
from lessons.guides.cases.opening import MISTAKES as OPENING
from lessons.guides.cases.trouble import TROUBLE
from lessons.guides.cases.using import MISTAKES as USING

MISTAKES: dict[str, tuple[Case, ...]] = {
    "Importing": IMPORTING,
    "Opening": OPENING,
    "Using": USING,
    "Runs, and misleads": MISLEADING,
}

CASES = tuple(case for group in (*MISTAKES.values(), *TROUBLE.values()) for case in group)
