"""What a test and an interval are worth when years depend on each other: size and coverage.

For each column of a list, outcomes are drawn on its real rows, roll-out, controls and matrix (see
``drawn_outcomes``), with a declared autocorrelation and the size of the column's residual, and the
column is estimated on them as it stands. Size is the share of draws with p ≤ 0.05 where
β = θ = 0. Coverage is the share of 95 % intervals that hold the truth: under β = θ = 0 too where
the estimator is linear in y, so that a constant effect shifts estimate and interval alike; for a
spatial model under the β and θ fitted to the data.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description, Specification
from pilotzone.engine.design import Result
from pilotzone.engine.drawn_outcomes import Drawn, counted
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.effects import effects_at
from pilotzone.panels.store import Store

ALPHA = 0.05
# Terms with a p-value that are judged, besides those of the treatment.
JUDGED = ("overall", "event", "horizon", "test")
BAND = "band"
EFFECTS = ("direct", "indirect", "total")
# What is found of each judged term: draws that reject, intervals that hold the truth.
Found = dict[str, dict[str, list[float]]]


def inference_audit(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return size and coverage of each column's terms.

    Columns of one panel meet the same noise, so that they differ by their inference alone. A draw
    that a column cannot estimate is counted in ``failed`` and in no share.

    Raises
    ------
    UserError
        If a column has nothing to judge in any draw.
    """
    from pilotzone.engine import estimator_of

    tables = []
    for spec in description.columns:
        column = Drawn.of(spec, store)
        tables.append(_audited(column, estimator_of(spec), store, description))
    return {"": pd.concat(tables, ignore_index=True)}


def _audited(
    column: Drawn, estimator: Callable[..., Result], store: Store, description: Description
) -> pd.DataFrame:
    """Return a row for each judged term."""
    spec, phi = column.data.spec, float(description.option("autocorrelation"))
    worlds = ("null", "fitted") if column.spatial else ("null",)
    found: Found = {}
    failed = 0
    for draw in counted(description, spec):
        noise = column.scale * column.noise(description.seed, draw, phi)
        for world in worlds:
            effects = _fitted(column) if world == "fitted" else (0.0, 0.0)
            data = column.design(column.outcome(noise, *effects), description.seed + draw)
            try:
                result = estimator(data, store)
            except (NotIdentified, UserError):
                failed += 1
                continue
            _judge(column, result, world, worlds[-1], found)
    if not found:
        raise UserError(
            f"the audit of {spec.estimator} by {spec.inference.id} on {spec.treatment}: "
            "no draw gives a p-value or an interval"
        )
    names = list(found)
    shares = {
        what: [np.mean(found[term][what]) if found[term][what] else np.nan for term in names]
        for what in ("size", "coverage")
    }
    counts = {"autocorrelation": phi, "draws": description.draws, "failed": failed}
    return pd.DataFrame({**_place(spec), "term": names, **shares, **counts})


def _fitted(column: Drawn) -> tuple[float, float]:
    """Return β and θ as fitted to the data, 0 where the model has none."""
    name = column.data.spec.treatment
    beta, theta = (column.spatial.coefficient(term) for term in (name, f"W:{name}"))
    return float(np.nan_to_num(beta)), float(np.nan_to_num(theta))


def _truth(column: Drawn, term: str, world: str) -> float:
    """Return the true value of a term: 0, but for ρ and in the fitted world."""
    if column.spatial is None:
        return 0.0
    name, fitted = column.data.spec.treatment, column.spatial
    if term in ("rho", "lambda"):
        return fitted.coefficient(term)
    if world == "null":
        return 0.0
    kind, _, of = term.partition(":")
    if kind in EFFECTS and of == name:
        at = fitted.x_names.index(name)
        whole = effects_at(fitted, column.weights, fitted.coefficients[None])[0]
        return float(whole[EFFECTS.index(kind), at])
    return fitted.coefficient(term)


def _judge(column: Drawn, result: Result, world: str, covered: str, found: Found) -> None:
    """Add what a draw says of each judged term."""
    rows, nothing = result.terms, [np.nan] * len(result.terms)
    numbers = (rows.get(name, nothing) for name in ("p_value", "ci_low", "ci_high"))
    for term, p_value, low, high in zip(rows["term"], *numbers, strict=True):
        if not _judged(term, column.data.spec.treatment) or not np.isfinite(p_value):
            continue
        kept = found.setdefault(term, {"size": [], "coverage": []})
        if world == "null" and term not in ("rho", "lambda"):
            kept["size"].append(float(p_value <= ALPHA))
        if world == covered and np.isfinite([low, high]).all():
            kept["coverage"].append(float(low <= _truth(column, term, world) <= high))
    bands = result.parts.get("bands")
    if bands is not None and len(bands) and world == covered:
        inside = (bands["ci_low"] <= 0) & (bands["ci_high"] >= 0)
        found.setdefault(BAND, {"size": [], "coverage": []})["coverage"].append(inside.all())


def _judged(term: str, treatment: str) -> bool:
    kind, _, of = term.partition(":")
    own = term == treatment or (of == treatment and kind in ("W", *EFFECTS))
    grouped = term.removeprefix("difference:").startswith(f"{treatment}#")
    return own or grouped or term in ("rho", "lambda") or kind in JUDGED


def _place(spec: Specification) -> dict[str, str]:
    """Return what names a column of the audit."""
    return {
        "panel": spec.rows.panel,
        "treatment": spec.treatment,
        "estimator": spec.estimator,
        "effects": spec.effects,
        "correction": str(spec.chosen("correction") or "none"),
        "grouping": spec.grouping,
        "inference": spec.inference.name,
        "cluster": spec.inference.cluster or "none",
    }
