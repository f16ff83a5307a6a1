"""The experiments the report answers, by the name their presets give."""

from lrtui.analysis.answers.activations import ACTIVATIONS, SELU_VS_RELU
from lrtui.analysis.answers.answer import Answer
from lrtui.analysis.answers.descent import CLIPPING, MOMENTUM_TOO_HIGH, OPTIMIZERS, SCHEDULES
from lrtui.analysis.answers.experiment import Experiment
from lrtui.analysis.answers.networks import BATCHNORM_PLACEMENT, DROPOUT_COST, SPARSE_THREE_WAYS
from lrtui.analysis.answers.weights import INITIALIZERS, SAME_WEIGHTS, ZERO_BIAS
from lrtui.analysis.result import StudyResult

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
}


def answer(result: StudyResult) -> Answer | None:
    """Return what the study's runs say of its question; None where it is no experiment."""
    experiment = EXPERIMENTS.get(result.study.experiment)
    return None if experiment is None else experiment.answer(result)
