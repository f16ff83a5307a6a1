"""The experiments that come with lrtui: each asks a question the report knows, on data that is at hand, in little time."""

from pathlib import Path

import pytest

from lrtui.study import locate, preset
from lrtui.study.experiments import EXPERIMENTS
from lrtui.study.problems import PresetError

LAB = [found.name for found in locate.shipped() if found.name.startswith("lab/")]


def test_there_is_a_preset_for_every_experiment() -> None:
    assert {preset.load(found.name).experiment for found in locate.shipped()} - {""} == set(EXPERIMENTS)


@pytest.mark.parametrize("name", LAB)
def test_each_asks_its_question_of_several_scenarios_on_the_embedded_digits(name: str) -> None:
    study = preset.load(name)
    assert study.experiment == name.removeprefix("lab/")
    assert study.question.endswith("?")
    assert len(study.scenarios) > 1
    assert study.protocol == "own"
    assert {spec.dataset for spec in study.runs} == {"digits"}
    assert study.advice == ()


@pytest.mark.parametrize("name", LAB)
def test_its_runs_differ_in_what_it_asks_about_and_nowhere_else(name: str) -> None:
    asked = {
        "activations": {"model"},
        "batchnorm-placement": {"model"},
        "batchnorm-permits": {"model", "optim"},
        "default-settings": {"model", "optim", "schedule", "regularization"},
        "half-precision": {"model"},
        "regularizers": {"data", "model", "regularization"},
        "self-normalizing": {"model", "optim", "schedule"},
        "clipping": {"optim"},
        "dropout-cost": {"model", "mc_dropout"},
        "initializers": {"model"},
        "momentum-too-high": {"optim"},
        "optimizers": {"optim"},
        "same-weights": {"model"},
        "schedules": {"schedule", "optim", "train"},
        "selu-vs-relu": {"model"},
        "sparse-three-ways": {"pruning", "regularization"},
        "zero-bias": {"model"},
    }
    study = preset.load(name)
    first = study.runs[0].config
    differing = {table for spec in study.runs for table, values in spec.config if values != getattr(first, table)}
    assert differing == asked[study.experiment]


def test_an_unknown_experiment_is_refused_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = 'title = "x"\nexperiment = "zero-biases"\ndata.name = "digits"\nmodel.name = "mlp"\n'
    file.write_text(f'{text}optim = {{ name = "sgd", lr = 0.1 }}\n')
    with pytest.raises(PresetError, match=r"mine\.toml:2: experiment: .*did you mean zero-bias\?"):
        preset.load_file(file)
