"""A problem in plain words, and the exception that carries one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What went wrong, what was kept, and what to do next, in plain words.

    `start_over` says that starting the lesson over removes the cause.
    """

    what: str
    kept: str
    next: str
    start_over: bool = False


class Refused(Exception):
    """Something cannot be done. `problem` has the words for the page, also what was kept or changed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem
