"""Numbers from the environment."""

import math
import os


def positive_number(variable: str, default: float) -> float:
    """The value of an environment variable; `default` when it is not set, not a number, or not above 0."""
    try:
        value = float(os.environ.get(variable) or default)
    except ValueError:
        return default
    return value if 0 < value < math.inf else default
