"""The report as a web page: whole, safe, bounded; and a browser shows it."""

import html.parser
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lrtui.report import page
from lrtui.report.document import report
from lrtui.session import Session
from lrtui.store.reader import SavedStudy, open_study
from lrtui.study.spec import Study
from tests.report import made

Start = Callable[..., Session]
Tiny = Callable[..., Study]
VOID = {"meta", "path", "circle"}


class Checker(html.parser.HTMLParser):
    """Sees that every element is closed in order, and takes up tags, texts and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self.links += [value for key, value in attrs if key in ("href", "src") and value]
        self.ids |= {value for value in [named.get("id")] if value}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    assert not checker.open
    return checker


@pytest.fixture
def trained(tiny: Tiny, train_study: Start) -> Callable[..., SavedStudy]:
    def train(*overrides: str, **options: object) -> SavedStudy:
        session = train_study(tiny(*overrides), **options)
        assert session.wait(60)
        return open_study(session.path)

    return train


def test_it_has_everything_and_fetches_nothing(trained: Callable[..., SavedStudy]) -> None:
    saved = trained()
    text = report([saved], "html")
    found = checked(text)
    assert {"svg", "table", "details", "dl", "caption"} <= set(found.tags)
    for told in (saved.id, "SHA-256", "torch", "How to read the tables", "hidden = [16]"):
        assert told in found.text, told
    assert not [link for link in found.links if not link.startswith("#")]
    assert "script" not in found.tags and "@import" not in text and "url(" not in text
    assert len(text) < 1_000_000


def test_it_knows_light_dark_and_paper(trained: Callable[..., SavedStudy]) -> None:
    text = report([trained()], "html")
    assert text.count("prefers-color-scheme: dark") >= 2 and "@media print" in text
    assert re.search(r"--l:#[0-9a-f]{6};--d:#[0-9a-f]{6}", text)


def test_whatever_a_title_holds_only_shows(trained: Callable[..., SavedStudy]) -> None:
    evil = '<script>alert(1)</script> & "quotes" \'\u202e\x1b[31m {title} </style>'
    saved = trained()
    study = replace(saved.study, title=evil, note=evil, source=evil, question=evil, overrides=(f"note={evil}",))
    text = report([replace(saved, study=study)], "html")
    found = checked(text)
    assert "script" not in found.tags and "\x1b" not in text and "\u202e" not in text
    assert "<script>alert(1)</script>" in found.text


def test_several_studies_are_side_by_side_and_linked(trained: Callable[..., SavedStudy]) -> None:
    found = checked(report([trained(), trained("train.epochs=2")], "html"))
    assert [link for link in found.links if link.startswith("#")] == ["#part-1", "#part-2"]
    assert {"part-1", "part-2"} <= found.ids
    assert "Settings that differ" in found.text and "train.epochs" in found.text


def test_studies_with_nothing_in_common_stand_for_themselves_and_it_is_said(trained: Callable[..., SavedStudy]) -> None:
    text = report([trained("optim.lr=0.1"), trained("optim.lr=0.3", "model.activation=tanh")], "html")
    assert ("Not set side by side: " in text) != ("Settings that differ" in text)
    assert ">A · Tiny</h2>" in text and ">B · Tiny</h2>" in text


@pytest.mark.parametrize(
    ("overrides", "options"),
    [
        (("optim.lr=[1e8, 1e9]",), {}),
        (("optim.lr=0.1", "sweep.replicates=1"), {}),
        (("optim.lr=find",), {"find_only": True}),
        (("model.activation=['relu','tanh']",), {}),
        (("sweep.search=bracket",), {}),
        (("health.measure=true",), {}),
    ],
)
def test_every_kind_of_study_has_a_page(
    trained: Callable[..., SavedStudy], overrides: tuple[str, ...], options: dict[str, object]
) -> None:
    assert ">Tiny</h1>" in report([trained(*overrides, **options)], "html")


def test_of_a_study_without_a_run_it_says_so(trained: Callable[..., SavedStudy]) -> None:
    saved = trained()
    from lrtui.study.records import RunStatus
    from lrtui.study.states import RunState

    empty = replace(
        saved,
        states=tuple(RunState(state.spec, RunStatus.STOPPED) for state in saved.states),
        epochs=saved.epochs.clear(),
    )
    assert "No run is done." in report([empty], "html")


def test_a_large_study_is_bounded_and_says_what_it_leaves_out(
    trained: Callable[..., SavedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = trained("optim.lr=1e-3..1 x12", "train.epochs=1")
    monkeypatch.setattr(page, "MOST_ROWS", 5)
    monkeypatch.setattr(page, "MOST_CURVES", 4)
    text = report([saved], "html")
    assert "The first 5 of 12 rows" in text and "Drawn are 4 of 12 scenarios" in text
    assert text.count('class="line') == 2 * 4


def test_of_many_replicates_some_have_a_dot(
    trained: Callable[..., SavedStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = trained("optim.lr=[0.01, 0.1]", "sweep.replicates=5", "train.epochs=1")
    assert report([saved], "html").count("<circle") == 2 * 10
    monkeypatch.setattr(page, "MOST_DOTS", 3)
    text = report([saved], "html")
    assert text.count("<circle") == 2 * 6 and "Of more than 3 replicates of a rate 3 have a dot" in text


def test_replicates_are_a_band_and_lines_are_named(trained: Callable[..., SavedStudy]) -> None:
    text = report([trained("optim.lr=[0.01, 0.1]", "sweep.replicates=2", "train.epochs=2")], "html")
    assert text.count('class="band c"') == 2 * 2 and "Bands reach from the lowest to the highest replicate." in text
    assert re.findall(r'class="end"[^>]*>([^<]*)<', text).count("1e-1") == 2, "in loss and accuracy"


def test_the_papers_study_over_thirty_epochs_is_small(trained: Callable[..., SavedStudy]) -> None:
    paper = made.paper(epochs=30)
    saved = replace(trained(), study=paper.study, states=paper.states, epochs=paper.result.epochs)
    text = report([saved], "html")
    assert checked(text).tags.count("svg") == 4 and len(text.encode()) < 150_000
    assert "The paper&#x27;s claims" in text and "Measured beside published" in text


def test_on_top_of_several_studies_is_who_won_in_each(trained: Callable[..., SavedStudy]) -> None:
    text = report([trained(), trained("optim.lr=[1e8, 1e9]")], "html")
    table = text.partition("Who won in each")[2].partition("</table>")[0]
    assert table.count("<tr>") == 3 and table.count('<a href="#part-') == 2


@pytest.mark.skipif(not (shutil.which("chromium") or shutil.which("google-chrome")), reason="there is no browser here")
def test_a_browser_shows_it_and_prints_it(trained: Callable[..., SavedStudy], tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome") or ""
    file = tmp_path / "page.html"
    file.write_text(report([trained(), trained("train.epochs=2")], "html"))

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}")
        return subprocess.run(
            [browser, *options, *arguments, file.as_uri()], capture_output=True, timeout=120, check=True
        )

    dom = run("--dump-dom").stdout.decode()
    assert dom.count("<svg") >= 6 and "Settings that differ" in dom
    run(f"--screenshot={tmp_path / 'page.png'}", "--window-size=1000,1400")
    run(f"--print-to-pdf={tmp_path / 'page.pdf'}")
    assert (tmp_path / "page.png").stat().st_size > 20_000
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_of_range_tests_it_says_what_they_suggest(trained: Callable[..., SavedStudy]) -> None:
    saved = trained("optim.lr=find", find_only=True)
    for fmt in ("html", "text", "json"):
        assert "Nothing was trained" in report([saved], fmt) and "did not learn" not in report([saved], fmt)
    assert 'class="line c"' in report([saved], "html")
