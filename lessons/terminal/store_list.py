"""Lists the kinds of store and the lessons that fit each: `python -m lessons --stores`."""

from lessons.course.index import LESSONS, load_lesson
from lessons.kit.stores.registry import store_kinds


def list_stores() -> int:
    """Print each kind of store with the lessons that can be walked on it. Returns the exit status."""
    lessons = [load_lesson(lesson.slug) for lesson in LESSONS]
    for name, kind in store_kinds().items():
        fitting = [lesson.slug for lesson in lessons if not lesson.misfit(kind)]
        print(f"{name:<22} {kind.label}\n{'':<22} {kind.missing() or ', '.join(fitting) or 'no lesson'}")
    return 0
