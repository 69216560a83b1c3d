"""Matched and balanced samples for a two-way regression."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import COUNTED, estimate_rows, fit_fields
from pilotzone.engine.windows import whole_numbers
from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.matching.balance import balance
from pilotzone.methods.did.matching.entropy import entropy_balance
from pilotzone.methods.did.matching.kernel import kernel_weights
from pilotzone.methods.did.matching.matched import matched_did
from pilotzone.methods.did.matching.neighbours import nearest_neighbour
from pilotzone.methods.did.matching.propensity import FirthLogit, firth_logit
from pilotzone.panels.store import Store

CALIPER_SD = 0.25


@dataclasses.dataclass(frozen=True)
class Units:
    """The units to be matched, one row each.

    Attributes
    ----------
    data : Design
        Their rows; units without covariates are dropped and counted.
    codes, treated : (n,)
        Unit, and whether it is treated within the sample.
    x : (n, k)
        Means of the covariates over their years.
    names : k names.
    """

    data: Design
    codes: np.ndarray
    treated: np.ndarray
    x: np.ndarray
    names: tuple[str, ...]


def _units(data: Design) -> Units:
    names = tuple(str(data.spec.option("covariates")).split())
    first, last = _years(data)
    data.panel.require(*names)
    early = data.frame[data.frame[data.panel.period].between(first, last)]
    x = early.groupby(data.panel.unit)[list(names)].mean().dropna()
    end = data.period.max()
    treated = np.array([0 < data.cohorts[unit] <= end for unit in x.index], dtype=bool)
    data = data.without(~data.frame[data.panel.unit].isin(x.index).to_numpy())
    return Units(data, x.index.to_numpy(dtype=str), treated, x.to_numpy(), names)


def _years(data: Design) -> tuple[int, int]:
    """Return the first and last year of the covariates, all before any treatment."""
    declared = str(data.spec.option("covariate_years"))
    what = "the first and last year, such as '2013 2014'"
    first, last = whole_numbers("covariate_years", declared, what)
    early = data.cohort[(data.cohort > 0) & (data.cohort <= last)]
    if len(early):
        raise UserError(
            f"the covariates are taken in {first}-{last} and a unit is treated in {early.min()}; "
            "end 'covariate_years' before it"
        )
    return first, last


def _score(units: Units) -> FirthLogit:
    model = firth_logit(units.treated, units.x, units.names)
    if model.predicted.any():
        separated = int(model.predicted.sum())
        raise NotIdentified("units_separated", separated=separated, units=len(units.codes))
    return model


def nearest(data: Design, store: Store) -> Result:
    """Nearest neighbour on the logit of a Firth score, with replacement, within a caliper."""
    units = _units(data)
    pairs = nearest_neighbour(_score(units).logit, units.treated, units.codes, CALIPER_SD)
    table = pd.DataFrame(
        [
            {"treated": p.treated, "control": p.control, "weight": 1.0, "distance": p.distance}
            for p in pairs.pairs
        ]
    )
    out = _left_out("unmatched_caliper", pairs.dropped)
    return _result(units, pairs.weights, out, {"pairs": table})


def kernel(data: Design, store: Store) -> Result:
    """Epanechnikov kernel on a Firth score, on common support."""
    units = _units(data)
    made = kernel_weights(_score(units).propensity, units.treated, units.codes)
    lost = [*made.off_support, *made.without_control]
    return _result(units, made.weights, _left_out("unmatched_support", lost), {})


# So many units that are not matched are named, more are counted.
NAMED = 40


def _left_out(code: str, codes: Sequence[object]) -> Reason | None:
    """Return which units have no match, or how many; None if each has one."""
    if not codes:
        return None
    if len(codes) > NAMED:
        return Reason(f"{code}_many", {"units": len(codes)})
    return Reason(code, {"units": [str(one) for one in codes]})


def entropy(data: Design, store: Store) -> Result:
    """Entropy balancing of the covariates' means."""
    units = _units(data)
    made = entropy_balance(units.x, units.treated, units.names)
    controls = int((~units.treated).sum())
    facts = {"effective": made.effective_controls, "controls": controls}
    note = Reason("effective_controls", facts)
    return _result(units, made.weights, note, {})


def _result(
    units: Units, weights: np.ndarray, reference: Reason | None, parts: dict[str, pd.DataFrame]
) -> Result:
    data, treated = units.data, units.treated
    made = matched_did(
        data.y,
        data.unit,
        data.period,
        data.treatment,
        dict(zip(units.codes, weights, strict=True)),
        treatment_name=data.spec.treatment,
        cluster=data.cluster,
        **data.named_controls,
    )
    counts = estimates.value_rows(
        ["matched:treated", "matched:controls"],
        [float((weights[treated] > 0).sum()), float((weights[~treated] > 0).sum())],
    )
    matched = data.where(np.isin(data.unit, units.codes[weights > 0]))
    counts_of = matched.where(~made.fit.singletons).describe()
    fields = {
        **fit_fields(made.fit, data),
        **{name: counts_of[name] for name in COUNTED},
        "n_dropped": data.n_dropped + made.n_dropped_rows + made.fit.n_singletons,
        "reference": reference,
    }
    terms = pd.concat([estimate_rows(made.fit, 1), counts], ignore_index=True)
    return Result(terms, fields, {**parts, "balance": _balance(units, weights)})


def _balance(units: Units, weights: np.ndarray) -> pd.DataFrame:
    made = balance(units.x, units.names, units.treated, weights)
    table = pd.DataFrame({"variable": made.names, "mean_treated": made.after.mean_treated})
    for when, one in (("before", made.before), ("after", made.after)):
        table[f"mean_{when}"] = one.mean_controls
        table[f"difference_{when}"] = one.std_difference
        table[f"ratio_{when}"] = one.variance_ratio
    return table
