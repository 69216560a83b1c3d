"""What a column declares of its inference against what the models file says was computed."""

from collections.abc import Iterator

import pandas as pd

from pilotzone.audit.project import Project, read
from pilotzone.audit.report import Check
from pilotzone.catalogue import Specification
from pilotzone.catalogue.columns import by_id
from pilotzone.errors import UserError
from pilotzone.estimates import number_text


def checks(project: Project) -> list[Check]:
    """Return the check of inference, draws and seed of every identified column."""
    found, compared = [], 0
    for exhibit_id, (exhibit, _) in project.exhibits.items():
        if not exhibit.columns:
            continue
        try:
            models = read(project.estimates / f"{exhibit_id}.models.csv")
        except UserError as error:
            found.append(str(error))
            continue
        identified = models[models["identified"] == "yes"].set_index("column")
        specs = by_id(exhibit)
        for column, row in identified.iterrows():
            place = f"{exhibit_id}: {column}"
            if column in specs:
                compared += 1
                found += [f"{place}: {text}" for text in _differing(specs[column], row)]
            else:
                found.append(f"{place}: the exhibit declares no such column")
    summary, size = "kind and clusters, draws, seed", f"{compared} identified columns"
    name = "declared inference against computed"
    return [Check("consistency", name, summary, tuple(found), size, compared)]


def _differing(spec: Specification, row: pd.Series) -> Iterator[str]:
    """Give the fields of a model row that are not as declared."""
    wanted = {
        "inference": spec.inference.computed,
        "draws": _text(spec.inference.draws),
        "seed": _text(spec.inference.seed),
    }
    for name, declared in wanted.items():
        there = _text(row[name])
        if there != declared:
            yield f"{name} declared as {declared or 'empty'}, computed as {there or 'empty'}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else number_text(value)
