"""The columns of a saved study: name, type, unit, meaning. They are lrtui's API for polars, pandas and duckdb."""

from dataclasses import dataclass

import polars as pl

from lrtui.analysis.verdicts import Verdict
from lrtui.text import one_of


@dataclass(frozen=True)
class Column:
    """One column of a Parquet file."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str


INFERENCE_DTYPES = ("float32", "float16", "bfloat16", "int8")
"""The number formats that a network can be measured in after training."""

OUTCOME = (
    Column(
        "kept_epoch",
        pl.Int32(),
        "epoch",
        "epoch whose weights were kept: the best one where early stopping restores it, else the last",
    ),
    Column("stopped_early", pl.Boolean(), "", "whether early stopping ended the training"),
    Column("kept_val_loss", pl.Float64(), "nats", "validation loss of the weights kept, after pruning"),
    Column("kept_val_accuracy", pl.Float64(), "percent", "their validation accuracy"),
    Column("test_loss", pl.Float64(), "nats", "their mean loss on the test rows"),
    Column("test_accuracy", pl.Float64(), "percent", "their score on the test rows, as in val_accuracy"),
    Column(
        "test_top5_accuracy",
        pl.Float64(),
        "percent",
        "share of test rows (of a text: tokens) whose class is among the five likeliest; null of ten classes or fewer",
    ),
    Column(
        "test_entropy",
        pl.Float64(),
        "nats",
        "predictive entropy on the test rows, mean over rows; NaN where numbers are told",
    ),
    Column("test_seconds", pl.Float64(), "s", "wall time of one pass over the test rows"),
    Column("sparsity", pl.Float64(), "fraction", "share of all kernel weights that are exactly 0, 0 to 1"),
    Column(
        "unpruned_accuracy",
        pl.Float64(),
        "percent",
        "test accuracy before weights were pruned after training; null if none were",
    ),
    Column("mc_samples", pl.Int32(), "passes", "passes of MC dropout; it and all mc_ columns null if there were none"),
    Column("mc_accuracy", pl.Float64(), "percent", "test accuracy of the mean probabilities of those passes"),
    Column("mc_loss", pl.Float64(), "nats", "mean negative log-likelihood of the mean probabilities, test rows"),
    Column(
        "mc_sd",
        pl.Float64(),
        "",
        "standard deviation over the passes of the probability of the predicted class, mean over the test rows",
    ),
    Column("mc_entropy", pl.Float64(), "nats", "entropy of the mean probabilities, mean over the test rows"),
    Column("mc_seconds", pl.Float64(), "s", "wall time of all those passes"),
    Column(
        "folded_seconds",
        pl.Float64(),
        "s",
        "wall time of one pass over the test rows, batch normalization folded into the layer before it or the dense "
        "layer behind it, median of several; null if there is none to fold",
    ),
    Column("unfolded_seconds", pl.Float64(), "s", "the same, not folded"),
    Column("folded_difference", pl.Float64(), "", "largest absolute difference of a logit between the two"),
    *(
        Column(f"{dtype}_{name}", kind, unit, f"{meaning} {dtype}; null: not measured (inference.dtypes)")
        for dtype in INFERENCE_DTYPES
        for name, kind, unit, meaning in (
            ("bytes", pl.Int64(), "bytes", "what weights and buffers take in"),
            ("seconds", pl.Float64(), "s", "wall time of one pass over the test rows, median of several, in"),
            ("accuracy", pl.Float64(), "percent", "test accuracy with weights and inputs in"),
            ("loss", pl.Float64(), "nats", "mean loss on the test rows with weights and inputs in"),
        )
    ),
)
"""Columns of runs.parquet on what was measured once after training; null if it was not."""

VERDICT = f"{one_of([verdict.value for verdict in Verdict])}; null before epoch 1"

RUNS = (
    Column("run", pl.Int32(), "", "position in the study, from 1"),
    Column("scenario", pl.String(), "", "label shared by the replicates of one scenario"),
    Column("variant", pl.String(), "", "name of the preset's variant; null if it has none"),
    Column("model", pl.String(), "", "model.name"),
    Column("dataset", pl.String(), "", "data.name"),
    Column(
        "task",
        pl.String(),
        "",
        "task.name, which says what losses and accuracies are: of numbers (regression, reconstruction) losses are mean "
        "squared errors, and R² · 100 stands for every accuracy",
    ),
    Column("optimizer", pl.String(), "", "optim.name"),
    Column("lr", pl.Float64(), "", "learning rate: optim.lr, or what the finder chose; null until it has"),
    Column("lr_found", pl.Boolean(), "", "whether the finder chooses it: optim.lr is find"),
    Column("batch_size", pl.Int32(), "rows", "train.batch_size"),
    Column(
        "chance_loss",
        pl.Float64(),
        "nats",
        "the loss of a network that knows nothing: ln of the number of classes or tokens, of numbers their variance over the "
        "training rows",
    ),
    Column("replicate", pl.Int32(), "", "position among the replicates of its scenario, from 1"),
    Column(
        "seed",
        pl.Int64(),
        "",
        "seed of all that is drawn for the run: initialization, shuffling, dropout, MC dropout, the finder",
    ),
    Column(
        "status",
        pl.String(),
        "",
        "waiting, running, done, stopped, skipped, failed, interrupted or elsewhere (another shard trains it)",
    ),
    Column("verdict", pl.String(), "", VERDICT),
    Column("epochs", pl.Int32(), "epochs", "epochs finished"),
    Column(
        "final_val_accuracy",
        pl.Float64(),
        "percent",
        "validation accuracy of the weights kept after training (kept_val_accuracy); until there are such, of those that would "
        "be kept now; null if the network gave no numbers",
    ),
    Column("best_val_accuracy", pl.Float64(), "percent", "highest validation accuracy after any epoch from 1 on"),
    Column("best_epoch", pl.Int32(), "epoch", "first epoch with that accuracy"),
    Column("final_val_loss", pl.Float64(), "nats", "validation loss, of the same weights; NaN and inf kept"),
    Column(
        "end_val_loss", pl.Float64(), "nats", "median validation loss of the last three epochs; NaN if one of them is"
    ),
    Column("best_val_loss", pl.Float64(), "nats", "lowest validation loss after any epoch from 1 on"),
    Column("best_val_loss_epoch", pl.Int32(), "epoch", "first epoch with that loss"),
    Column(
        "settling_epoch",
        pl.Int32(),
        "epoch",
        "first epoch from which the validation loss stays near its end; null unless the verdict is settled",
    ),
    Column(
        "stable_epoch",
        pl.Int32(),
        "epoch",
        "first epoch from 2 on whose validation loss differs by less than 1 % from the one before, as the paper words it; 2 if "
        "the rate is so small that nothing moves",
    ),
    Column(
        "convergence_epoch",
        pl.Int32(),
        "epoch",
        "first of three such epochs in a row, at 0.9 of the loss before training or less; null: did not converge, or knows "
        "nothing at the end",
    ),
    Column(
        "fluctuation",
        pl.Float64(),
        "fraction",
        "share of the validation loss's movement that is upward, 0 to 1; finite losses only",
    ),
    Column(
        "worst_jump",
        pl.Float64(),
        "fraction",
        "largest relative rise of the validation loss in one epoch; negative: it fell in every one",
    ),
    Column("diverged_at", pl.Int32(), "epoch", "epoch of the divergence; null: did not diverge"),
    Column("seconds", pl.Float64(), "s", "wall time of all finished epochs, validation and health included"),
    Column("seconds_per_epoch", pl.Float64(), "s", "its mean over the epochs from 1 on"),
    Column(
        "seconds_to_best",
        pl.Float64(),
        "s",
        "wall time until kept_epoch where early stopping restores it, else until best_val_loss_epoch",
    ),
    *OUTCOME,
    Column(
        "run_key",
        pl.String(),
        "",
        "32 hexadecimal digits, the same for runs of the same numbers: settings, seed, data, torch, "
        "kind of device and its instruction set, threads; null if that is not known",
    ),
    Column(
        "reused_from",
        pl.String(),
        "",
        "id of the study that trained the run, if it was taken over; its seconds were measured there; null: trained here",
    ),
    Column(
        "continued_from",
        pl.String(),
        "",
        "id of the study that trained its first epochs, if it goes on from there; null: it began here",
    ),
    Column("message", pl.String(), "", "why the run failed; null: it did not, or it was saved by an earlier version"),
)
"""Columns of runs.parquet. One column per other swept key follows, under its dotted name (String for lists)."""

OUTCOMES = (RUNS[0], *OUTCOME)
"""Columns of the part file that holds a run's outcome until `runs.parquet` does."""

EPOCHS = (
    Column("run", pl.Int32(), "", "position in the study, from 1"),
    Column("epoch", pl.Int32(), "epoch", "epochs trained so far; 0 is before training"),
    Column(
        "train_loss",
        pl.Float64(),
        "nats",
        "mean loss over the epoch's batches, each before its step, without penalties; epoch 0: evaluated",
    ),
    Column(
        "train_accuracy", pl.Float64(), "percent", "training accuracy, measured like train_loss; null if that is NaN"
    ),
    Column("val_loss", pl.Float64(), "nats", "mean loss on the validation rows; NaN and inf kept"),
    Column(
        "val_accuracy",
        pl.Float64(),
        "percent",
        "share of validation rows classified correctly, of a text of tokens; of numbers R² · 100, which may be below 0",
    ),
    Column("lr", pl.Float64(), "", "learning rate used in the epoch (its last step)"),
    Column("momentum", pl.Float64(), "", "momentum β (Adam family: β₁) used in the epoch; 0 if there is none"),
    Column(
        "grad_norm",
        pl.Float64(),
        "",
        "mean L2 norm of the gradient, penalties' included, before clipping, over up to 32 batches; null at epoch 0",
    ),
    Column("seconds", pl.Float64(), "s", "wall time of the epoch, validation, health and curvature included"),
    Column("lr_first", pl.Float64(), "", "learning rate of the epoch's first step; null if it was that of the last"),
    Column("momentum_first", pl.Float64(), "", "momentum of its first step; null if it was that of the last"),
)
"""Columns of epochs.parquet."""

LAYERS = (
    Column("run", pl.Int32(), "", "position in the study, from 1"),
    Column("epoch", pl.Int32(), "epoch", "epochs trained so far; 0 is before training"),
    Column("layer", pl.Int32(), "", "position in the network, from 1 at the input; the last is the output layer"),
    Column("name", pl.String(), "", "dense 3, conv 1, lstm 1 recurrent, block 2 qkv, output; step 5 of a time step"),
    Column("units", pl.Int32(), "units", "units of a dense layer, channels of a convolution, rows of any other kernel"),
    Column("activation_mean", pl.Float64(), "", "mean over rows and units of what the layer hands on; of the logits"),
    Column("activation_sd", pl.Float64(), "", "its standard deviation"),
    Column(
        "dead",
        pl.Float64(),
        "fraction",
        "share of units that are positive for no row of the batch; null outside the ReLU family",
    ),
    Column(
        "saturated",
        pl.Float64(),
        "fraction",
        "share of outputs within 0.01 of a bound of logistic or tanh; null with other activations",
    ),
    Column(
        "distinct_units",
        pl.Int32(),
        "units",
        "units whose incoming weights differ, each group of equals counted once; null of a time step",
    ),
    Column(
        "gradient_rms",
        pl.Float64(),
        "",
        "root mean square of the loss's gradient with respect to the kernel; of a time step, of the gradient of a row's own "
        "loss with respect to the state there, of an LSTM to its cell",
    ),
    Column(
        "update_ratio",
        pl.Float64(),
        "",
        "norm of the last step's change of the kernel over the kernel's norm; null before the first step, and of a time step",
    ),
    Column(
        "step",
        pl.Int32(),
        "",
        "time step of a recurrent layer, from 1, in rows behind that of its state's kernel; null in rows of layers",
    ),
)
"""Columns of layers.parquet."""

CURVATURE = (
    Column("run", pl.Int32(), "", "position in the study, from 1"),
    Column("epoch", pl.Int32(), "epoch", "epochs trained so far; 0 is before training"),
    Column("lr", pl.Float64(), "", "learning rate in use: of the epoch's last step, at epoch 0 of the first"),
    Column(
        "loss",
        pl.Float64(),
        "nats",
        "loss of the fixed batch of curvature.images training rows, without noise, penalties included; NaN and inf kept",
    ),
    Column(
        "critical_lr",
        pl.Float64(),
        "",
        "largest rate at which a step along the optimizer's update still lowers that loss; 2 / critical_lr is the critical "
        "sharpness. 0: none does, the update goes uphill; inf: no rate raises it; null: the loss is not finite, or moves by less "
        "than its rounding",
    ),
    Column("passes", pl.Int32(), "passes", "forward passes that the search for it took"),
    Column(
        "sharpness",
        pl.Float64(),
        "",
        "largest eigenvalue λ of that loss's Hessian, by power iteration; plain gradient descent takes rates up to 2/λ. "
        "null if curvature.sharpness is false",
    ),
    Column(
        "gradient_square",
        pl.Float64(),
        "",
        "estimate of |G|², the squared norm of the gradient over all training rows, without penalties; it has no bias, so "
        "that it may be negative",
    ),
    Column(
        "gradient_variance",
        pl.Float64(),
        "",
        "estimate of tr Σ, the summed variance of the components of one row's gradient, from batches of two sizes",
    ),
    Column(
        "noise_scale",
        pl.Float64(),
        "",
        "simple gradient noise scale in rows, tr Σ / |G|², both smoothed over the run's measurements by curvature.smoothing: "
        "batches much smaller are mostly noise, much larger ones waste rows; null while the smoothed |G|² is not above 0",
    ),
)
"""Columns of curvature.parquet."""

FINDER = (
    Column("run", pl.Int32(), "", "the run, of its scenario the first to be trained, that it was made with"),
    Column("scenario", pl.String(), "", "the scenario it was made for"),
    Column("iteration", pl.Int32(), "", "step of the range test, from 1"),
    Column("lr", pl.Float64(), "", "learning rate of the step"),
    Column("loss", pl.Float64(), "nats", "loss of the step's batch, before the step"),
    Column("smoothed", pl.Float64(), "nats", "the loss, exponentially weighted and bias-corrected"),
    Column(
        "low",
        pl.Float64(),
        "nats",
        "lowest smoothed loss of finder.seeds seeds, of which loss is the mean; null: one seed",
    ),
    Column("high", pl.Float64(), "nats", "highest of them"),
    Column("valley", pl.Float64(), "", "suggestion, the same in every row of a range test; null if it gives none"),
    Column("steepest", pl.Float64(), "", "suggestion"),
    Column("minimum_tenth", pl.Float64(), "", "suggestion"),
    Column("chosen", pl.Float64(), "", "the suggestion that finder.choose names, else the next best"),
    Column("doubt", pl.String(), "", "why there is no suggestion, or why it is not to be trusted; empty: it is"),
)
"""Columns of finder.parquet."""

RESOURCES = (
    Column("at", pl.Datetime("ms", "UTC"), "", "when the sample was taken"),
    Column(
        "seconds",
        pl.Float64(),
        "s",
        "how long it speaks of, before that: about 1; of a long study neighbours are made one, older and newer alike, so that "
        "there are no more than 7,200 rows: figures are means then, those of memory the largest",
    ),
    Column(
        "cpu",
        pl.Float64(),
        "% of a core",
        "what the study's processes on this machine took, screen and all; 200 is two cores. Lanes on a Ray cluster are not in it",
    ),
    Column("machine_cpu", pl.Float64(), "% of all cores", "what was busy on the machine, with whatever"),
    Column("memory", pl.Int64(), "bytes", "resident in the study's processes; what they share counts for each"),
    Column("machine_memory", pl.Int64(), "bytes", "in use on the machine, or in the container if that has a limit"),
    Column("machine_memory_total", pl.Int64(), "bytes", "what the machine has, or the container's limit"),
    Column(
        "gpu",
        pl.Int32(),
        "",
        "NVIDIA's number of a GPU that trains; null if none is measured, else there is a row for each",
    ),
    Column("gpu_uuid", pl.String(), "", "its UUID, or that of the MIG instance"),
    Column("gpu_utilization", pl.Float64(), "percent", "share of the time in which anything ran on it"),
    Column("gpu_memory", pl.Int64(), "bytes", "in use on it, by whomever"),
    Column("gpu_memory_total", pl.Int64(), "bytes", "what it has"),
    Column("gpu_power", pl.Float64(), "W", "power it draws; of a MIG instance, its card"),
    Column("gpu_temperature", pl.Float64(), "°C", "its temperature; of a MIG instance, its card's"),
)
"""Columns of resources.parquet."""

_COORDINATES = ("scenario", "variant", "model", "dataset", "optimizer", "lr", "lr_found", "batch_size")
SCENARIO_COORDINATES = tuple(column for column in RUNS if column.name in _COORDINATES)
"""The columns that a scenario's runs have in common, besides the other swept keys."""

SPREAD = {
    "test_accuracy": "percent",
    "test_top5_accuracy": "percent",
    "mc_accuracy": "percent",
    "kept_epoch": "epochs",
    "sparsity": "fraction",
    "seconds_per_epoch": "s",
    "seconds_to_best": "s",
}
"""Columns of RUNS with a mean and a standard deviation in a scenario's row under their own name, and its unit."""

SCENARIOS = (
    *SCENARIO_COORDINATES,
    Column("n", pl.Int32(), "runs", "replicates that are done: the statistics are over these"),
    Column("unfinished", pl.Int32(), "runs", "replicates with at least one epoch that are not done"),
    Column("waiting", pl.Int32(), "runs", "replicates without a finished epoch; of a shard, its own"),
    Column("epochs", pl.Int32(), "epochs", "fewest epochs of a counted replicate"),
    Column("epochs_mean", pl.Float64(), "epochs", "mean of epochs"),
    Column("val_accuracy_mean", pl.Float64(), "percent", "mean of final_val_accuracy"),
    Column("val_accuracy_sd", pl.Float64(), "points", "its sample standard deviation (n - 1); null for one replicate"),
    Column("best_val_accuracy_mean", pl.Float64(), "percent", "mean of best_val_accuracy"),
    Column("best_val_accuracy_sd", pl.Float64(), "points", "its sample standard deviation"),
    Column("final_val_loss_mean", pl.Float64(), "nats", "mean of final_val_loss; NaN if one is"),
    Column("best_val_loss_mean", pl.Float64(), "nats", "mean of best_val_loss"),
    Column("best_val_loss_epoch_mean", pl.Float64(), "epoch", "mean of best_val_loss_epoch"),
    Column("convergence_epoch_median", pl.Float64(), "epoch", "median over those that converged; null: none did"),
    Column("settling_epoch_median", pl.Float64(), "epoch", "median over those that settled; null: none did"),
    Column("stable_epoch_median", pl.Float64(), "epoch", "median of stable_epoch; null: none has one"),
    Column("converged", pl.Int32(), "runs", "replicates with a convergence_epoch"),
    *(Column(verdict.value, pl.Int32(), "runs", f"replicates whose verdict is {verdict.value}") for verdict in Verdict),
    Column("fluctuation_mean", pl.Float64(), "fraction", "mean of fluctuation"),
    Column("worst_jump_mean", pl.Float64(), "fraction", "mean of worst_jump"),
    Column("verdict", pl.String(), "", "the verdict all share, else how many had which: `2 settled, 1 diverged`"),
    Column("seconds_mean", pl.Float64(), "s", "mean of seconds"),
    *(
        Column(f"{name}_{statistic}", pl.Float64(), unit, f"{words} of {name}")
        for name, unit in SPREAD.items()
        for statistic, words in (("mean", "mean"), ("sd", "sample standard deviation"))
    ),
    *(column for column in RUNS if column.name == "task"),
)
"""Columns of a table with one row per scenario. Other swept keys stand after the coordinates."""


LATER = frozenset(
    {
        "variant",
        "lr_found",
        "task",
        "chance_loss",
        "end_val_loss",
        "settling_epoch",
        "stable_epoch",
        "best_val_loss",
        "best_val_loss_epoch",
        "seconds_per_epoch",
        "seconds_to_best",
        "lr_first",
        "momentum_first",
        "low",
        "high",
        "doubt",
        "run_key",
        "reused_from",
        "continued_from",
        "message",
        "step",
        *(column.name for column in OUTCOME),
    }
)
"""Columns that studies saved by the first version lack; in them they are null."""


FILLED = frozenset(
    {
        *(
            "run",
            "scenario",
            "model",
            "dataset",
            "optimizer",
            "lr_found",
            "batch_size",
            "replicate",
            "seed",
            "status",
            "epochs",
        ),
        *("epoch", "train_loss", "val_loss", "momentum", "seconds"),
        *("layer", "name", "units", "activation_mean", "activation_sd", "gradient_rms"),
        *("iteration", "loss", "smoothed", "passes"),
    }
)
"""Columns that are null in no row of runs, epochs, layers, curvature or finder.parquet."""

TOGETHER = {
    "kept_epoch": ("stopped_early", "kept_val_loss", "test_loss", "test_entropy", "test_seconds", "sparsity"),
    "mc_samples": ("mc_loss", "mc_sd", "mc_entropy", "mc_seconds"),
    "folded_seconds": ("unfolded_seconds", "folded_difference"),
    **{f"{dtype}_bytes": (f"{dtype}_seconds", f"{dtype}_loss") for dtype in INFERENCE_DTYPES},
}
"""Columns of an outcome that are null together with others: where the first is not, they are not either."""

BOUNDS: dict[str, tuple[float, float | None]] = {
    "percent": (0.0, 100.0),
    **dict.fromkeys(("s", "epoch", "epochs", "units", "rows", "passes", "bytes"), (0.0, None)),
}
"""Between what the figures of a unit lie: lowest and highest; NaN is a figure like others."""


def swept(runs: pl.DataFrame) -> list[str]:
    """Return the names of a run table's columns of other swept keys."""
    standard = {column.name for column in RUNS}
    return [name for name in runs.columns if name not in standard]


def schema(columns: tuple[Column, ...]) -> dict[str, pl.DataType]:
    """Return the polars schema of `columns`."""
    return {column.name: column.dtype for column in columns}


def empty(columns: tuple[Column, ...]) -> pl.DataFrame:
    """Return a table of `columns` without rows."""
    return pl.DataFrame(schema=schema(columns))


def reference_markdown() -> str:
    """Return docs/columns.md: every column with its type, unit and meaning."""
    tables = (
        ("runs.parquet", "One row per run. One column per other swept key follows, under its dotted name.", RUNS),
        ("epochs.parquet", "One row per run and epoch.", EPOCHS),
        (
            "layers.parquet",
            "One row per run, epoch and layer, measured on a fixed batch where `health.measure` is true; else there is no "
            "such file.",
            LAYERS,
        ),
        (
            "curvature.parquet",
            "One row per run and epoch after which the loss around the weights was measured, where `curvature.measure` is true; "
            "else there is no such file.",
            CURVATURE,
        ),
        (
            "finder.parquet",
            "One row per range test and step, where a learning rate was searched; else there is no such file.",
            FINDER,
        ),
        (
            "resources.parquet",
            "One row per second of training, and per GPU if it trains on some and `lrtui[gpu]` is installed: what was in use of "
            "the machine. Studies shorter than a second, merged ones and those of versions before 0.4 have no such file, and "
            "none needs it.",
            RESOURCES,
        ),
        (
            "scenarios",
            "One row per scenario, in `lrtui table` and in `scenarios` of the JSON documents, which hold the columns that say "
            "something; other swept keys stand after the coordinates.",
            SCENARIOS,
        ),
    )
    lines = [
        "# The columns of a saved study",
        "",
        "Parquet files of a study's folder, and what tables are made of. Rows of data are images, rows of a table or stretches "
        "of a text. Accuracies are percent, losses mean cross-entropy in nats, of a text per token; where numbers are told "
        "(regression, reconstruction) R² · 100 stands for every accuracy, and losses are mean squared errors, which have no "
        "unit, of regression in units of the label's variance: `task` tells them apart. Label smoothing and weights of classes "
        "are in the loss that is minimized, and in no loss here but that of range tests. What is not there is null. "
        "Verdicts and what goes with them are judged anew, by the rules of the version that reads, when a study is opened.",
        "",
        "CSV, JSON and Parquet of `lrtui table` hold figures in full precision, and what was changed of the preset: in JSON "
        "under `changed`, else in a last column of that name. In CSV, text that a reader might take for something else (`nan`, "
        "`2016-08-04`, `=1+1`) has an apostrophe before it, which is not part of it; lists are written `[64, 32]`.",
    ]
    for title, text, columns in tables:
        lines += ["", f"## {title}", "", text, "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [f"| `{one.name}` | {one.dtype} | {one.unit} | {one.meaning} |" for one in columns]
    return "\n".join(lines) + "\n"
