"""The guide's two tables of settings to begin with: the default ones, and those of a self-normalizing network."""

from collections.abc import Sequence

from lrtui.book.compare import Expect, against
from lrtui.book.grouping import Grouping
from lrtui.book.lab.activations import OFFSET, SCALE_ERROR
from lrtui.book.lab.experiment import Experiment, every, is_so, one
from lrtui.book.measures import ACCURACY, BEST_LOSS, EPOCH_TIME, EPOCHS_TO_COMMON, TEST_ACCURACY, Measure
from lrtui.book.question import Evidence, Point, Region
from lrtui.study.schema import RunConfig

torch_defaults = one("PyTorch's initialization", lambda config: config.model.init == "torch")
guides = every("He's initialization", lambda config: config.model.init == "he")
onecycle = every("1cycle", lambda config: config.schedule.name == "onecycle")
constant = every(
    "the guide's settings at a constant rate",
    lambda config: config.schedule.name == "constant" and config.model.init == "he",
)
DEFAULT_SETTINGS = Experiment(
    guide="To begin with: He initialization, ELU, batch normalization if the network is deep, early stopping (and l2 if needed), "
    "momentum or Nadam, 1cycle.",
    measures=(ACCURACY, BEST_LOSS, EPOCHS_TO_COMMON, EPOCH_TIME, TEST_ACCURACY),
    points=(
        is_so(
            "each reaches a higher accuracy than PyTorch's defaults", guides, Expect.HIGHER, torch_defaults, ACCURACY
        ),
        is_so("each converges in fewer epochs", guides, Expect.LOWER, torch_defaults, EPOCHS_TO_COMMON),
        is_so("1cycle is ahead of a constant rate", onecycle, Expect.HIGHER, constant, ACCURACY, needed=False),
    ),
)

NEAR_ZERO, NEAR_ONE = Region(high=0.5), Region(high=2.0)
"""Where the mean |mean| of the layers' activations, and the factor by which their standard deviation is off 1, count as kept."""


def _is_selu(config: RunConfig, *, dropout: bool, onecycle: bool) -> bool:
    return (
        config.model.activation == "selu"
        and (config.model.dropout > 0) is dropout
        and (config.schedule.name == "onecycle") is onecycle
    )


selu = one("SELU alone", lambda config: _is_selu(config, dropout=False, onecycle=False))
selu_dropout = one("SELU and alpha dropout", lambda config: _is_selu(config, dropout=True, onecycle=False))
selu_onecycle = one("SELU and 1cycle", lambda config: _is_selu(config, dropout=False, onecycle=True))
normalized = one("batch normalization", lambda config: config.model.has_batch_norm)


def _stays(measure: Measure, expected: Region) -> Point:
    """Return the point that a figure of the layers' activations stays in a region."""

    def look(grouping: Grouping) -> Sequence[Evidence]:
        (scenario,) = selu(grouping)
        figures = measure.of(scenario, grouping)
        return [against(figures, expected, f"{measure.name}: {scenario.label} {figures.text()}")]

    return Point(f"the {measure.name}, stays below {expected.high:g}", look)


SELF_NORMALIZING = Experiment(
    guide="A plain stack of dense layers with SELU and LeCun normal weights, on standardized inputs, keeps mean 0 and standard "
    "deviation 1 by itself and needs no batch normalization; alpha dropout if it overfits; 1cycle.",
    measures=(OFFSET, SCALE_ERROR, ACCURACY, EPOCHS_TO_COMMON, EPOCH_TIME),
    points=(
        _stays(OFFSET, NEAR_ZERO),
        _stays(SCALE_ERROR, NEAR_ONE),
        is_so("it is no worse than batch normalization", selu, Expect.NO_LOWER, normalized, ACCURACY),
        is_so("an epoch costs less than with batch normalization", selu, Expect.LOWER, normalized, EPOCH_TIME),
        is_so("alpha dropout costs no accuracy", selu_dropout, Expect.NO_LOWER, selu, ACCURACY, needed=False),
        is_so("1cycle costs no accuracy", selu_onecycle, Expect.NO_LOWER, selu, ACCURACY, needed=False),
    ),
)
