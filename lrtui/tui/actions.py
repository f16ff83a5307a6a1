"""Everything a person can do, in one list: keys, footer, palette and help are made from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lrtui.tui.situation import Situation


@dataclass(frozen=True)
class Action:
    """One thing to do. `name` is the app's action; letters do not work in a text field, other keys do."""

    name: str
    keys: str
    shown: str
    title: str
    help: str
    when: Callable[[Situation], bool] = lambda now: True
    section: str = "Study"
    rank: int = 50
    """The lower, the longer it stays in a narrow footer."""
    footer: bool = True
    ahead: bool = False
    """What is typed next is text for where the focus goes: the key works before the next one is handed to a widget."""
    passes: bool = False
    """It works in a field of the form too, as long as nothing is typed there."""

    def works(self, now: Situation) -> bool:
        """Return whether it can be done now."""
        return self.when(now)

    @property
    def is_letter(self) -> bool:
        """Return whether its key is text in a text field."""
        return len(self.shown) == 1 and self.shown not in "⏎"


ACTIONS = (
    Action("start", "enter", "⏎", "start", "Start the study of the form",
           lambda now: now.on_preset and not now.training and not now.filtering, rank=1),
    Action("enqueue", "enter", "⏎", "queue it", "Train the study of the form after those before it",
           lambda now: now.on_preset and now.training and not now.filtering, rank=1),
    Action("open", "enter", "⏎", "open", "Open the selected saved study",
           lambda now: now.on_saved and not now.settings_shown and not now.filtering, rank=1),
    Action("edit_settings", "E", "E", "its settings",
           "Put the settings of the selected saved study into the form, to change and train them; again: what is known of it",
           lambda now: now.on_saved, rank=12, section="Presets"),
    Action("resume", "c", "c", "resume", "Go on with this interrupted or stopped study where it was, exactly",
           lambda now: now.resumable and not now.training, rank=2),
    Action("wrong", "enter", "⏎", "what is wrong", "Go to the first field that is wrong, and say what is",
           lambda now: now.wrong and not now.filtering, rank=1),
    Action("find", "f", "f", "find rate", "Range test: find learning rates for the form's study before training it",
           lambda now: (now.on_preset or (now.on_saved and not now.settings_shown)) and not now.training, rank=6),
    Action("use_rate", "u", "u", "use this rate", "Put the highlighted suggestion of the range test into the form",
           lambda now: "use_rate" in now.chart, rank=2),
    Action("suggestion", "v", "v", "next suggestion", "Range test: highlight the next suggestion (← → too)",
           lambda now: "suggestion" in now.chart, rank=5),
    Action("stop_run", "x", "x", "stop run", "Stop the selected run, or the first running one; finished epochs are kept",
           lambda now: now.running and not now.stopping, rank=10),
    Action("stop_study", "X", "X", "stop study", "Stop the whole study (asks first); finished epochs are kept",
           lambda now: (now.training or now.running) and not now.stopping, rank=9),
    Action("skip", "n", "n", "skip rate", "Skip what is left of the selected learning rate",
           lambda now: now.running and not now.stopping, rank=12),
    Action("more_replicates", "plus", "+", "replicate",
           "Train one more replicate of every rate of the study shown (asks first)", lambda now: now.more, rank=9),
    Action("more_rates", "greater_than_sign", ">", "rate",
           "Train the next rate to try: beyond the edge the best lies on, else beside the best (asks first)",
           lambda now: now.more, rank=10),
    Action("replay", "p", "p", "replay", "Show the saved study on the screen as it happened",
           lambda now: now.replayable, rank=39),
    Action("replay_pause", "p", "p", "pause", "Replay: stand still, or go on", lambda now: now.replaying, rank=2),
    Action("replay_speed(1)", "right_square_bracket", "]", "faster", "Replay: faster",
           lambda now: now.replaying, rank=3),
    Action("replay_speed(-1)", "left_square_bracket", "[", "slower", "Replay: slower",
           lambda now: now.replaying, rank=3),
    Action("replay_end", "right_curly_bracket", "}", "to the end", "Replay: show how it ended",
           lambda now: now.replaying, rank=4),
    Action("mark", "space", "space", "beside", "Set the selected saved study beside the one on the screen, or take it away",
           lambda now: now.on_saved, rank=13, footer=False),
    Action("unmark", "U", "U", "alone", "Take the studies away that are beside the one on the screen",
           lambda now: now.beside, rank=27),
    Action("export", "e", "e", "export", "Write the results table, the epochs or the report to a file",
           lambda now: now.shown, rank=8),
    Action("queue", "Q", "Q", "queue", "What is trained next: reorder it, drop from it",
           lambda now: now.queued > 0, rank=8),
    Action("study_remarks", "T", "T", "title, tags", "Title, tags and note of the selected saved study",
           lambda now: now.on_saved, rank=18, section="Presets"),
    Action("delete_study", "D", "D", "delete", "Delete the selected saved study (asks first)",
           lambda now: now.on_saved, rank=19, section="Presets"),
    Action("refresh", "R", "R", "read again", "Read preset files, the list of studies, and the saved study on the screen again",
           rank=37),
    Action("live", "b", "b", "back to live", "Show the study that is being trained again",
           lambda now: now.training and now.saved_shown, rank=7),
    Action("reset", "ctrl+r", "^r", "reset form", "Set the form back to what the preset says",
           lambda now: now.changed, rank=15, section="Presets"),
    Action("save_preset", "ctrl+s", "^s", "save as preset", "Save the settings of the form as a preset of your own",
           lambda now: now.form and now.on_preset, rank=17, section="Presets"),
    Action("undo", "ctrl+u", "^u", "undo", "Form: take back the last change of a field, or a reset",
           lambda now: now.undoable, rank=16, section="Presets"),
    Action("remarks", "i", "i", "remarks", "Read what lrtui remarks on the study (⚠)",
           lambda now: now.remarked, rank=11, section="Presets"),
    Action("all_keys", "ctrl+a", "^a", "all keys", "Form: show every key, or only those that matter",
           lambda now: now.form, rank=13, section="Presets"),
    Action("filter", "slash", "/", "filter", "Filter presets and saved studies by name",
           rank=14, section="Presets", ahead=True),
    Action("tab(0)", "1", "1", "loss", "Chart: loss", section="Charts", footer=False),
    Action("tab(1)", "2", "2", "accuracy", "Chart: accuracy, of numbers R²", section="Charts", footer=False),
    Action("tab(2)", "3", "3", "rate → result", "Chart: learning rate against result", section="Charts", footer=False),
    Action("tab(3)", "4", "4", "published or answer",
           "Measured beside published; of a study with a question, its answer", section="Charts", footer=False),
    Action("tab(4)", "5", "5", "log", "What happened", section="Charts", footer=False),
    Action("tab(5)", "6", "6", "health", "Chart: the health of every layer, epoch by epoch", section="Charts", footer=False),
    Action("tab(6)", "7", "7", "finder", "Chart: range tests and the rates they suggest", section="Charts", footer=False),
    Action("tab(7)", "8", "8", "schedule", "Chart: rate, momentum, critical rate by epoch", section="Charts", footer=False),
    Action("tab(8)", "9", "9", "map", "Chart: a map of two swept keys, as rate × batch size", section="Charts", footer=False),
    Action("tab(9)", "0", "0", "compare", "The study on the screen beside those that are marked", section="Charts", footer=False),
    Action("baseline", "B", "B", "baseline", "Compare: take the differences from the next study",
           lambda now: now.beside, "Charts", 27),
    Action("hide", "h", "h", "hide", "Hide the curves of the scenario under the cursor, or show them again",
           lambda now: now.shown, "Charts", 42),
    Action("solo", "H", "H", "solo", "Show the curves of the scenario under the cursor alone; again: all",
           lambda now: now.shown, "Charts", 43),
    Action("strong", "l", "l", "stand out", "Let the curves of the scenario under the cursor stand out",
           lambda now: now.shown, "Charts", 44),
    Action("zoom('x', 1)", "z", "z", "zoom", "Chart: closer along the horizontal axis, about the crosshair (wheel too)",
           lambda now: now.shown, "Charts", 45),
    Action("zoom('x', -1)", "Z", "Z", "zoom out", "Chart: further away along the horizontal axis", lambda now: now.shown,
           "Charts", footer=False),
    Action("zoom('y', 1)", "left_parenthesis", "(", "zoom y", "Chart: closer along the vertical axis (shift and wheel too)",
           lambda now: now.shown, "Charts", footer=False),
    Action("zoom('y', -1)", "right_parenthesis", ")", "zoom y out", "Chart: further away along the vertical axis",
           lambda now: now.shown, "Charts", footer=False),
    Action("zoom_out", "backslash", "\\", "whole", "Chart: show the whole picture again",
           lambda now: now.zoomed, "Charts", 5),
    Action("split", "t", "t", "train/val", "Curves: validation, training, or both",
           lambda now: "split" in now.chart, "Charts", 31),
    Action("replicates", "r", "r", "replicates", "Curves: show or hide single replicates",
           lambda now: "replicates" in now.chart, "Charts", 32),
    Action("y_scale", "y", "y", "log/linear", "Vertical axis: logarithmic or linear",
           lambda now: "y_scale" in now.chart, "Charts", 30),
    Action("x_scale", "Y", "Y", "epochs log/linear", "Epoch axis: logarithmic or linear",
           lambda now: "x_scale" in now.chart, "Charts", 34),
    Action("smooth(1)", "s", "s", "smooth", "Curves: more smoothing (exponential moving average, 0 to 0.9)",
           lambda now: "smooth" in now.chart, "Charts", 33),
    Action("smooth(-1)", "S", "S", "less smooth", "Curves: less smoothing",
           lambda now: "smooth" in now.chart, "Charts", footer=False),
    Action("metric", "m", "m", "what is shown",
           "Rate → result: accuracy or loss; schedule: rate, momentum, critical rate, noise; health: the next measure; "
           "map: final or best",
           lambda now: "metric" in now.chart, "Charts", 29),
    Action("group", "g", "g", "next group", "Charts: the next model, data set or optimizer of the study",
           lambda now: "group" in now.chart, "Charts", 20),
    Action("next_shown", "g", "g", "next run", "Health: the next run; finder: the next range test; map: the next pair of keys",
           lambda now: "next_shown" in now.chart, "Charts", 20),
    Action("map_lines", "L", "L", "lines", "Map of rate × batch size: lines of constant η/B, of constant η/√B, none",
           lambda now: "map_lines" in now.chart, "Charts", 28),
    Action("sort", "o", "o", "sort", "Sort the results by the next column (or click a heading)",
           lambda now: now.shown, "Results", 35),
    Action("reverse", "O", "O", "reverse", "Turn the order of the results round",
           lambda now: now.shown, "Results", footer=False),
    Action("winner", "asterisk", "*", "best", "Go to the best scenario",
           lambda now: now.shown, "Results", 38),
    Action("expand", "a", "a", "all runs", "Show or hide the single runs of every scenario (space: of one)",
           lambda now: now.shown, "Results", 36),
    Action("verdict", "V", "V", "all of it", "Read the whole sentence above the results, where it is cut",
           lambda now: now.cut, "Results", 11),
    Action("pane(1)", "w", "w", "next pane", "Go to the next pane", section="Screen", rank=25, passes=True),
    Action("pane(-1)", "W", "W", "previous pane", "Go to the pane before", section="Screen", footer=False,
           passes=True),
    Action("jump", "J", "J", "jump", "Show a key on every pane and chart, and go where the one pressed leads",
           section="Screen", rank=26, passes=True),
    Action("dark", "d", "d", "dark/light", "Dark or light",
           lambda now: now.own_theme, "Screen", 40),
    Action("help", "question_mark", "?", "help", "Every key, and what it does", section="Screen", rank=3, passes=True),
    Action("command_palette", "ctrl+p", "^p", "palette", "Search everything one can do", section="Screen", rank=4),
    Action("suspend", "ctrl+z", "^z", "suspend", "Suspend lrtui and give the shell back; fg goes on", section="Screen",
           footer=False),
    Action("quit", "q,ctrl+q,ctrl+c", "q", "quit", "Leave (asks while a study is being trained)", section="Screen", rank=2),
)  # fmt: skip

EXTRA_HELP = (
    ("Presets", "↑ ↓", "move; ← → close and open, as ⏎ does on a folder; double-click opens a saved study"),
    ("Presets", "tab", "to the form, and into its fields; ↑ ↓ to the next field; esc leaves the field, then the form"),
    ("Presets", "w W J ?", "keys in a field too, until something is typed there; del first for a text that begins so"),
    ("Presets", "⏎", "on the line above a group of fields: show its other keys"),
    ("Presets", "paste", "several lines, as of a spreadsheet's column, become a list: a sweep"),
    ("Presets", "← →", "in a field with ↔: change its value (or type one, or several with commas)"),
    ("Charts", "← →", "crosshair: read the values of an epoch (or move the mouse); esc puts it away"),
    ("Charts", "← →", "health: ← → ↑ ↓ read the figure of an epoch and layer; finder: the next suggestion"),
    ("Charts", "← →", "map: ← → ↑ ↓ read a cell"),
    ("Charts", "↑ ↓", "move through a legend that is longer than its place"),
    ("Results", "space", "show or hide the runs of a scenario; ← → too; ↺: taken over from another study"),
)
"""Keys of single widgets, for the help screen."""


def known(name: str) -> bool:
    """Return whether `name` (without its arguments) is in the list."""
    return any(action.name.partition("(")[0] == name for action in ACTIONS)


def works(name: str, now: Situation) -> bool:
    """Return whether the action called `name` (without its arguments) can be done now; True for what is not in the list."""
    mine = [action for action in ACTIONS if action.name.partition("(")[0] == name]
    return not mine or any(action.works(now) for action in mine)


def _is_text(action: Action, now: Situation) -> bool:
    """Return whether its key would be text."""
    return now.typing and action.is_letter and not (action.passes and now.untouched)


def footer(now: Situation, bound: Sequence[Action] = ACTIONS) -> list[Action]:
    """Return what the footer shows, in the order of the list: the keys that work now, as they are `bound`."""
    return [
        action
        for action in bound
        if action.footer
        and action.keys
        and action.works(now)
        and not _is_text(action, now)
        and not (now.enter and "enter" in action.keys.split(","))
    ]
