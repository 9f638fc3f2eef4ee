"""Makers of false records: each changes one thing in the real record of a step. The verdict has to say no to the result.

Some functions here are makers themselves, as `false.sent_first`. Others return one, as `false.sent_less()`. Those in `parts`
change one run, item, request or call, which is chosen by its place.
"""

from tests.course.false_records.base import *  # noqa: F403
from tests.course.false_records.done import *  # noqa: F403
from tests.course.false_records.rows import *  # noqa: F403
from tests.course.false_records.sent import *  # noqa: F403
