"""Lists the kinds of store and the lessons that fit each: `python -m lessons --stores`."""

import os

from lessons.course.index import LESSONS, load_lesson
from lessons.kit.environment import wrong_settings
from lessons.kit.stores.registry import store_kinds, wrong_addresses


def list_stores() -> int:
    """Print each kind of store with the lessons that can be walked on it or with what it needs. Returns the exit status."""
    lessons = [load_lesson(lesson.slug) for lesson in LESSONS]
    kinds = store_kinds()
    for name, kind in kinds.items():
        fitting = [lesson.slug for lesson in lessons if not lesson.misfit(kind)]
        print(f"{name:<22} {kind.label}\n{'':<22} {kind.missing() or ', '.join(fitting) or 'no lesson'}")
    said = {kind.missing() for kind in kinds.values()}
    for fault in (*wrong_settings(os.environ), *wrong_addresses()):
        if fault not in said:
            print(f"\n{fault}")
    return 0
