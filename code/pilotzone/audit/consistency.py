"""Every row of estimates and of models, read by itself: do its numbers fit each other?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special

from pilotzone import estimates
from pilotzone.audit.project import Project, has_terms, read
from pilotzone.audit.report import Check
from pilotzone.errors import UserError

# Numbers are written with 12 digits; ten are left after a division or a root.
RTOL = 1e-10
# A tail probability moves by as many more digits as its exponent is large.
TAIL_RTOL, TAIL_ATOL = 1e-8, 1e-14
# Estimators whose observations are not the rows of the sample: pairs of units, stacked cohorts.
OTHER_ROWS = ("pairs", "stacked")
SHARES = ("r2", "r2_within")
Failures = Iterator[str]


def checks(project: Project) -> list[Check]:
    """Return the checks of estimate rows and model rows of the output."""
    rows, models, unreadable = _all(project)
    flow, said = _flow(project)
    return [
        Check(
            "consistency",
            "estimates",
            "p against statistic, distribution and df; statistic and interval against estimate "
            "and error; resampled p against draws",
            (*unreadable, *row_failures(rows)),
            f"{len(rows)} rows",
            len(rows),
        ),
        Check(
            "consistency",
            "models",
            "N against the sample flow, R2 in range, counts in order, no estimate where nothing "
            "is identified",
            (*said, *model_failures(models, flow), *identification_failures(rows, models)),
            f"{len(models)} columns",
            len(models),
        ),
    ]


def _all(project: Project) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the estimate rows and model rows of all exhibits, and what cannot be read."""
    schemas = {"": estimates.ESTIMATES, ".models": estimates.MODELS}
    frames = {part: [pd.DataFrame(columns=list(s.order))] for part, s in schemas.items()}
    unreadable = []
    for exhibit_id, (exhibit, _) in project.exhibits.items():
        if not has_terms(exhibit):
            continue
        for part, parts in frames.items():
            try:
                parts.append(read(project.estimates / f"{exhibit_id}{part}.csv"))
            except UserError as error:
                unreadable.append(str(error))
    whole = {part: pd.concat(parts, ignore_index=True) for part, parts in frames.items()}
    for part, schema in schemas.items():
        numbers = list(schema.numbers)
        whole[part][numbers] = whole[part][numbers].astype(float)
    return whole[""], whole[".models"], unreadable


def _flow(project: Project) -> tuple[pd.DataFrame, list[str]]:
    """Return rows and units of each sample after its last step."""
    fields = ["rows", "units"]
    if "sample_flow" not in project.exhibits:
        return pd.DataFrame(columns=fields), []
    try:
        table = read(project.estimates / "sample_flow.csv")
    except UserError as error:
        return pd.DataFrame(columns=fields), [str(error)]
    return table.sort_values("step").groupby("sample")[fields].last(), []


def row_failures(rows: pd.DataFrame) -> Failures:
    """Give the estimate rows whose numbers contradict each other."""
    places = rows["exhibit"] + ": " + rows["column"] + " / " + rows["term"]
    for name, value, expected, slack in _expectations(rows):
        with np.errstate(invalid="ignore"):
            wrong = np.isnan(value) != np.isnan(expected)
            wrong |= np.abs(value - expected) > slack
        # Only rows that should have the number are compared.
        wrong &= ~np.isnan(expected)
        for i in np.flatnonzero(wrong):
            yield f"{places.iloc[i]}: {name} is {_text(value[i])}, should be {_text(expected[i])}"
    for condition, text in _conditions(rows):
        for i in np.flatnonzero(condition):
            yield f"{places.iloc[i]}: {text}"


def _text(value: float) -> str:
    return estimates.number_text(value) or "empty"


def _expectations(rows: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Give name, value, what it should be (NaN where nothing is known), and the slack."""
    column = {name: rows[name].to_numpy(dtype=float) for name in estimates.ESTIMATES.numbers}
    estimate, error, statistic = (column[n] for n in ("estimate", "std_error", "statistic"))
    kind = rows["distribution"].to_numpy(dtype=str)
    first, second = _degrees(rows["df"])
    analytic = np.isin(kind, ("t", "normal"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(analytic, estimate / error, np.nan)
    yield "statistic", statistic, ratio, RTOL * np.abs(ratio)
    p = _tail(kind, statistic, first, second)
    yield "p_value", column["p_value"], p, TAIL_RTOL * p + TAIL_ATOL
    drawn = ~np.isnan(column["draws"])
    reach = np.where(drawn, np.nan, _quantile(kind, first) * error)
    slack = RTOL * (np.abs(estimate) + reach)
    yield "ci_low", column["ci_low"], estimate - reach, slack
    yield "ci_high", column["ci_high"], estimate + reach, slack
    resampled = np.where(np.isin(kind, ("permutation", "bootstrap")), column["draws"] + 1, np.nan)
    # p = (1 + #)/(1 + R): a whole number of parts.
    parts = column["p_value"] * resampled
    yield "p_value", column["p_value"], np.rint(parts) / resampled, 1e-6 / resampled


def _degrees(df: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the degrees of freedom before and behind the semicolon, NaN where there are none."""
    pieces = df.astype(str).str.split(";", n=1, expand=True).reindex(columns=[0, 1])
    first, second = (pd.to_numeric(pieces[i], errors="coerce") for i in (0, 1))
    return first.to_numpy(dtype=float), second.to_numpy(dtype=float)


def _tail(
    kind: np.ndarray, statistic: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Return p by distribution, NaN for one that is not analytic."""
    size = np.abs(statistic)
    with np.errstate(invalid="ignore"):
        by_kind = {
            "t": 2 * special.stdtr(first, -size),
            "normal": 2 * special.ndtr(-size),
            "chi2": special.chdtrc(first, statistic),
            "F": special.fdtrc(first, second, statistic),
        }
    return np.select([kind == name for name in by_kind], list(by_kind.values()), np.nan)


def _quantile(kind: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Return the quantile of the interval, NaN for a distribution that has none."""
    upper = 0.5 + estimates.LEVEL / 2
    with np.errstate(invalid="ignore"):
        by_t = special.stdtrit(df, upper)
    normal = np.full(len(kind), special.ndtri(upper))
    return np.select([kind == "t", kind == "normal"], [by_t, normal], np.nan)


def _conditions(rows: pd.DataFrame) -> Iterator[tuple[np.ndarray, str]]:
    """Give which rows break a rule that holds for every row, and the rule."""
    yield (rows["std_error"] < 0).to_numpy(), "the standard error is negative"
    outside = (rows["p_value"] < 0) | (rows["p_value"] > 1)
    yield outside.to_numpy(), "the p-value is outside [0, 1]"
    yield (rows["ci_low"] > rows["ci_high"]).to_numpy(), "the interval ends before it begins"
    resampled = rows["distribution"].isin(("permutation", "bootstrap")) & rows["draws"].isna()
    yield resampled.to_numpy(), "resampled, without a number of draws"


def model_failures(models: pd.DataFrame, flow: pd.DataFrame) -> Failures:
    """Give the model rows whose counts contradict each other or the sample flow.

    Parameters
    ----------
    models : rows of the schema of models.
    flow : by sample, columns ``rows`` and ``units`` after its last step.
    """
    places = models["exhibit"] + ": " + models["column"]
    known = models["sample"].map(flow["rows"]).to_numpy(dtype=float)
    units = models["sample"].map(flow["units"]).to_numpy(dtype=float)
    own_rows = ~models["estimator"].isin(OTHER_ROWS).to_numpy()
    used = (models["nobs"] + models["n_dropped"]).to_numpy(dtype=float)
    for i in np.flatnonzero(own_rows & ~np.isnan(known) & (used != known)):
        yield (
            f"{places.iloc[i]}: nobs {_text(models['nobs'].iloc[i])} and n_dropped "
            f"{_text(models['n_dropped'].iloc[i])} do not sum to the {_text(known[i])} rows of "
            f"sample '{models['sample'].iloc[i]}' in sample_flow"
        )
    cells = models["n_units"] * models["n_periods"]
    rules = [
        (models["n_units"] > units, "more units than its sample in sample_flow"),
        (own_rows & (models["nobs"] > cells), "more observations than units times periods"),
        (models["n_treated"] > models["n_units"], "more treated units than units"),
        (models["n_clusters"] > models["nobs"], "more clusters than observations"),
        (models["first_year"] > models["last_year"], "ends before it begins"),
        *(
            ((models[name] < 0) | (models[name] > 1), f"{name} is outside [0, 1]")
            for name in SHARES
        ),
    ]
    for broken, text in rules:
        for i in np.flatnonzero(broken):
            yield f"{places.iloc[i]}: {text}"


def identification_failures(rows: pd.DataFrame, models: pd.DataFrame) -> Failures:
    """Give columns with a number that is not identified, and estimates without a model."""
    estimated = set(zip(rows["exhibit"], rows["column"], strict=True))
    keys = list(zip(models["exhibit"], models["column"], strict=True))
    said = dict(zip(keys, models["identified"], strict=True))
    for exhibit, column in sorted(estimated - said.keys()):
        yield f"{exhibit}: {column}: estimates without a row among the models"
    for exhibit, column in keys:
        identified = said[exhibit, column] == "yes"
        if not identified and (exhibit, column) in estimated:
            yield f"{exhibit}: {column}: not identified, and yet there are estimates"
        if identified and (exhibit, column) not in estimated:
            yield f"{exhibit}: {column}: identified, and yet there is no estimate"
