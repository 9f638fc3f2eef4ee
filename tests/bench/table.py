"""One measured figure next to its baseline and its aim, and the Markdown table of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.support.measuring import percentile


@dataclass(frozen=True)
class Figure:
    """`measured` and `baseline` are medians of the same interleaved run, in `unit`. `met` is None where there is no aim."""

    part: str
    name: str
    unit: str
    measured: float
    baseline: float | None = None
    aim: str = ""
    met: bool | None = None
    note: str = ""


def at_most(limit: float, unit: str, measured: float) -> dict[str, object]:
    """The aim and the verdict of a figure that has an upper limit."""
    return {"aim": f"≤ {limit:g} {unit}", "met": measured <= limit}


def spread(values: Sequence[float]) -> str:
    """How many measurements, and the range of their middle half."""
    return f"n={len(values)}, middle half {percentile(values, 0.25):.1f}–{percentile(values, 0.75):.1f}"


def median_difference(measured: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of the differences of neighbours in one interleaved run: what disturbs both drops out."""
    return median(one - other for one, other in zip(measured, baseline, strict=True))


def markdown(figures: Sequence[Figure]) -> str:
    head = "| Part | Figure | Measured | Baseline | Difference | Ratio | Aim | Met | Note |\n|" + "---|" * 9
    return "\n".join([head, *map(_line, figures)])


def _line(figure: Figure) -> str:
    difference = ratio = baseline = "–"
    if figure.baseline is not None:
        baseline = _amount(figure.baseline, figure.unit)
        difference = f"{figure.measured - figure.baseline:+.1f} {figure.unit}"
        ratio = f"{figure.measured / figure.baseline:.2f}" if figure.baseline else "–"
    met = {True: "yes", False: "**no**", None: "–"}[figure.met]
    cells = [figure.part, figure.name, _amount(figure.measured, figure.unit), baseline, difference, ratio]
    return f"| {' | '.join([*cells, figure.aim or '–', met, figure.note or '–'])} |"


def _amount(value: float, unit: str) -> str:
    return f"{value:,.1f} {unit}".strip()
