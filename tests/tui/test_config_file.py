"""A person's own keys and theme."""

from pathlib import Path

import pytest

from lrtui.errors import InputError
from lrtui.tui import keymap, themes
from lrtui.tui.actions import ACTIONS
from lrtui.tui.app import LrtuiApp
from lrtui.tui.config_file import Config, read
from tests.tui.conftest import WIDE


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_everything_is_as_usual(tmp_path: Path) -> None:
    config = read(tmp_path / "config.toml")
    assert config == Config()
    assert config.actions is ACTIONS


def test_theme_motion_and_keys(tmp_path: Path) -> None:
    config = read(
        written(tmp_path, 'theme = "light"\nmotion = false\n[keys]\nexport = ["f9", "f5"]\njump = ","\nskip = ""\n')
    )
    assert (config.theme, config.motion) == (themes.LIGHT, False)
    shown = {action.name: (action.keys, action.shown) for action in config.actions}
    assert shown["export"] == ("f9,f5", "F9")
    assert shown["jump"] == ("comma", ",")
    assert shown["skip"] == ("", "–")
    assert shown["quit"][0] == "q,ctrl+q,ctrl+c"


def test_leaving_stays_possible(tmp_path: Path) -> None:
    config = read(written(tmp_path, '[keys]\nquit = "f10"\n'))
    assert next(action.keys for action in config.actions if action.name == "quit") == "f10,ctrl+c"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('theme = "blue"', 1, 'theme: must be dark or light, not "blue"'),
        ("\nthem = 1", 2, "them: unknown key; did you mean theme?"),
        ("motion = 1", 1, "motion: must be true or false"),
        ("letters = 2", 1, "letters: must be true or false"),
        ("keys = 1", 1, "keys: must be a table"),
        ('[keys]\nexprot = "x"', 2, "keys.exprot: no such action; did you mean export?"),
        ('[keys]\n# a comment\nexport = "q"', 3, "keys.export: q is taken by quit"),
        ('[keys]\nexport = "f9"\nskip = "f9"', 3, "keys.skip: F9 is taken by export"),
        ('[keys]\nexport = "nokey"', 2, "keys.export: no key is called 'nokey'"),
        ('[keys]\nexport = "tab"', 2, "belongs to the panes"),
        ('[keys]\nexport = "j"', 2, "moves through the rows"),
        ('[keys]\nexport = "ctrl+m"', 2, "is enter in a terminal"),
        ('[keys]\nexport = "ctrl+c"', 2, "is leaving in a terminal"),
        ("[keys]\nexport = 5", 2, "must be a key, or several"),
        ('[keys]\nexport = ["f9", "f9"]', 2, "names a key twice"),
        ('theme = "light"\ntheme', 2, "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as raised:
        read(path)
    assert any(one.startswith(f"{path}:{line}: ") and told in one for one in str(raised.value).splitlines()), (
        raised.value
    )
    assert raised.value.exit_status == 2


def test_every_problem_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read(written(tmp_path, 'theme = 1\n[keys]\nnone_such_at_all = "x"\nexport = "q"\n'))
    assert [line.split(":")[1] for line in str(raised.value).splitlines()] == ["1", "3", "4"]


def test_keys_are_exchanged_and_shared_as_before() -> None:
    assert keymap.taken({"export": ("x",), "stop_run": ("e",)}) == {}
    assert keymap.taken({"group": ("G",), "next_shown": ("G",)}) == {}
    assert keymap.taken({"export": ("+",)}) != {}, "+ and plus are one key"
    names = {keymap.name_of(action) for action in ACTIONS}
    assert len(names) == len(ACTIONS)
    assert all(name.replace("_", "").isalnum() for name in names), "no quotes are needed in TOML"


async def test_footer_help_palette_and_keys_are_the_bound_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = read(written(tmp_path, '[keys]\nhelp = "f1"\ntab_2 = "]"\njump = "~"\nreplay_speed_1 = "f3"\n'))
    app = LrtuiApp(tmp_path / "runs", tmp_path / "data", config=config)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "F1 help" in app.footer.plain
        await pilot.press("question_mark")
        await pilot.pause()
        assert len(app.screen_stack) == 1, "the usual key does nothing any more"
        await pilot.press("f1")
        await pilot.pause()
        assert len(app.screen_stack) == 2
        assert any(line.strip().startswith("F1 ") for line in app.screen.query_one("#help-lines").plain.splitlines())  # type: ignore[attr-defined]
        await pilot.press("escape")
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert app.charts.tab is app.charts.tabs[1]


async def test_without_motion_nothing_is_animated_and_looks_are_rarer(tmp_path: Path) -> None:
    app = LrtuiApp(tmp_path / "runs", tmp_path / "data", config=Config(motion=False))
    assert app.animation_level == "none"
    assert app._interval >= 2
    assert LrtuiApp(tmp_path / "runs", tmp_path / "data")._interval < 1
