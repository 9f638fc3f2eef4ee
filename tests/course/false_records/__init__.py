"""Records of a step in which one thing is not as it was: what a verdict has to say no to.

All that makes one is here by its name, as `false.sent_less()`; what changes one part by its place is in `parts`. A function of
a record makes the false one of it.
"""

from tests.course.false_records.base import *  # noqa: F403
from tests.course.false_records.done import *  # noqa: F403
from tests.course.false_records.rows import *  # noqa: F403
from tests.course.false_records.sent import *  # noqa: F403
