"""Settings that make no sense together are refused with the reason; those that do are not."""

import pytest

from tests.study.conftest import GOOD, Complainer, Loader

NEEDS_TWO = "must be at least 2: batch normalization takes mean and variance of the batch"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["model.batch_norm=before", "train.batch_size=1"], f"train.batch_size: {NEEDS_TWO}"),
        (["model.batch_norm_inputs=true", "train.batch_size=1"], f"train.batch_size: {NEEDS_TWO}"),
        (["model.batch_norm=after", "data.train_limit=1"], f"data.train_limit: {NEEDS_TWO}"),
        (
            ["train.epochs=3", "schedule.per=epoch", "schedule.warmup=3"],
            "schedule.warmup: must be less than the 3 epochs of training, got 3",
        ),
        (
            ["train.epochs=3", "schedule.name=performance", "schedule.warmup=4"],
            "schedule.warmup: must be less than the 3 epochs of training, got 4",
        ),
        (["mc_dropout.samples=10"], "mc_dropout.samples: needs dropout, and model.dropout is 0"),
        (
            ["model.parametrization=mup", "model.base_width=8", "model.hidden=[16]", "optim.name=muon"],
            "model.parametrization: mup has no rule for muon, whose steps keep their size by themselves (optim.adjust)",
        ),
        (["model.base_width=8"], "model.base_width: belongs to parametrization = mup"),
        (
            ["model.parametrization=mup"],
            "model.parametrization: mup needs base_width, the width at which it changes nothing",
        ),
        (
            ["model.parametrization=mup", "model.base_width=8", "model.hidden=[]"],
            "model.parametrization: mup is about the width of hidden layers, and there are none",
        ),
        (
            ["model.parametrization=mup", "model.base_width=8", "model.init=normal"],
            "model.init: normal does not shrink as a layer grows, as mup presumes; torch, glorot, lecun and he do",
        ),
        (
            ["model.parametrization=mup", "model.base_width=8", "model.init_output=glorot_uniform"],
            "model.init_output: excludes mup, which says how the output layer begins",
        ),
        (
            ["model.dropout=0.1", "model.hidden=[]", "mc_dropout.samples=10"],
            "mc_dropout.samples: needs dropout, and the network has no hidden layers to drop",
        ),
        (
            ["optim.name=adagrad", "schedule.name=onecycle"],
            "schedule.form: guide cycles momentum, which adagrad has none of; handson does not",
        ),
        (
            [
                "optim.name=adagrad",
                "schedule={name = 'cyclical', half_period = 5, momentum_low = 0.8, momentum_high = 0.9}",
            ],
            "schedule.momentum_high: adagrad has no momentum to cycle",
        ),
        (
            ["train.epochs=9", "schedule={name='piecewise', per='epoch', boundaries=[3, 9], factors=[1, 0.1, 0.01]}"],
            "schedule.boundaries[1]: lies beyond the 9 epochs of training, got 9",
        ),
        (
            ["train.epochs=9", "schedule={name='piecewise', per='epoch', warmup=2, boundaries=[7], factors=[1, 0.1]}"],
            "schedule.boundaries[0]: lies beyond the 9 epochs of training, got 7 after 2 of warm-up",
        ),
        (
            ["early_stopping.patience=5", "pruning={name='gradual', target=0.8}"],
            "early_stopping.patience: the weights of the best epoch, which it keeps, may be from before gradual pruning "
            "reaches its target; give restore_best = false, or prune after training",
        ),
    ],
)
def test_what_makes_no_sense_together_is_refused(complaints: Complainer, said: list[str], expected: str) -> None:
    (complaint,) = complaints(GOOD, *said)
    assert complaint.startswith("--set ")
    assert complaint.endswith(f": {expected}")


@pytest.mark.parametrize(
    "said",
    [
        ["train.batch_size=1"],
        ["model.batch_norm=before", "train.batch_size=2"],
        ["train.epochs=3", "schedule.warmup=3"],
        ["train.epochs=3", "schedule.per=epoch", "schedule.warmup=2"],
        ["early_stopping.patience=50", "train.epochs=5"],
        ["model.dropout_kind=alpha", "model.dropout_where=last"],
        ["model.name=cnn", "model.dropout=0.1", "model.dropout_kind=alpha", "mc_dropout.samples=5"],
        ["model.hidden=[]", "model.dropout=0.1", "model.dropout_where=inputs", "mc_dropout.samples=5"],
        ["schedule.name=onecycle"],
        ["optim.name=rmsprop", "schedule.name=onecycle"],
        ["optim.name=adagrad", "schedule={name='onecycle', form='handson'}"],
        ["optim.name=adagrad", "schedule={name='cyclical', half_period=4}"],
        ["train.epochs=9", "schedule={name='piecewise', per='epoch', boundaries=[8], factors=[1, 0.1]}"],
        ["train.epochs=9", "schedule={name='piecewise', boundaries=[5000], factors=[1, 0.1]}"],
        ["optim.lr=find", "schedule={name='exponential', s=100}"],
        ["data.validation_count=10"],
        ["pruning={name='gradual', target=0.8}"],
        ["early_stopping.patience=5", "early_stopping.restore_best=false", "pruning={name='gradual', target=0.8}"],
        ["early_stopping.patience=5", "pruning={name='after', target=0.8}"],
        ["model.init=lecun", "model.init_distribution=truncated"],
        ["schedule={name='onecycle', momentum_high=0.9, momentum_low=0.9}"],
    ],
)
def test_what_makes_sense_is_not(load: Loader, said: list[str]) -> None:
    assert load(GOOD, *said).runs


def test_the_fault_of_a_swept_value_is_said_of_the_sweep(complaints: Complainer) -> None:
    text = GOOD + '[mc_dropout]\nsamples = 3\n[sweep]\n"model.dropout" = [0.1, 0.0]\n"train.batch_size" = [1, 2]\n'
    assert complaints(text) == ["my.toml:10: mc_dropout.samples: needs dropout, and model.dropout is 0"]
    assert complaints(GOOD + '[sweep]\n"train.batch_size" = [2, 1]\n', "model.batch_norm=after") == [
        f'my.toml:10: sweep."train.batch_size"[1]: {NEEDS_TWO}'
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["model.alpha=0.2"], "model.alpha: relu has no α; leaky_relu, elu and prelu have"),
        (["model.init_value=1"], "model.init_value: belongs to init = constant"),
        (["model.init_sd=2"], "model.init_sd: belongs to init = normal"),
        (["model.init_fan=fan_in"], "model.init_fan: belongs to init = glorot, lecun or he"),
        (["model.init_distribution=uniform"], "model.init_distribution: belongs to init = glorot, lecun or he"),
        (
            ["model.init=constant", "model.init_distribution=truncated"],
            "model.init_distribution: belongs to init = glorot, lecun or he",
        ),
        (
            ["model.init=normal", "model.init_distribution=truncated"],
            "model.init_distribution: belongs to init = glorot, lecun or he",
        ),
        (["model.depth=3"], "model.depth: goes with width; give both"),
        (["model.width=3"], "model.width: goes with depth; give both"),
        (["optim={clip_value=1, clip_norm=1}"], "optim.clip_norm: excludes clip_value; give one of them"),
        (["regularization.max_norm=0"], "regularization.max_norm: must be greater than 0, got 0"),
        (["early_stopping.patience=0"], "early_stopping.patience: must be at least 1, got 0"),
        (
            ["early_stopping.monitor=val_los"],
            "early_stopping.monitor: expected val_loss, val_accuracy, train_loss or train_accuracy, "
            'got "val_los"; did you mean val_loss?',
        ),
        (["pruning={name='gradual', target=1.2}"], "pruning.target: must be less than 1, got 1.2"),
        (["pruning={name='after', target=0}"], "pruning.target: must be greater than 0, got 0"),
        (["pruning.name=after"], "pruning.target: missing; give it or threshold"),
        (
            ["pruning={name='after', target=0.5, threshold=0.1}"],
            "pruning.threshold: excludes target; give one of them",
        ),
        (["pruning={name='gradual', target=0.5, begin=0.8}"], "pruning.end: must be after begin"),
        (["pruning.target=0.5"], "pruning.target: none has no such key; it belongs to after or gradual"),
        (["schedule.s=3"], "schedule.s: constant has no such key; it belongs to power or exponential"),
        (
            ["schedule={name='piecewise', boundaries=[3], factors=[1]}"],
            "schedule.factors: needs one more than there are boundaries",
        ),
        (["schedule={name='piecewise', boundaries=[3, 2], factors=[1, 2, 3]}"], "schedule.boundaries: must rise"),
        (
            ["schedule={name='cyclical', half_period=4, momentum_low=0.8}"],
            "schedule.momentum_low: goes with momentum_high; give both",
        ),
        (
            ["schedule={name='cyclical', half_period=4, momentum_low=0.9, momentum_high=0.8}"],
            "schedule.momentum_high: must not be below momentum_low",
        ),
        (
            ["schedule={name='onecycle', momentum_high=0.8}"],
            "schedule.momentum_high: must not be below momentum_low",
        ),
        (["finder.max_lr=1e-8"], "finder.max_lr: must be above min_lr"),
        (["optim.lr=fnd"], 'optim.lr: expected a number or "find", got "fnd"'),
    ],
)
def test_what_one_table_refuses(complaints: Complainer, said: list[str], expected: str) -> None:
    (complaint,) = complaints(GOOD, *said)
    assert complaint.partition(": ")[2].endswith(expected)


def test_a_table_that_is_wrong_as_a_whole_beside_a_wrong_name(complaints: Complainer) -> None:
    assert complaints(GOOD + "[pruning]\nname = 'aftr'\ntarget = 0.5\nthreshold = 1.0\n") == [
        'my.toml:10: pruning.name: expected none, after or gradual, got "aftr"; did you mean after?',
        "my.toml:12: pruning.threshold: excludes target; give one of them",
    ]
