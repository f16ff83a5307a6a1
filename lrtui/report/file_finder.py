"""Range tests in a file: the loss of every step and the smoothed loss by learning rate, and the rates suggested."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lrtui.report.file_style import crosses, drawable, facets, line_colours
from lrtui.report.metrics import FINDER
from lrtui.report.plot_scale import fit
from lrtui.report.range_ceiling import ceiling
from lrtui.report.range_tests import NAMES, RangeTest
from lrtui.report.text_table import wrap
from lrtui.text import literal

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE = 60
"""Characters of a line above a picture."""
_RAW = "#9a9a9a"
_DASHES = {"valley": "--", "steepest": ":", "minimum_tenth": "-."}


def draw_range_tests(figure: "Figure", tests: Sequence[RangeTest]) -> None:
    """Draw one picture per range test. A step whose smoothed loss is not finite is a cross at the upper edge."""
    labelled: dict[str, Artist] = {}
    for axes, test in zip(facets(figure, len(tests)), tests, strict=True):
        _range_test(axes, test)
        handles, labels = axes.get_legend_handles_labels()
        labelled |= dict(zip(labels, handles, strict=True))
    figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=len(labelled))


def _range_test(axes: "Axes", test: RangeTest) -> None:
    smoothed, *others = line_colours(len(_DASHES) + 1)
    colours = dict(zip(_DASHES, others, strict=True))
    axes.set_xscale("log")
    axes.plot(test.rates, drawable(test.losses), color=_RAW, linewidth=0.8, zorder=2, label="loss of the step")
    axes.plot(test.rates, drawable(test.smoothed), color=smoothed, linewidth=1.8, zorder=3, label="smoothed loss")
    for one in test.suggestions:
        look: dict[str, Any] = {"color": colours[one.key], "linestyle": _DASHES[one.key], "linewidth": 1.4}
        axes.axvline(one.lr, label=NAMES[one.key], zorder=4, **look)
    lost = [rate for rate, loss in zip(test.rates, test.smoothed, strict=True) if not math.isfinite(loss)]
    crosses(axes, lost, smoothed)
    axes.set_ylim(*_limits(test))
    axes.set_xlabel("learning rate")
    axes.set_ylabel(FINDER.axis)
    heading = [*wrap(literal(f"range test · {test.scenario}"), _WIDE), _suggested(test)]
    axes.set_title("\n".join(heading), parse_math=False)


def _suggested(test: RangeTest) -> str:
    if not test.suggestions:
        return "the loss never fell: no suggestion"
    return " · ".join(f"{one.label} (chosen)" if one.chosen else one.label for one in test.suggestions)


def _limits(test: RangeTest) -> tuple[float, float]:
    _, smoothed = test.settled
    shown = drawable([*test.losses, *smoothed])
    scale = fit(shown, ticks=9, ceiling=ceiling(test.smoothed))
    return scale.low, scale.high
