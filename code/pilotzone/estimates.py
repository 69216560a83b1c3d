"""The files under ``output/estimates``: schemas, rows, reading and writing.

Every number of the project passes through here, so that the statistic, the p-value and the
interval are derived from an estimate and its error in one place.
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.errors import UserError

DIGITS = 12
RTOL, ATOL = 1e-8, 1e-12
LEVEL = 0.95


@dataclasses.dataclass(frozen=True)
class Schema:
    """Columns of one kind of file.

    Attributes
    ----------
    keys : tuple of str
        Columns that identify a row; text or whole numbers, never empty.
    text, numbers : tuple of str
        The other columns in order of appearance; both may be empty cells.
    order : tuple of str
        All columns as written.
    """

    keys: tuple[str, ...]
    order: tuple[str, ...]
    numbers: tuple[str, ...]


def _schema(keys: str, rest: str, numbers: str) -> Schema:
    return Schema(tuple(keys.split()), (*keys.split(), *rest.split()), tuple(numbers.split()))


ESTIMATES = _schema(
    "exhibit column term",
    "role outcome estimate std_error statistic distribution df p_value ci_low ci_high draws",
    "estimate std_error statistic p_value ci_low ci_high draws",
)
# The documented order puts role and outcome before the term.
ESTIMATES = dataclasses.replace(
    ESTIMATES,
    order=("exhibit", "column", "role", "outcome", "term", *ESTIMATES.order[5:]),
)
MODELS = _schema(
    "exhibit column",
    "estimator sample outcome treatment controls fixed_effects inference weights first_year "
    "last_year nobs n_units n_periods n_clusters n_treated n_dropped r2 r2_within rho loglik "
    "reference seed draws identified reason spec_sha256",
    "first_year last_year nobs n_units n_periods n_clusters n_treated n_dropped r2 r2_within rho "
    "loglik seed draws",
)
DESCRIPTIVE = {
    "index_weights": _schema("variant indicator", "weight", "weight"),
    "index_weights.rebuilt": _schema("variant indicator", "weight", "weight"),
    "index_weights.system": _schema("indicator", "element sign formula position", "position"),
    "index_summary": _schema("variant year statistic", "value", "year value"),
    "index_summary.ranks": _schema("variant year province_code", "value rank", "year value rank"),
    "descriptives": _schema(
        "sample variable", "nobs mean sd min median max", "nobs mean sd min median max"
    ),
    "rollout": _schema(
        "timing year", "first_treated treated untreated", "year first_treated treated untreated"
    ),
    "rollout.cohorts": _schema(
        "timing cohort",
        "n_units units last_untreated_year",
        "cohort n_units last_untreated_year",
    ),
    "rollout.group_time": _schema(
        "timing cohort year",
        "n_treated n_controls identified reason",
        "cohort year n_treated n_controls",
    ),
    "design_audit": _schema(
        "design estimator", "truth bias sd size power draws", "truth bias sd size power draws"
    ),
    "moran": _schema("outcome weights year statistic", "value p_value", "year value p_value"),
    "moran.local": _schema(
        "outcome weights year unit",
        "standardised lag value quadrant p_value p_adjusted",
        "year standardised lag value p_value p_adjusted",
    ),
    "index": _schema("variant year statistic", "value", "year value"),
    "index.weights": _schema("variant indicator", "weight", "weight"),
    "index.absence": _schema(
        "effects",
        "estimate std_error statistic df p_value nobs share_absent",
        "estimate std_error statistic df p_value nobs share_absent",
    ),
    "sample_flow": _schema(
        "panel sample step", "reason rows units dropped", "step rows units dropped"
    ),
    "claims": _schema(
        "study claim",
        "text unit design exhibit column term estimate std_error p_value ci_low ci_high nobs "
        "wild_p randomisation_p lead_p same_sign significant interaction_p placebo_p "
        "n_robustness not_made verdict",
        "study claim estimate std_error p_value ci_low ci_high nobs wild_p randomisation_p lead_p "
        "same_sign significant interaction_p placebo_p n_robustness",
    ),
    "claims.columns": _schema(
        "study claim position",
        "exhibit column term estimate std_error p_value ci_low ci_high nobs identified reason",
        "study claim position estimate std_error p_value ci_low ci_high nobs",
    ),
    "claims.studies": _schema("study", "authors year unit design", "study year"),
    "measure_gini": _schema("variant year measure part", "value share", "year value share"),
    "measure_gini.contributions": _schema(
        "variant year measure group other",
        "value within between transvariation share",
        "year value within between transvariation share",
    ),
    "measure_convergence": _schema("variant year statistic", "value", "year value"),
    "measure_convergence.beta": _schema(
        "variant model term",
        "estimate std_error statistic distribution df p_value ci_low ci_high draws",
        "estimate std_error statistic p_value ci_low ci_high draws",
    ),
    "measure_convergence.fits": _schema(
        "variant model",
        "effects controls inference weights nobs n_units r2_within rho loglik",
        "nobs n_units r2_within rho loglik",
    ),
    "measure_kernel": _schema("variant year point", "x density", "year point x density"),
    "measure_kernel.shape": _schema(
        "variant year",
        "nobs bandwidth mode height n_modes outside",
        "year nobs bandwidth mode height n_modes outside",
    ),
    "measure_markov": _schema(
        "variant lag origin destination",
        "transitions probability",
        "origin destination transitions probability",
    ),
    "measure_markov.classes": _schema("variant class", "low high nobs", "class low high nobs"),
    "measure_markov.chains": _schema("variant lag", "transitions identified reason", "transitions"),
    "measure_markov.ergodic": _schema("variant lag class", "share", "class share"),
    "measure_markov.tests": _schema(
        "variant over test distribution",
        "statistic df p_value draws n_cells n_sparse",
        "statistic p_value draws n_cells n_sparse",
    ),
    "coupling": _schema(
        "system province_code year",
        "coupling level degree class",
        "year coupling level degree class",
    ),
    "coupling.levels": _schema("system part province_code year", "value", "year value"),
    "coupling.statistics": _schema("system year statistic", "value", "value"),
    "coupling.indicators": _schema("system part indicator", "sign weight", "weight"),
    "index_uncertainty": _schema(
        "base perturbation year province_code",
        "rank lowest median highest n_indices",
        "rank lowest median highest n_indices",
    ),
    "index_uncertainty.agreement": _schema(
        "base perturbation year member",
        "spearman n_provinces largest_move province_code",
        "spearman n_provinces largest_move",
    ),
    "index_uncertainty.bootstrap": _schema(
        "outcome treatment controls index",
        "estimate std_error mean sd ratio ci_low ci_high draws n_degenerate",
        "estimate std_error mean sd ratio ci_low ci_high draws n_degenerate",
    ),
    "claims.rules": _schema("rule", "bound", "bound"),
}


# Main files with a schema of their own; the exhibits of another panel carry its name in front.
OWN = {
    "goodman_bacon": _schema(
        "outcome comparison treated control", "weight estimate", "weight estimate"
    ),
}
# Parts that any exhibit may have, by the last piece of their name.
PARTS = {
    "models": MODELS,
    "bands": _schema("exhibit column term", "ci_low ci_high critical", "ci_low ci_high critical"),
    "support": _schema("exhibit column term", "cohorts n_units", "n_units"),
    "cells": _schema(
        "exhibit column term",
        "cohort year n_treated n_controls identified reason",
        "cohort year n_treated n_controls",
    ),
    "draws": _schema("exhibit column draw", "coefficient t", "draw coefficient t"),
    "balance": _schema(
        "exhibit column variable",
        "mean_treated mean_before mean_after difference_before difference_after "
        "ratio_before ratio_after",
        "mean_treated mean_before mean_after difference_before difference_after "
        "ratio_before ratio_after",
    ),
    "pairs": _schema("exhibit column treated control", "weight distance", "weight distance"),
    "simulation": _schema(
        "exhibit column design term",
        "truth bias_before bias coverage_before coverage draws",
        "truth bias_before bias coverage_before coverage draws",
    ),
    "responses": _schema(
        "exhibit column part horizon",
        "estimate ci_low ci_high",
        "horizon estimate ci_low ci_high",
    ),
    "matrices": _schema("exhibit column draw", "rho indirect", "draw rho indirect"),
    "left_out": _schema(
        "exhibit column left_out",
        "estimate std_error p_value ci_low ci_high",
        "estimate std_error p_value ci_low ci_high",
    ),
    "intervals": _schema("exhibit column restriction m", "ci_low ci_high", "m ci_low ci_high"),
    "marginal": _schema(
        "exhibit column moderator", "estimate ci_low ci_high", "moderator estimate ci_low ci_high"
    ),
    "rings": _schema("exhibit column ring", "n_rows n_units", "n_rows n_units"),
    "places": _schema(
        "city_code",
        "lon lat name_en batch first_year county_zone",
        "lon lat batch first_year county_zone",
    ),
    "years": _schema(
        "exhibit column group year",
        "n_units density degree closeness betweenness",
        "year n_units density degree closeness betweenness",
    ),
    "horizons": _schema(
        "exhibit column horizon",
        "nobs n_units first_year last_year bandwidth",
        "horizon nobs n_units first_year last_year bandwidth",
    ),
    "small_sample": _schema(
        "exhibit column horizon",
        "truth bias sd mean_error coverage draws",
        "horizon truth bias sd mean_error coverage draws",
    ),
    "causality": _schema("exhibit column unit", "wald p_value", "wald p_value"),
    "instruments": _schema(
        "exhibit column instrument",
        "excluded_from first_stage_of coefficient std_error p_value",
        "coefficient std_error p_value",
    ),
}
PANELS = ("city_", "firm_")


def schema_of(name: str) -> Schema:
    """Return the schema of the file ``<name>.csv`` below ``output/estimates``."""
    for panel in PANELS:
        name = name.removeprefix(panel)
    if name in DESCRIPTIVE:
        return DESCRIPTIVE[name]
    stem, _, part = name.partition(".")
    return PARTS[part] if part else OWN.get(stem, ESTIMATES)


def rows(
    terms: Sequence[str],
    estimate: np.ndarray,
    std_error: np.ndarray,
    *,
    distribution: str,
    df: float | None = None,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
    draws: int | None = None,
) -> pd.DataFrame:
    """Return estimate rows with statistic, p-value and 95 % interval.

    Parameters
    ----------
    terms : sequence of str, length k
    estimate, std_error : array, shape (k,)
    distribution : {'t', 'normal'}
        Reference distribution of estimate / std_error.
    df : float, optional
        Degrees of freedom of t.
    interval : pair of arrays, optional
        Bounds made by simulation; otherwise estimate ± quantile × std_error.
    draws : int, optional
        Number of draws behind a simulated error.

    Returns
    -------
    DataFrame
        Columns ``term`` … ``draws`` of the estimates schema.
    """
    estimate = np.asarray(estimate, dtype=float)
    std_error = np.asarray(std_error, dtype=float)
    statistic = estimate / std_error
    p_value, quantile = tail_probability(statistic, distribution, df)
    low, high = interval or (estimate - quantile * std_error, estimate + quantile * std_error)
    return pd.DataFrame(
        {
            "term": list(terms),
            "estimate": estimate,
            "std_error": std_error,
            "statistic": statistic,
            "distribution": distribution,
            "df": "" if df is None else format(df, "g"),
            "p_value": p_value,
            "ci_low": low,
            "ci_high": high,
            "draws": np.nan if draws is None else draws,
        }
    )


def value_rows(terms: Sequence[str], values: Sequence[float]) -> pd.DataFrame:
    """Return rows that hold a number without an error (a share, a count)."""
    return pd.DataFrame(
        {
            "term": list(terms),
            "estimate": np.asarray(values, dtype=float),
            "distribution": "none",
            "df": "",
        }
    )


def statistic_row(
    name: str,
    statistic: float,
    distribution: str,
    p_value: float,
    df: tuple[float, ...] = (),
    draws: int | None = None,
) -> pd.DataFrame:
    """Return the row of a test: statistic and p-value only; ``df`` is joined by ';'."""
    return pd.DataFrame(
        {
            "term": [name],
            "statistic": statistic,
            "distribution": distribution,
            "df": ";".join(format(d, "g") for d in df),
            "p_value": p_value,
            "draws": np.nan if draws is None else draws,
        }
    )


def tail_probability(
    statistic: np.ndarray, distribution: str, df: float | None = None
) -> tuple[np.ndarray, float]:
    """Return the two-sided p-value and the quantile of the 95 % interval.

    ``t`` needs ``df``; ``normal`` does not. Both come from ``scipy.special`` (Cephes).
    """
    from scipy import special

    upper = 0.5 + LEVEL / 2
    if distribution == "t":
        return 2 * special.stdtr(df, -np.abs(statistic)), float(special.stdtrit(df, upper))
    if distribution == "normal":
        return 2 * special.ndtr(-np.abs(statistic)), float(special.ndtri(upper))
    raise ValueError(f"no tail probability for distribution '{distribution}'")


def write(folder: Path, exhibit: str, parts: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write the parts of an exhibit, the main file last, and return the paths.

    A file whose keys and text are the same and whose numbers agree within rtol 1e-8 (atol 1e-12)
    keeps its bytes and gets a new time. Nothing is moved into place before every part has been
    checked against its schema.

    Parameters
    ----------
    folder : Path
    exhibit : str
    parts : mapping
        ``''`` is ``<exhibit>.csv``, any other key ``<exhibit>.<key>.csv``.
    """
    names = [f"{exhibit}.{part}" if part else exhibit for part in sorted(parts, reverse=True)]
    frames = {
        name: tidy(parts[name.removeprefix(exhibit).removeprefix(".")], name) for name in names
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in frames.items():
        path = folder / f"{name}.csv"
        replace_text(path, to_text(frame), unchanged=lambda p, f=frame, n=name: same(p, f, n))
        written.append(path)
    return written


def tidy(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the frame with the schema's columns, sorted by its keys, or refuse it."""
    schema = schema_of(name)
    extra = sorted(set(frame.columns) - set(schema.order))
    if extra:
        raise ValueError(f"{name}: columns outside the schema: {', '.join(extra)}")
    out = frame.reindex(columns=list(schema.order))
    for column in schema.order:
        if column in schema.numbers:
            out[column] = pd.to_numeric(out[column])
        else:
            out[column] = out[column].astype(object).where(out[column].notna(), "").astype(str)
    keys = list(schema.keys)
    if out[keys].isna().any(axis=None) or (out[keys] == "").any(axis=None):
        raise ValueError(f"{name}: empty key")
    if out.duplicated(keys).any():
        raise ValueError(f"{name}: key stands twice: {out[out.duplicated(keys)][keys].iloc[0]}")
    if np.isinf(out[list(schema.numbers)].to_numpy(dtype=float)).any():
        raise ValueError(f"{name}: infinite number")
    return out.sort_values(keys, kind="stable").reset_index(drop=True)


def number_text(value: float) -> str:
    """Return a number with at most 12 significant digits; an empty text for a missing one."""
    if pd.isna(value):
        return ""
    if float(value).is_integer() and abs(value) < 10**DIGITS:
        return str(int(value))
    return format(float(value), f".{DIGITS}g")


def to_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV text: LF, 12 significant digits, no index column."""
    out = frame.copy()
    for column in out.columns:
        if pd.api.types.is_numeric_dtype(out[column]):
            out[column] = [number_text(value) for value in out[column]]
    return out.to_csv(index=False, lineterminator="\n")


def replace_text(path: Path, text: str, *, unchanged: object = None) -> bool:
    """Move ``text`` into place at once; keep the bytes if ``unchanged(path)`` says so.

    Returns True if the file's bytes changed.
    """
    if path.exists() and (path.read_bytes() == text.encode() or (unchanged and unchanged(path))):
        os.utime(path)
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(text.encode())
    os.replace(draft, path)
    return True


def same(path: Path, frame: pd.DataFrame, name: str) -> bool:
    """Say whether the file at ``path`` holds the same keys, text and (nearly) the same numbers."""
    try:
        there = read(path, name)
    except (UserError, ValueError):
        return False
    schema = schema_of(name)
    if there.shape != frame.shape:
        return False
    text = [column for column in schema.order if column not in schema.numbers]
    numbers = list(schema.numbers)
    return bool((there[text] == frame[text]).all(axis=None)) and np.allclose(
        there[numbers].to_numpy(dtype=float),
        frame[numbers].to_numpy(dtype=float),
        rtol=RTOL,
        atol=ATOL,
        equal_nan=True,
    )


def read(path: Path, name: str | None = None) -> pd.DataFrame:
    """Read an estimates file by its schema.

    Raises
    ------
    UserError
        If the file is missing or its columns are not those of the schema.
    """
    name = name or path.name.removesuffix(".csv")
    schema = schema_of(name)
    if not path.exists():
        raise UserError(f"{path}: not there; run `make {path}`")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(frame.columns) != schema.order:
        raise UserError(
            f"{path}: columns are {', '.join(frame.columns)}; expected {', '.join(schema.order)}"
        )
    for column in schema.numbers:
        frame[column] = pd.to_numeric(frame[column])
    return frame
