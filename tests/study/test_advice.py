"""What trains but does not do what one may expect is said in a sentence of the study."""

import pytest

from tests.study.conftest import GOOD, Loader

SELU = [
    "data.scale=standardized", "model.activation=selu", "model.init=lecun", "model.dropout=0.1",
    "model.dropout_kind=alpha",
]  # fmt: skip


def test_nothing_is_said_of_what_normalizes_itself(load: Loader) -> None:
    assert load(GOOD).advice == ()
    assert load(GOOD, *SELU).advice == ()
    assert load(GOOD, *SELU, "model.init_distribution=truncated", "regularization.l2=0.1").advice == ()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("data.scale=unit", "the inputs are not standardized (data.scale)"),
        ("model.init=he", "the weights do not begin as LeCun normal (model.init)"),
        ("model.init_distribution=uniform", "the weights do not begin as LeCun normal (model.init)"),
        ("model.init_fan=fan_avg", "the weights do not begin as LeCun normal (model.init)"),
        ("regularization.l1=0.1", "l1 pulls the weights to zero (regularization.l1)"),
        ("model.dropout_kind=standard", "dropout is not alpha dropout (model.dropout_kind)"),
        ("model.batch_norm=before", "batch normalization normalizes in its place (model.batch_norm)"),
        ("model.name=cnn", "the network is not a plain sequence of dense layers (model.name)"),
    ],
)
def test_what_keeps_selu_from_normalizing_itself_is_named(load: Loader, said: str, reason: str) -> None:
    assert load(GOOD, *SELU, said).advice == (f"SELU will not self-normalize: {reason}.",)


def test_several_reasons_make_one_sentence(load: Loader) -> None:
    (sentence,) = load(GOOD, "model.activation=selu").advice
    assert sentence == (
        "SELU will not self-normalize: the inputs are not standardized (data.scale), the weights do not begin as LeCun "
        "normal (model.init)."
    )


def test_alpha_dropout_belongs_to_selu(load: Loader) -> None:
    said = ["model.dropout=0.1", "model.dropout_kind=alpha"]
    assert load(GOOD, *said, "model.activation=elu").advice == (
        "Alpha dropout keeps mean 0 and standard deviation 1 only under SELU; with elu it does not.",
    )
    assert load(GOOD, "model.dropout_kind=alpha").advice == ()


def test_a_stop_before_gradual_pruning_reaches_its_target(load: Loader) -> None:
    pruning = "pruning={name='gradual', target=0.8, end=0.6}"
    assert load(GOOD, pruning, "early_stopping.patience=5", "early_stopping.restore_best=false").advice == (
        "Gradual pruning reaches its target after 60 % of the training (pruning.end); a network that early stopping ends "
        "before that is less sparse.",
    )
    assert load(GOOD, pruning).advice == ()


def test_what_is_not_for_all_names_its_scenarios(load: Loader) -> None:
    text = GOOD + "[variants.relu]\n[variants.selu]\nmodel.activation = 'selu'\n[sweep]\nreplicates = 3\n"
    (sentence,) = load(text).advice
    assert sentence.startswith("selu: SELU will not self-normalize: ")
    study = load(text, "optim.lr=[1, 2, 3, 4]")
    assert study.advice[0].startswith("selu-1, selu-2, selu-3 and 1 more: SELU will not")
