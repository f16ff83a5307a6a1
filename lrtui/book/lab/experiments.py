"""The experiments the report answers, by the name their presets give."""

from lrtui.book.answer import Answer
from lrtui.book.lab.activations import ACTIVATIONS, SELU_VS_RELU
from lrtui.book.lab.descent import CLIPPING, MOMENTUM_TOO_HIGH, OPTIMIZERS, SCHEDULES
from lrtui.book.lab.experiment import Experiment
from lrtui.book.lab.inference import HALF_PRECISION
from lrtui.book.lab.latency import LATENCY
from lrtui.book.lab.networks import BATCHNORM_PERMITS, BATCHNORM_PLACEMENT, DROPOUT_COST, SPARSE_THREE_WAYS
from lrtui.book.lab.overfitting import REGULARIZERS
from lrtui.book.lab.recipes import DEEP, SHALLOW
from lrtui.book.lab.recipes import SELF_NORMALIZING as SELF_NORMALIZING_RECIPE
from lrtui.book.lab.regularization import REGULARIZATION
from lrtui.book.lab.settings import DEFAULT_SETTINGS, SELF_NORMALIZING
from lrtui.book.lab.special_cases import RISK, SPARSE
from lrtui.book.lab.weights import INITIALIZERS, SAME_WEIGHTS, ZERO_BIAS
from lrtui.book.lab.widths import WIDTHS
from lrtui.book.scenario import Trained

EXPERIMENTS: dict[str, Experiment] = {
    "same-weights": SAME_WEIGHTS,
    "zero-bias": ZERO_BIAS,
    "selu-vs-relu": SELU_VS_RELU,
    "activations": ACTIVATIONS,
    "momentum-too-high": MOMENTUM_TOO_HIGH,
    "sparse-three-ways": SPARSE_THREE_WAYS,
    "dropout-cost": DROPOUT_COST,
    "initializers": INITIALIZERS,
    "clipping": CLIPPING,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "batchnorm-placement": BATCHNORM_PLACEMENT,
    "batchnorm-permits": BATCHNORM_PERMITS,
    "regularizers": REGULARIZERS,
    "half-precision": HALF_PRECISION,
    "default-settings": DEFAULT_SETTINGS,
    "self-normalizing": SELF_NORMALIZING,
    "recipe-deep": DEEP,
    "recipe-shallow": SHALLOW,
    "recipe-self-normalizing": SELF_NORMALIZING_RECIPE,
    "recipe-sparse": SPARSE,
    "recipe-risk": RISK,
    "regularization": REGULARIZATION,
    "low-latency": LATENCY,
    "widths": WIDTHS,
}


def answer(trained: Trained) -> Answer | None:
    """Return what the study's runs say of its question; None if it is no experiment."""
    experiment = EXPERIMENTS.get(trained.result.study.experiment)
    return None if experiment is None else experiment.answer(trained)
