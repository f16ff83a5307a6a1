"""What is wrong with a preset, said with file, line, key and what was expected; all at once, nothing twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lrtui.study import preset
from lrtui.study.problems import Problem, dotted, nearest, shown
from tests.study.conftest import GOOD, Complainer, Loader


def test_every_error_of_a_file_is_said_at_once_in_its_order(complaints: Complainer) -> None:
    text = """\
title = "t"
[data]
name = "mnst"
scal = "unit"
[model]
name = "mpl"
hiden = [1]
hidden = [0, "a"]
[optim]
name = "sdg"
lr = -1
momentun = 0.9
[train]
epochs = 0
batch_size = 2.5
[sweep]
"train.epochs" = []
replicates = true
[[published]]
val_accuracy = 101
[foo]
x = 1
"""
    assert complaints(text) == [
        'my.toml:3: data.name: expected mnist, fashion_mnist, cifar10, digits, synthetic or constitution, got "mnst"; '
        "did you mean mnist?",
        "my.toml:4: data.scal: unknown key; did you mean data.scale?",
        'my.toml:6: model.name: expected mlp, cnn, rnn, lstm, gru or transformer, got "mpl"; did you mean mlp?',
        "my.toml:7: model.hiden: unknown key; did you mean model.hidden?",
        "my.toml:8: model.hidden[0]: must be at least 1, got 0",
        'my.toml:8: model.hidden[1]: expected a whole number, got "a"',
        "my.toml:10: optim.name: expected sgd, adam, nadam, adamw, "
        'rmsprop, adagrad, muon or schedule_free, got "sdg"; did you mean sgd?',
        "my.toml:11: optim.lr: must be greater than 0, got -1",
        "my.toml:12: optim.momentun: unknown key; did you mean optim.momentum?",
        "my.toml:15: train.batch_size: expected a whole number, got 2.5",
        'my.toml:17: sweep."train.epochs": is an empty sweep; give at least one value',
        "my.toml:18: sweep.replicates: expected a whole number, got true",
        "my.toml:20: published[0].val_accuracy: must be at most 100, got 101",
        "my.toml:21: foo: unknown key",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("learning_rte = 0.1", "optim.learning_rte: unknown key; did you mean optim.lr?"),
        ("LR = 0.1", "optim.LR: unknown key; did you mean optim.lr?"),
        ("epochs = 3", "optim.epochs: unknown key; did you mean train.epochs?"),
        ("beta1 = 0.9", "optim.beta1: sgd has no such key; it belongs to adam, nadam, adamw or muon"),
        ("rho = 0.9", "optim.rho: sgd has no such key; it belongs to rmsprop"),
        ("zzz = 1", "optim.zzz: unknown key"),
        ("momentum = 1", "optim.momentum: must be less than 1, got 1"),
        ("momentum = -0.1", "optim.momentum: must be at least 0, got -0.1"),
        ('momentum = "much"', 'optim.momentum: expected a number, got "much"'),
        ("momentum = nan", "optim.momentum: must be a finite number, got NaN"),
        ("nesterov = 1", "optim.nesterov: expected true or false, got 1"),
        ("nesterov = true", "optim.nesterov: needs momentum above 0"),
        ("momentum = {a = 1}", 'optim.momentum: expected a number, got {"a": 1}'),
        ('"a.b" = 1', 'optim."a.b": unknown key'),
        (
            f"momentum = {[7] * 99}",
            f"optim.momentum: expected a number, got [{'7, ' * 19}7…; several values to try stand in [sweep]",
        ),
        ("[model.hidden]", "model.hidden: expected a list, got {}"),
        ("[train]\nepochs = 1_000_000", "train.epochs: must be at most 100,000, got 1000000"),
        ("[train]\nbatch_size = 1e3", "train.batch_size: expected a whole number, got 1000.0"),
        ("[[data.scale]]", "data.scale: expected unit, raw or standardized, got [{}]"),
        ("[indicators]\nwindow = 1", "indicators.window: must be at least 2, got 1"),
        ("[indicators]\nunstable_window = 1", "indicators.unstable_window: no longer exists: use indicators.window"),
        ("[indicators]\nstable_epochs = 0", "indicators.stable_epochs: must be at least 1, got 0"),
        ("[training]", "training: unknown key; did you mean train?"),
        ("[optimizer]", "optimizer: unknown key; did you mean optim?"),
        ("[[published]]\nlr = 0.1", "published[0].lr: unknown key; did you mean optim.lr?"),
        ("[[published]]\nval_acc = 9", "published[0].val_acc: unknown key; did you mean val_accuracy?"),
        ("[[published]]\noptim.lrr = 9", 'published[0]."optim.lrr": unknown key; did you mean optim.lr?'),
        ("[[published]]\noptim.lr = 9", "published[0]: no run of this study has optim.lr = 9"),
        (
            '[[published]]\noptim.lr = 0.1\nmodel.hidden = [256, 128, 64]\nmodel.name = "cnn"',
            'published[0]: no run of this study has optim.lr = 0.1 and model.hidden = [256, 128, 64] and model.name = "cnn"',
        ),
        ("[[published]]\nremark = 3", "published[0].remark: expected a string, got 3"),
        ("[[published]]\nval_accuracy_sd = -1", "published[0].val_accuracy_sd: must be at least 0, got -1"),
    ],
)
def test_one_wrong_line(complaints: Complainer, line: str, expected: str) -> None:
    (said,) = complaints(f"{GOOD}{line}\n")
    place, _, message = said.partition(": ")
    assert message == expected
    assert 9 <= int(place.removeprefix("my.toml:")) <= 8 + len(line.splitlines())


def test_a_key_that_some_component_has_is_not_unknown_because_the_name_is_wrong(complaints: Complainer) -> None:
    text = 'title = "a"\n[data]\nname = "w"\nlabel = "kind"\nlabl = "x"\n[model]\nname = "mlp"\n[optim]\nname = "sgd"\nlr = 1\n'
    found = complaints(text)
    assert [one.partition(": ")[2].partition(":")[0] for one in found] == ["data.name", "data.labl"]
    assert found[1].endswith("data.labl: unknown key; did you mean data.label?")


def test_what_is_missing_is_said_where_it_should_be(complaints: Complainer) -> None:
    assert complaints("[optim]\n[model]\nname = 'mlp'\n") == [
        "my.toml: title: missing; it has no default",
        "my.toml: data.name: missing; expected mnist, fashion_mnist, cifar10, digits, synthetic or constitution",
        "my.toml:1: optim.name: missing; expected sgd, adam, nadam, adamw, rmsprop, adagrad, muon or schedule_free",
        "my.toml:1: optim.lr: missing; it has no default",
    ]


def test_a_misspelt_key_is_not_missing_as_well(complaints: Complainer) -> None:
    assert complaints(GOOD.replace("lr =", "learning_rate =").replace("title", "titel")) == [
        "my.toml:1: titel: unknown key; did you mean title?",
        "my.toml:8: optim.learning_rate: unknown key; did you mean optim.lr?",
    ]


def test_no_table_is_what_it_should_be(complaints: Complainer) -> None:
    tables = ("data", "model", "optim", "train", "indicators", "sweep")
    said = complaints('title = ""\n' + "".join(f"{table} = 3\n" for table in tables) + "published = [1]\n")
    assert said == [
        'my.toml:1: title: must not be empty, got ""',
        *(f"my.toml:{line}: {table}: expected a table, got 3" for line, table in enumerate(tables, start=2)),
        "my.toml:8: published: expected [[published]] tables, got [1]",
    ]


def test_a_dotted_key_in_quotes_is_understood(complaints: Complainer) -> None:
    assert complaints(f'"optim.lr" = 0.1\n{GOOD}') == [
        'my.toml:1: "optim.lr": unknown key; write optim.lr without quotes'
    ]


def test_figures_that_match_no_run_are_said_only_once_the_runs_are_known(complaints: Complainer) -> None:
    rows = '[[published]]\n"optim.lr" = 5.0\n'
    assert complaints(GOOD + rows) == ["my.toml:9: published[0]: no run of this study has optim.lr = 5.0"]
    assert complaints(GOOD.replace("0.1", "-1.0") + rows) == ["my.toml:8: optim.lr: must be greater than 0, got -1.0"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"title = 'a'\n\xff\n", "my.toml:2: is not UTF-8 text"),
        (
            "title = 'a'\n[data\n",
            "my.toml:2: not valid TOML: Expected ']' at the end of a table declaration (column 6)",
        ),
        ("a = 1\na = 2\n", "my.toml:2: not valid TOML: Cannot overwrite a value (column 6)"),
        ("a = " + "[" * 5000, "my.toml: nested too deeply"),
        (".".join("a" * 5000) + " = 1", "my.toml: nested too deeply"),
        ("\n" + ".".join("a" * 500) + " = 1", "my.toml:2: a: nested too deeply"),
        ("a = " + "1" * 5000, "my.toml: a number of too many digits"),
        ("[a]\nb = 0x" + "f" * 5000, "my.toml:2: a.b: a whole number has at most 64 bits"),
        ("#" * (1 << 20) + "\n", "my.toml: is too large for a preset: more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_preset_at_all(complaints: Complainer, content: str | bytes, expected: str) -> None:
    assert complaints(content) == [expected]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert [str(problem) for problem in preset.check_file(tmp_path / "none.toml")] == [
        f"{tmp_path}/none.toml: cannot be read: No such file or directory"
    ]
    assert "Is a directory" in str(preset.check_file(tmp_path)[0])
    assert "null byte" in str(preset.check_file(tmp_path / "a\0b.toml")[0])


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.rstrip("\n").encode(),
    ],
    ids=["CRLF", "byte order mark", "no last line end"],
)
def test_files_as_editors_write_them(load: Loader, complaints: Complainer, encode: Callable[[str], bytes]) -> None:
    assert load(encode(GOOD)).resolved == load(GOOD).resolved
    assert complaints(encode(GOOD.replace("0.1", "0"))) == ["my.toml:8: optim.lr: must be greater than 0, got 0"]


def test_control_characters_are_shown_not_sent(complaints: Complainer) -> None:
    (said,) = complaints('"\\u001b[31m" = 1\n' + GOOD)
    assert said == 'my.toml:1: "\\\\u001b[31m": unknown key'.replace("\\\\", "\\")
    assert str(Problem("a\x1b.toml", 3, "", "no\nway")) == "a\\x1b.toml:3: no\\nway"


def test_key_paths_are_written_as_in_toml() -> None:
    assert dotted(("sweep", "optim.lr", 2)) == 'sweep."optim.lr"[2]'
    assert dotted(("a b", 'c"d', "e-f_1")) == '"a b"."c\\"d".e-f_1'
    assert dotted(("",)) == '""'


def test_values_are_shown_on_one_line() -> None:
    assert shown("a\nb") == '"a\\nb"'
    assert shown([True, None, 1.5]) == "[true, null, 1.5]"
    assert len(shown("x" * 1000)) == 60


def test_the_nearest_key() -> None:
    assert nearest("Learning_Rate", ["lr", "momentum"]) == "lr"
    assert nearest("batchsize", ["epochs", "batch_size"]) == "batch_size"
    assert nearest("zzzz", ["lr"]) is None


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("imgs", 'did you mean digits? a folder of images is written "imgs/"'),
        ("./imgs", 'got "./imgs"; a folder ends with /'),
        ("photographs", 'got "photographs"; a folder of images is written "photographs/"'),
        ("digts", "did you mean digits?"),
        ("./a.npy", 'got "./a.npy"'),
    ],
)
def test_a_folder_without_its_slash_is_told(complaints: Complainer, name: str, end: str) -> None:
    (said,) = complaints(GOOD.replace("digits", name))
    assert said.endswith(end)
