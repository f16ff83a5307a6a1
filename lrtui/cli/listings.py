"""What the listing commands print: presets, a resolved preset, saved studies, data sets."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtui.cli.how import How
from lrtui.cli.output import as_json_text, terminal_width
from lrtui.errors import InputError
from lrtui.study import locate, preset
from lrtui.study.beginnings import beginnings
from lrtui.study.problems import PresetError
from lrtui.study.spec import STANDARD_COORDINATES, Study
from lrtui.text import count, literal, shown_rate, shown_value, wrap

if TYPE_CHECKING:
    from lrtui.store.catalogue import StudySummary
    from lrtui.store.cost import Cost


def presets_text(folder: str = "") -> str:
    """Return every preset with the number of its runs and its title; a broken one with its first error.

    Of one folder (or preset) each has its question below. Raises InputError if there is none of that name.
    """
    found = _presets(folder)
    rows = [(row["name"], str(row.get("runs", "")), str(row.get("error") or row["title"])) for row in found]
    table = _columns(("PRESET", "RUNS", "TITLE"), rows, right={1})
    if not folder:
        return table
    head, *lines = table.split("\n")
    width = terminal_width()
    asked = [wrap(literal(row.get("question", "")), width and width - 2) for row in found]
    told = [text for line, question in zip(lines, asked, strict=True) for text in (line, *_indented(question))]
    return "\n".join([head, *told])


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def presets_json(folder: str = "") -> str:
    """Return the same as one JSON list."""
    return as_json_text(_presets(folder))


def _presets(folder: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    known = [*locate.shipped(), *locate.own()]
    name = folder.rstrip("/")
    offered = [found for found in known if not name or found.name == name or found.name.startswith(f"{name}/")]
    if not offered:
        folders = list(dict.fromkeys(found.name.rpartition("/")[0] for found in known if "/" in found.name))
        raise InputError(f"{literal(folder)}: no folder of presets; there are {', '.join(map(literal, folders))}")
    for found in offered:
        row: dict[str, Any] = {"name": found.name, "origin": found.origin}
        try:
            study = preset.load_file(found.path, found.name)
            row |= {
                "title": study.title,
                "source": study.source,
                "question": study.question,
                "scenarios": len(study.scenarios),
                "runs": len(study.runs),
            }
        except PresetError as error:
            row |= {"title": "", "error": str(error.problems[0])}
        rows.append(row | {"path": str(found.path)})
    return rows


def cost_of(study: Study, runs_dir: Path, how: How) -> "Cost":
    """Return what training a study will cost, as far as earlier studies tell."""
    from lrtui.store.cost import estimate

    return estimate(study, runs_dir, kind=how.device, lanes=how.lanes)


def study_json(study: Study, how: How, cost: "Cost") -> str:
    """Return the resolved preset, its runs, and how they would be trained, as one JSON object."""
    return as_json_text(
        {
            "name": study.name,
            "title": study.title,
            "hash": study.hash,
            "preset": study.resolved,
            "scenarios": list(study.scenarios),
            "runs": [
                {
                    "run": spec.run,
                    "scenario": spec.scenario,
                    "variant": spec.variant or None,
                    "model": spec.model,
                    "dataset": spec.dataset,
                    "optimizer": spec.optimizer,
                    "lr": None if spec.finds_lr else spec.lr,
                    "batch_size": spec.batch_size,
                    "epochs": spec.epochs,
                    "seed": spec.seed,
                }
                for spec in study.runs
            ],
            "advice": list(study.advice),
            "begins_with": beginnings(study.runs),
            "engine": how.as_dict(),
            "cost": {**asdict(cost), "studies": list(cost.studies)},
        }
    )


def study_text(study: Study, how: How, cost: "Cost") -> str:
    """Return the resolved preset as TOML, the runs it expands to, and how they would be trained."""
    variants = any(spec.variant for spec in study.runs)
    keys = [key for key in study.swept_keys if key not in STANDARD_COORDINATES]
    rows = [
        (
            str(spec.run), *([spec.variant] if variants else []), spec.model, spec.dataset, spec.optimizer,
            "find" if spec.finds_lr else shown_rate(spec.lr), str(spec.batch_size), str(spec.epochs),
            *(shown_value(value) for _, value in spec.other_swept), str(spec.seed),
        )
        for spec in study.runs
    ]  # fmt: skip
    named = ("VARIANT",) if variants else ()
    header = ("RUN", *named, "MODEL", "DATA", "OPTIMIZER", "LR", "BATCH", "EPOCHS", *keys, "SEED")
    runs = f"# {count(len(study.runs), 'run')} in {count(len(study.scenarios), 'scenario')}"
    if study.searches:
        runs += f", of which a search trains {study.budget} at most"
    table = _columns(header, rows, right={0, *(header.index(name) for name in ("LR", "BATCH", "EPOCHS", "SEED"))})
    commented = "\n".join(f"# {line}" for line in table.splitlines())
    toml = "\n".join(literal(line) for line in preset.resolved_toml(study).rstrip().split("\n"))
    advice = "".join(f"\n# warning: {literal(sentence)}" for sentence in study.advice)
    begun = "".join(f"\n# {literal(line)}" for line in beginnings(study.runs))
    trained = "\n".join(f"# {line}" for line in how.text.splitlines())
    told = f"{runs}{begun}{advice}\n{commented}"
    return f"{toml}\n\n{told}\n# trained by {trained.removeprefix('# ')}\n# costs {literal(cost.text)}"


def studies_text(studies: Sequence["StudySummary"], runs_dir: Path) -> str:
    """Return the saved studies, newest first."""
    if not studies:
        return f"no studies under {literal(str(runs_dir))}"
    rows = [
        (
            study.id,
            f"{study.started.astimezone():%Y-%m-%d %H:%M}",
            study.kind,
            study.status.value,
            f"{study.runs_done}/{study.runs_total}",
            study.winner,
            ", ".join([*study.changed, *([f"shard {study.shard}"] if study.shard else [])]),
            ", ".join(study.tags),
            study.device,
            study.title,
        )
        for study in studies
    ]
    header = ("STUDY", "STARTED", "KIND", "STATUS", "DONE", "WINNER", "CHANGED", "TAGS", "DEVICE", "TITLE")
    return _columns(header, rows, right={4})


def studies_json(studies: Sequence["StudySummary"]) -> str:
    """Return the same as one JSON list."""
    return as_json_text(
        [
            {
                "id": study.id,
                "name": study.name,
                "title": study.title,
                "kind": study.kind,
                "status": study.status.value,
                "started": study.started.isoformat(),
                "runs_done": study.runs_done,
                "runs_total": study.runs_total,
                "changed": list(study.changed),
                "reused": study.reused,
                "shard": study.shard or None,
                "winner": study.winner or None,
                "leaders": [
                    {"model": pair.model, "dataset": pair.dataset, "won": pair.won, "scenarios": list(pair.labels)}
                    for pair in study.leaders
                ],
                "tags": list(study.tags),
                "note": study.note,
                "device": study.device,
                "path": str(study.path),
            }
            for study in studies
        ]
    )


def data_text(data_dir: Path) -> str:
    """Return which data sets are under `data_dir`, and for those that are not, what to do."""
    from lrtui.data.catalogue import status

    datasets = status(data_dir)
    rows = [
        (
            found.name,
            "present" if found.present else "absent",
            f"{found.train_count:,}/{found.val_count:,}" if found.train_count else "",
            f"{found.bytes / 2**20:.1f} MiB" if found.bytes else "",
            found.where if found.present else f"`lrtui data fetch {found.name}` downloads it",
        )
        for found in datasets
    ]
    table = _columns(("DATA", "", "TRAIN/VAL", "SIZE", "WHERE"), rows, right={2, 3})
    notes = [f"{found.name}: {literal(found.note)}" for found in datasets if found.bytes and found.note]
    return "\n".join([f"data folder: {literal(str(data_dir))}", table, *notes])


def _columns(header: Sequence[str], rows: Iterable[Sequence[str]], right: set[int]) -> str:
    """Return aligned columns; on a terminal a line is cut at its width."""
    cells = [tuple(header), *(tuple(literal(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    width = terminal_width() or sys.maxsize

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.rjust(widths[index]) if index in right else cell.ljust(widths[index]) for index, cell in enumerate(row)
        ]
        text = "  ".join(padded).rstrip()
        return text if len(text) <= width else text[: width - 1] + "…"

    return "\n".join(line(row) for row in cells)
