"""The presets that come with lrtui: they load, and say what the paper says."""

import pytest

from lrtui import paths
from lrtui.study import locate, preset
from lrtui.study.spec import Study

RATES = ("1e-5", "1e-4", "1e-3", "1e-2", "1e-1")
PAIRS = ("mlp-mnist", "mlp-cifar10", "cnn-mnist", "cnn-cifar10")
SHIPPED = [found.name for found in locate.shipped()]

# Tables 1 and 2 of the paper: accuracy, epochs to convergence, standard deviation, remark, remark in English.
FIGURES = {
    "mlp-mnist": {
        1e-5: (93.41, 28, None, "Sangat lambat, stabil", "very slow, stable"),
        1e-4: (96.02, 20, None, "Cukup lambat, stabil", "fairly slow, stable"),
        1e-3: (98.14, 12, 0.42, "Optimal dan stabil", "optimal and stable"),
        1e-2: (96.85, 10, None, "Cepat, fluktuasi sedang", "fast, moderate fluctuation"),
        1e-1: (58.72, None, 7.12, "Divergen, tidak stabil", "divergent, unstable"),
    },
    "cnn-cifar10": {
        1e-5: (62.94, 30, None, "Lambat dan underfitting", "slow, underfits"),
        1e-4: (70.13, 22, None, "Mulai stabil", "starts to be stable"),
        1e-3: (74.82, 15, 0.65, "Optimal, stabil", "optimal, stable"),
        1e-2: (72.15, 12, None, "Baik, tapi fluktuatif", "good but fluctuating"),
        1e-1: (28.31, None, 10.98, "Divergen, loss meningkat", "divergent, loss rises"),
    },
}


def figures_of(study: Study) -> dict[tuple[str, float], tuple[object, ...]]:
    """Return the published figures by model/data pair and rate, each found through the run that it matches."""
    found = {}
    for spec in study.runs:
        for row in study.published:
            if row.matches(spec):
                figures = (row.val_accuracy, row.convergence_epoch, row.val_accuracy_sd, row.remark, row.remark_en)
                found[f"{spec.model}-{spec.dataset}", spec.lr] = figures
    return found


def expected_figures(
    *pairs: str, rates: tuple[float, ...] | None = None
) -> dict[tuple[str, float], tuple[object, ...]]:
    return {
        (pair, rate): figures
        for pair in pairs
        for rate, figures in FIGURES.get(pair, {}).items()
        if rates is None or rate in rates
    }


def test_the_presets_of_the_paper_are_there() -> None:
    scenarios = {f"paper/{pair}-{rate}" for pair in PAIRS for rate in RATES}
    sweeps = {f"paper/{pair}" for pair in PAIRS}
    adaptive = {f"paper/{pair}-{optimizer}" for pair in PAIRS for optimizer in ("adam", "rmsprop")}
    assert len(scenarios) == 20
    assert {name for name in SHIPPED if name.startswith("paper/")} == scenarios | sweeps | adaptive | {"paper/all"}
    assert "quickstart" in SHIPPED


def test_they_are_listed_as_a_person_reads_them() -> None:
    of_a_pair = [name for name in SHIPPED if name.startswith("paper/mlp-mnist")]
    rates = [f"paper/mlp-mnist-{rate}" for rate in RATES]
    assert of_a_pair == ["paper/mlp-mnist", *rates, "paper/mlp-mnist-adam", "paper/mlp-mnist-rmsprop"]
    assert SHIPPED[0] == "quickstart"
    assert next(name for name in SHIPPED if name.startswith("paper/")) == "paper/all"


def test_what_only_exists_to_be_extended_is_not_offered() -> None:
    files = {path.stem for path in (paths.shipped_presets() / "paper").glob("*.toml")}
    assert files - {name.removeprefix("paper/") for name in SHIPPED} == {"base"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_preset_loads_and_says_where_it_comes_from(name: str) -> None:
    study = preset.load(name)
    assert study.name == name
    assert study.title
    assert study.source
    replicates = len(study.seeds) if name.startswith("outlook/") else 5 if name.startswith("lab/") else 3
    assert study.seeds == tuple(range(1, replicates + 1))
    assert replicates >= 3
    assert [spec.run for spec in study.runs] == list(range(1, len(study.runs) + 1))
    assert len(study.runs) == replicates * len(study.scenarios)
    assert preset.check_file(locate.find(name).path) == []


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith("paper/")])
def test_every_preset_of_the_paper_follows_its_protocol(name: str) -> None:
    study = preset.load(name)
    assert study.note
    for spec in study.runs:
        assert spec.epochs == 30
        assert spec.batch_size == 64
        assert spec.config.data.scale == "unit"
        assert spec.config.data.train_limit is spec.config.data.val_limit is None
        assert spec.config.model.activation == "relu"
        if spec.model == "mlp":
            assert spec.config.model.hidden == (256, 128, 64)
        else:
            assert spec.config.model.channels == (32, 64)
            assert spec.config.model.dense == (128,)
        if spec.optimizer == "sgd":
            assert spec.config.optim.momentum == 0
            assert not spec.config.optim.nesterov


@pytest.mark.parametrize("pair", PAIRS)
def test_a_sweep_trains_five_rates_three_times(pair: str) -> None:
    study = preset.load(f"paper/{pair}")
    rates = [float(rate) for rate in RATES]
    assert [(spec.lr, spec.seed) for spec in study.runs] == [(rate, seed) for rate in rates for seed in (1, 2, 3)]
    assert {f"{spec.model}-{spec.dataset}-{spec.optimizer}" for spec in study.runs} == {f"{pair}-sgd"}
    assert figures_of(study) == expected_figures(pair)
    assert len(study.published) == len(FIGURES.get(pair, {}))


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("rate", RATES)
def test_a_scenario_is_one_rate_of_its_sweep(pair: str, rate: str) -> None:
    study = preset.load(f"paper/{pair}-{rate}")
    sweep = preset.load(f"paper/{pair}")
    same = [spec for spec in sweep.runs if spec.lr == float(rate)]
    assert [(spec.config, spec.seed, spec.scenario) for spec in study.runs] == [
        (spec.config, spec.seed, spec.scenario) for spec in same
    ]
    assert study.scenarios == (f"{pair}-sgd-{rate}",)
    assert rate in study.title
    assert figures_of(study) == expected_figures(pair, rates=(float(rate),))
    assert len(study.published) == (1 if pair in FIGURES else 0)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_the_outlook_changes_the_optimizer_and_keeps_the_published_column(pair: str, optimizer: str) -> None:
    study = preset.load(f"paper/{pair}-{optimizer}")
    sweep = preset.load(f"paper/{pair}")
    assert [(spec.config.model, spec.config.data, spec.config.train, spec.lr, spec.seed) for spec in study.runs] == [
        (spec.config.model, spec.config.data, spec.config.train, spec.lr, spec.seed) for spec in sweep.runs
    ]
    assert {spec.optimizer for spec in study.runs} == {optimizer}
    assert "outlook" in study.source
    assert figures_of(study) == expected_figures(pair)


def test_all_is_every_scenario_of_the_paper() -> None:
    study = preset.load("paper/all")
    assert len(study.runs) == 60
    assert study.scenarios == tuple(f"{pair}-sgd-{rate}" for pair in PAIRS for rate in RATES)
    assert figures_of(study) == expected_figures(*FIGURES)
    configs = {spec.scenario: spec.config for spec in study.runs}
    for pair in PAIRS:
        assert all(configs[spec.scenario] == spec.config for spec in preset.load(f"paper/{pair}").runs)


def test_quickstart_needs_no_download() -> None:
    study = preset.load("quickstart")
    assert {spec.dataset for spec in study.runs} == {"digits"}
    assert {spec.model for spec in study.runs} == {"mlp"}
    assert (len(study.scenarios), len(study.runs)) == (5, 15)


def test_a_folder_in_a_folder_comes_after_its_presets() -> None:
    folders = list(dict.fromkeys(name.rpartition("/")[0] for name in SHIPPED))
    assert folders == sorted(folders)
    assert folders.index("outlook/recipes") == folders.index("outlook") + 1
