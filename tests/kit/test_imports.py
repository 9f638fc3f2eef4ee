"""Visitors who come at the same moment, to a server that has just been started."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VISITORS = """
import sys, threading, time
from lessons.course.index import LESSONS, load_lesson
from lessons.kit.imports import freeze_imports

failed = []

def visit(number, load, *given):
    time.sleep(number * 0.1)
    try:
        load(*given)
    except BaseException as error:
        failed.append(f"{given}: {error!r}")

sys.setswitchinterval(0.0005)
loads = [part for entry in LESSONS[:5] for part in ((load_lesson, entry.slug), (freeze_imports,))]
visitors = [threading.Thread(target=visit, args=(number, *load)) for number, load in enumerate(loads)]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
print(failed)
"""


@pytest.mark.matrix  # it loads the SDK in a process of its own
def test_pages_that_load_the_sdk_at_the_same_moment_all_get_it():
    ran = subprocess.run([sys.executable, "-c", VISITORS], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr
