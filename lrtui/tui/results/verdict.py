"""The sentence above the table: who won, or why nobody did."""

from lrtui.analysis.leaders import leading as leading_text
from lrtui.book.protocol import reservations
from lrtui.plots.curvature import line as curvature_line
from lrtui.plots.view import View
from lrtui.study.records import StudyStatus
from lrtui.text import short_rate
from lrtui.tui import signs
from lrtui.tui.analysed import AnalysedView
from lrtui.tui.answers import asks


def verdict(view: View, figures: AnalysedView) -> tuple[str, str]:
    """Return a line per model/data pair of the study, and the style of the skin; nothing while more can come."""
    if view.live:
        return "", "text"
    status = view.snapshot.status
    if status is StudyStatus.FAILED:
        return f"The study failed: {view.snapshot.message}", "bad"
    if view.finder:
        return _tested(view)
    comparisons = figures.comparisons()
    early = "" if status is StudyStatus.DONE else f"Study {status.value}. "
    if not comparisons:
        return f"{early}No run is done, so nobody won.", "warn"
    finished = not early and not any(comparison.unfinished for comparison in comparisons)
    lead = "★ " if finished and all(comparison.winner for comparison in comparisons) else early
    more = " 4\u00a0opens the\u00a0answer." if asks(view) else ""
    sentences = "\n".join(" ".join(comparison.sentences()) for comparison in comparisons)
    told = f"\n{line}" if (line := curvature_line(view)) else ""
    return lead + sentences + more + caveat(view) + told, "good" if finished else "warn"


def leading(view: View, figures: AnalysedView) -> str:
    """Return who won (★) or leads in a study that has ended, in a few words; nothing while more can come."""
    if view.live or view.finder or not view.snapshot.status.ended:
        return ""
    leaders = figures.leaders()
    won = bool(leaders) and all(pair.won for pair in leaders)
    return f"{signs.WON.symbol} {leading_text(leaders)}" if won else leading_text(leaders)


def caveat(view: View) -> str:
    """Return why the differences from published figures say little; nothing if they do not."""
    compared = (spec for spec in view.study.runs if any(figure.matches(spec) for figure in view.study.published))
    reasons = dict.fromkeys(", ".join(reservations(view.study, spec.config)) for spec in compared)
    text = "; ".join(filter(None, reasons))
    return f" Δ° says little about the published figures: {text}." if text else ""


def _tested(view: View) -> tuple[str, str]:
    """Return which rates the range tests suggest, and which of them are doubtful or missing, and why."""
    found = {state.spec.scenario: state.finder for state in view.snapshot.runs if state.finder is not None}
    several = len(view.shape.scenarios) > 1
    names = {scenario.scenario: f"{scenario.label} " if several else "" for scenario in view.shape.scenarios}
    chosen = [f"{names[key]}{short_rate(curve.chosen)}" for key, curve in found.items() if curve.chosen is not None]
    doubts: dict[str, list[str]] = {}
    for key, curve in found.items():
        if curve.doubt:
            doubts.setdefault(curve.doubt, []).append(names[key].strip())
    why = "; ".join(f"{', '.join(who)}: {doubt}" if several else doubt for doubt, who in doubts.items())
    if not chosen:
        return f"The range test gives no rate{f': {why}' if why else ''}.", "warn"
    use = "{use_rate} puts the one highlighted in the chart into the form."
    if why:
        return f"Suggested rate: {', '.join(chosen)}. Doubtful: {why}. {use}", "warn"
    return f"◂ Suggested rate: {', '.join(chosen)}. {use}", "good"
