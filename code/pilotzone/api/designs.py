"""What a two-way estimate is made of, and how far its design can be trusted."""

import contextlib
import dataclasses
import importlib.util
import sys
from typing import Unpack

import numpy as np
import pandas as pd

from pilotzone import engine
from pilotzone.api.columns import Cohorts, Columns, takes
from pilotzone.api.estimate import How, estimated, in_words, measured
from pilotzone.api.given import given
from pilotzone.api.results import TIDY, Fit
from pilotzone.catalogue import Description, Lattice
from pilotzone.catalogue.names import known
from pilotzone.engine.honest import robust_rows
from pilotzone.errors import UserError
from pilotzone.methods.did.sensitivity.breakdown import sensitivity
from pilotzone.reader.store import OwnStore

DRAWS = 999
PLACEBOS = {"paths": "permuted_paths", "dates": "fake_rollout"}
ERRORS = ("placebo_jackknife", "placebo", "jackknife")
MBAR = (0.5, 1.0, 1.5, 2.0)
EVENT = "event"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Decomposition(Fit):
    """Comparisons with their weights: :meth:`tidy` has a column ``weight`` behind the others."""

    def tidy(self) -> pd.DataFrame:
        """Return a row for each comparison, the two-way estimate first."""
        found = self.rows.reindex(columns=[*TIDY, "weight"]).reset_index(drop=True)
        pieces = found["term"].str.split(":")
        return found.assign(term=[":".join(map(self.lexicon.period, one)) for one in pieces])


@takes(Cohorts)
def synthetic_did(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    vcov: str = "placebo",
    draws: int = DRAWS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Synthetic difference in differences, min Σ (y_it − μ − α_i − λ_t − τ d_it)² ω̂_i λ̂_t.

    By cohort against the units not treated within the sample, averaged over treated cells.
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, American Economic Review 111(12)).

    Parameters
    ----------
    data : DataFrame
        Balanced; see :func:`att_gt` for ``formula, unit, period, first_treated, treatment,
        outcome``. It takes no covariates.
    vcov : {"placebo", "jackknife", "placebo_jackknife"}
        The last is the larger of the two.
    draws, seed : int
        Of the placebo units.

    Returns
    -------
    Fit
        ``overall:simple``, and ``cohort:g`` where there are several.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if the panel is unbalanced.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> pz.synthetic_did(pz.example(), outcome="y", draws=50, **columns).tidy()["term"][0]
    'overall:simple'
    """
    known("vcov", vcov, ERRORS)
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    how = How(estimator="synthetic_did", inference=vcov)
    if vcov != "jackknife":
        how = dataclasses.replace(how, draws=draws, seed=seed)
    return estimated(panel, how)


@takes(Cohorts)
def goodman_bacon(
    data: pd.DataFrame, formula: str | None = None, **columns: Unpack[Cohorts]
) -> Decomposition:
    r"""The two-way coefficient as a weighted mean of comparisons of cohorts, τ̂ = Σ_k s_k τ̂_k.

    Goodman-Bacon (2021, Journal of Econometrics 225(2), 254-277), theorem 1.

    Parameters
    ----------
    data : DataFrame
        Balanced; see :func:`att_gt` for ``formula, unit, period, first_treated, treatment,
        outcome``. It takes no covariates.

    Returns
    -------
    Decomposition
        The two-way estimate, then a row for each pair of cohorts, with its ``weight``.

    Raises
    ------
    UserError
        As :func:`att_gt`; also if the panel is unbalanced.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> found = pz.goodman_bacon(pz.example(), outcome="y", **columns).tidy()
    >>> round(float(found["weight"][1:].sum()), 10)
    1.0
    """
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    made = estimated(panel, How(estimator="goodman_bacon"))
    pairs = made.parts[""]
    pairs = pairs[pairs["treated"] != "all"]
    names = pairs["comparison"] + ":" + pairs["treated"] + ":" + pairs["control"]
    rows = pd.DataFrame(
        {"term": names, "estimate": pairs["estimate"], "weight": pairs["weight"]}
    ).sort_values("term")
    whole = {"term": "two_way", "estimate": float(rows["estimate"] @ rows["weight"]), "weight": 1.0}
    every = pd.concat([pd.DataFrame([whole]), rows], ignore_index=True)
    fields = {f.name: getattr(made, f.name) for f in dataclasses.fields(Fit)}
    return Decomposition(**{**fields, "rows": every, "spec": None, "parts": {}})


@takes(Cohorts)
def negative_weights(
    data: pd.DataFrame, formula: str | None = None, **columns: Unpack[Cohorts]
) -> Fit:
    r"""Weights of the treated cells in the two-way coefficient, w_it = d_it d̃_it / Σ d d̃.

    With d̃ the residual of the treatment on unit and period effects. De Chaisemartin and
    D'Haultfœuille (2020, American Economic Review 110(9), 2964-2996), theorem 1.

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome
        See :func:`att_gt`. It takes no covariates.

    Returns
    -------
    Fit
        ``weight:g:t`` by cohort and period, ``share_negative`` of the treated rows and
        ``sum_negative`` of their weights.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> found = pz.negative_weights(pz.example(), outcome="y", **columns).tidy()
    >>> found["term"].tail(2).tolist()
    ['share_negative', 'sum_negative']
    """
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    return estimated(panel, How(estimator="negative_weights"))


def honest_did(
    fit: Fit,
    *,
    smoothness: tuple[float, ...] = (),
    relative_magnitudes: tuple[float, ...] = MBAR,
) -> Fit:
    r"""Robust intervals for the mean effect after treatment, if trends were not parallel.

    Relative magnitudes: |δ_{t+1} − δ_t| ≤ M̄ max_{s<0} |δ_{s+1} − δ_s|; smoothness:
    |(δ_{t+1} − δ_t) − (δ_t − δ_{t−1})| ≤ M, with δ the difference in trends.
    Rambachan and Roth (2023, Review of Economic Studies 90(5), 2555-2591).

    Parameters
    ----------
    fit : Fit
        A path by event: of :func:`event_study`, of :func:`sun_abraham` ``.aggregate("event")``, or
        of :func:`att_gt` with ``base="universal"``.
    smoothness : tuple of float
        Bounds M, in units of the outcome a period.
    relative_magnitudes : tuple of float
        Bounds M̄.

    Returns
    -------
    Fit
        ``overall:post``; ``parallel_trends:0``, ``smoothness:M`` and ``relative_magnitudes:M`` with
        their intervals; ``breakdown:…``, the largest bound at which zero is outside.

    Raises
    ------
    UserError
        If the fit has no path by event with a covariance, or the path has a hole.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> path = pz.event_study(pz.example(), outcome="y", window=(-3, 3), **columns)
    >>> found = pz.honest_did(path, relative_magnitudes=(1.0,)).tidy().set_index("term")
    >>> bool(found.loc["relative_magnitudes:1", "ci_low"] < found.loc["overall:post", "ci_low"])
    True
    """
    path = _path(fit)
    before = int(sum(event < 0 for event in path))
    after = len(path) - before
    if not before or not after:
        raise UserError(f"{fit.title}: robust intervals need events before and after treatment")
    terms = [f"{EVENT}:{event}" for event in path]
    with in_words(fit.lexicon):
        found = sensitivity(
            fit.rows.set_index("term").loc[terms, "estimate"].to_numpy(dtype=float),
            fit.vcov.loc[terms, terms].to_numpy(),
            before,
            after,
            smoothness,
            relative_magnitudes,
            target=np.full(after, 1 / after),
        )
    rows, _ = robust_rows(found)
    return dataclasses.replace(
        fit, title="Robust intervals", spec=None, rows=rows, parts={}, covariance=None
    )


def _path(fit: Fit) -> list[int]:
    """Return the events of a path in order, the reference −1 left out."""
    if not isinstance(fit, Fit):
        raise UserError("honest_did takes a fit: pz.honest_did(pz.event_study(…))")
    pieces = (term.partition(":") for term in fit.rows["term"])
    events = sorted(int(float(last)) for first, _, last in pieces if first == EVENT)
    if not events:
        raise UserError(f"{fit.title}: no path by event; take event_study or .aggregate('event')")
    if -1 in events:
        raise UserError(
            f"{fit.title}: event −1 is no reference here; take att_gt with base='universal'"
        )
    whole = [event for event in range(events[0], events[-1] + 1) if event != -1]
    if events != whole:
        raise UserError(f"{fit.title}: the path has a hole; take a window without one")
    return events


@takes(Cohorts)
def placebo(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    kind: str = "paths",
    effects: str = "two_way",
    draws: int = DRAWS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""The place of the two-way estimate among placebo roll-outs.

    ``paths`` deals whole treatment paths to other units; ``dates`` treats as many random units in
    each period. p = (1 + #{|t*| ≥ |t|})/(1 + R). Young (2019, Quarterly Journal of Economics
    134(2), 557-598).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster
        See :func:`att_gt`; covariates are regressors.
    kind : {"paths", "dates"}
    effects : {"two_way", "unit", "period", "unit_trends"}
    draws, seed : int

    Returns
    -------
    Fit
        The estimate, ``test:on_t`` and ``test:on_coefficient``, mean and standard deviation of the
        draws; ``parts["draws"]`` holds them.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> found = pz.placebo(pz.example(), outcome="y", draws=199, **columns)
    >>> found.tidy()["term"].tolist()[1:3]
    ['test:on_t', 'test:on_coefficient']
    """
    known("kind", kind, PLACEBOS)
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    return estimated(panel, How(estimator=PLACEBOS[kind], effects=effects, draws=draws, seed=seed))


@takes(Cohorts)
def multiverse(
    data: pd.DataFrame,
    formula: str | None = None,
    *,
    effects: tuple[str, ...] = ("two_way", "unit_trends"),
    draws: int = DRAWS,
    seed: int = 1,
    **columns: Unpack[Cohorts],
) -> Fit:
    r"""Two-way estimates under every subset of the covariates and every set of effects, at once.

    Joint tests under dealt treatment paths: the median estimate, the share with the sign of the
    claim and p < 0.05. Simonsohn, Simmons and Nelson (2020, Nature Human Behaviour 4).

    Parameters
    ----------
    data, formula, unit, period, first_treated, treatment, outcome, covariates, cluster
        See :func:`att_gt`; every subset of the covariates is a choice.
    effects : tuple of {"two_way", "unit_trends"}
    draws, seed : int
        Of the dealt paths.

    Returns
    -------
    Fit
        A term for each statistic, with its p-value; ``parts["curve"]`` and ``parts["choices"]``.

    Raises
    ------
    UserError
        As :func:`att_gt`.

    Examples
    --------
    >>> import pilotzone as pz
    >>> columns = {"unit": "unit", "period": "year", "first_treated": "first_treated"}
    >>> found = pz.multiverse(pz.example(), "y ~ x", draws=99, **columns)
    >>> "median" in set(found.tidy()["term"])
    True
    """
    panel = given(data, Columns(formula=formula, zero_one=True, **columns))
    if panel.row_weights:
        raise UserError("multiverse takes no weights; each row counts alike")
    if importlib.util.find_spec("pyarrow") is None:
        raise UserError(
            "multiverse keeps its specifications in Parquet; install pilotzone[parquet]"
        )
    lattice = Lattice(
        outcomes=(panel.outcome,),
        treatments=(panel.treatment,),
        samples=(panel.sample,),
        controls=panel.controls,
        effects=(effects,) if isinstance(effects, str) else tuple(effects),
        cluster=panel.cluster,
    )
    what = Description(kind="multiverse", lattice=lattice, draws=draws, seed=seed)
    with contextlib.redirect_stdout(sys.stderr), in_words(panel.lexicon):
        parts = engine.described(what, OwnStore(panel))
    found = parts[""].rename(columns={"statistic": "term", "value": "estimate"})
    used = panel.panel.frame.dropna(subset=[panel.outcome, *panel.controls])
    rows = found[["term", "estimate", "p_value"]]
    how = {"inference": "permutation", "draws": draws, "seed": seed}
    fit = measured(panel, "All combinations", rows, used, **how)
    return dataclasses.replace(fit, parts={name: parts[name] for name in ("curve", "choices")})
