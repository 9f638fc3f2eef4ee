"""Lists the lessons of the course: `python -m lessons`."""

from lessons.course.index import LESSONS


def list_lessons() -> int:
    """Print one line for each lesson. Returns the exit status."""
    for lesson in LESSONS:
        print(f"{lesson.slug:<20} {lesson.title}: {lesson.question}")
    return 0
