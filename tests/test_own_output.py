"""What own code prints goes to standard error, written out; what others write meanwhile goes where it would have."""

import io
import sys
import threading

import pytest

from lrtui.own_output import kept_apart


def test_lines_are_said_by_name_and_streams_are_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    streams = sys.stdout, sys.stderr
    with kept_apart("net.py:build"):
        print("one\ntwo", end="")
        with kept_apart("data.py:load"):
            print("\x1b[2J\rinner", file=sys.stderr)
        print("x" * 25_000)
        assert not sys.stdout.isatty()
    assert (sys.stdout, sys.stderr) == streams
    print("lrtui's")
    told = capsys.readouterr()
    assert told.out == "lrtui's\n"
    lines = told.err.splitlines()
    assert lines[:4] == ["net.py:build: one", "net.py:build: two", "data.py:load: \\x1b[2J", "data.py:load: inner"]
    assert sum(line.count("x") for line in lines if line.startswith("net.py:build: x")) == 25_000


def test_other_threads_show_how_the_study_stands(capsys: pytest.CaptureFixture[str]) -> None:
    def elsewhere() -> None:
        sys.stderr.write("\x1b[1mprogress\x1b[0m")
        print("a thread of own code")

    with kept_apart("net.py:build"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "\x1b[1mprogress\x1b[0mnet.py:build: a thread of own code\n"


def test_several_threads_speak_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    streams = sys.stdout, sys.stderr

    def work(name: str) -> None:
        for _ in range(200):
            with kept_apart(name):
                print(name)

    threads = [threading.Thread(target=work, args=(f"{number}.py:build",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sys.stdout, sys.stderr) == streams
    lines = capsys.readouterr().err.splitlines()
    assert sorted(lines) == sorted(f"{number}.py:build: {number}.py:build" for number in range(4) for _ in range(200))


def test_what_is_drawn_on_is_spared(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    class Screen(io.StringIO):
        """As the workbench has it while its screen is up."""

        def fileno(self) -> int:
            return -1

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with kept_apart("net.py:build"):
        print("for the log")
    assert screen.getvalue() == ""
    assert capfd.readouterr() == ("", "net.py:build: for the log\n")
