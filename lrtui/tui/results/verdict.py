"""The sentence above the table: who won, or why nobody did."""

from lrtui.study.records import StudyStatus
from lrtui.tui.figures import Figures
from lrtui.tui.view import View


def verdict(view: View, figures: Figures) -> tuple[str, str]:
    """Return a line per model/data pair of the study, and the style of the skin; nothing while more can come."""
    if view.live:
        return "", "text"
    status = view.snapshot.status
    if status is StudyStatus.FAILED:
        return f"The study failed: {view.snapshot.message}", "bad"
    winners = figures.winners()
    early = "" if status is StudyStatus.DONE else f"Study {status.value}. "
    if not winners:
        return f"{early}No run is done, so nobody won.", "warn"
    finished = not early and not any(winner.provisional for winner in winners)
    lead = "★ " if finished else early
    return lead + "\n".join(f"{winner.sentence()}." for winner in winners), "good" if finished else "warn"
