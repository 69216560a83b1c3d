"""Spillovers by distance to the nearest zone: rings inside the DID, effects net of exposure."""

import dataclasses
import itertools

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.cautions import thin_cells, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.linear import fit, without_singletons
from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.panels.store import Store

# A year with fewer untreated rows beyond the last distance of any approved zone has no reference:
# a zone approved late in the year counts from the next, but its neighbours are not untouched.
FEWEST_REFERENCES = 20
TO_ZONE, TO_OTHER_ZONE = "distance_to_zone_km", "distance_to_other_zone_km"
TO_APPROVED_ZONE = "distance_to_approved_zone_km"


def rings(data: Design, store: Store) -> Result:
    r"""Two-way regression on the own zone and on rings of distance for untreated units.

    .. math:: y_{it} = α_i + λ_t + β d_{it} + Σ_r γ_r (1 − d_{it}) 1(r_{-} < km_{it} ≤ r_{+})
              + x_{it}'δ + ε_{it}

    The option ``rings_km`` names the edges; beyond the last one is the reference.
    """
    edges = _edges(str(data.spec.option("rings_km")))
    used, lost = _with_reference(data, edges[-1])
    km, untreated = _distance(used, TO_ZONE), used.treatment == 0
    pairs = list(itertools.pairwise(edges))
    names = tuple(f"ring:{low:g}-{high:g}" for low, high in pairs)
    inside = [untreated & (km > low) & (km <= high) for low, high in pairs]
    empty = [name for name, rows in zip(names, inside, strict=True) if not rows.any()]
    if empty:
        raise UserError(f"{empty[0]} has no observation; choose wider rings")
    result = fit(used, [used.treatment, *inside], (data.spec.treatment, *names))
    counts = [(data.spec.treatment, ~untreated), *zip(names, inside, strict=True)]
    beyond = untreated & ~np.any(inside, axis=0)
    table = pd.DataFrame(
        [
            {"ring": name, "n_rows": int(rows.sum()), "n_units": len(np.unique(used.unit[rows]))}
            for name, rows in [*counts, (f"ring:{edges[-1]:g}-", beyond)]
        ]
    )
    rows = estimate_rows(result, 1 + len(names))
    made = Result(rows, _fields(used, result, lost), {"rings": table})
    return with_cautions(made, thin_cells(used, dict(counts)))


def exposure_net(data: Design, store: Store) -> Result:
    r"""Effect of the own zone net of, and with, exposure to other zones.

    .. math:: y_{it} = α_i + λ_t + τ d_{it} + γ_0 (1 − d_{it}) s_{it} + γ_1 d_{it} s_{it}
              + x_{it}'δ + ε_{it}

    s: another zone within ``near_km``. Direct effect τ, total effect τ + γ₁ mean(s | d = 1), the
    mean taken as given; the two-way estimate on the same rows beside (Butts 2021, arXiv
    2105.03737).
    """
    near_km = _edges(str(data.spec.option("near_km")))[-1]
    used, lost = _with_reference(data, near_km)
    name, d = data.spec.treatment, used.treatment
    near = (_distance(used, TO_OTHER_ZONE) <= near_km).astype(float)
    plain = estimate_rows(fit(used), 1)
    names = (f"direct:{name}", "near:treated", "near:untreated")
    result = fit(used, [d, d * near, (1 - d) * near], names)
    share = float(near[d > 0].mean())
    weights = np.array([1.0, share, 0.0])
    error = np.sqrt(weights @ result.covariance[:3, :3] @ weights)
    total = estimates.rows(
        [f"total:{name}"],
        [weights @ result.coefficients[:3]],
        [error],
        distribution="t",
        df=result.df,
    )
    of_near = {names[1]: (d > 0) & (near > 0), names[2]: (d == 0) & (near > 0)}
    thin = thin_cells(used, {name: d > 0, names[0]: d > 0, f"total:{name}": d > 0, **of_near})
    exposed = estimates.value_rows(["near:share_of_treated"], [share])
    terms = pd.concat([plain, estimate_rows(result, 3), total, exposed], ignore_index=True)
    return with_cautions(Result(terms, _fields(used, result, lost)), thin)


def _edges(text: str) -> list[float]:
    """Return the edges of the rings, from 0."""
    try:
        edges = [0.0, *map(float, text.split())]
    except ValueError:
        edges = []
    if len(edges) < 2 or any(low >= high for low, high in itertools.pairwise(edges)):
        raise UserError(f"rings_km or near_km '{text}': give kilometres in rising order")
    return edges


def _distance(data: Design, column: str) -> np.ndarray:
    """Return a distance to a zone, infinite before the first zone, (N,)."""
    data.panel.require(column)
    return data.frame[column].fillna(np.inf).to_numpy(dtype=float)


def _with_reference(data: Design, beyond_km: float) -> tuple[Design, list[Reason]]:
    """Return the rows that can be compared, and what was left out.

    Left out are singletons; untreated rows beyond the last distance of the zones in force but
    within it of an approved one; years with too few rows of reference.
    """
    to_zone = _distance(data, TO_ZONE)
    if ((to_zone == 0) != (data.treatment > 0)).any():
        raise UserError(
            f"'{TO_ZONE}' and treatment '{data.spec.treatment}' disagree on which units have a "
            "zone; rings take the treatment under the main timing"
        )
    data = without_singletons(data)
    untreated, to_zone = data.treatment == 0, _distance(data, TO_ZONE)
    approved = _distance(data, TO_APPROVED_ZONE)
    touched = untreated & (to_zone > beyond_km) & (approved <= beyond_km)
    years, code = np.unique(data.period, return_inverse=True)
    reference = untreated & (approved > beyond_km)
    enough = np.bincount(code, reference) >= FEWEST_REFERENCES
    kept = data.where(enough[code] & ~touched)
    if not enough.any() or np.ptp(kept.treatment) == 0:
        raise NotIdentified("no_year_with_reference", fewest=FEWEST_REFERENCES, km=beyond_km)
    # Rows left out can leave a unit with a single one.
    kept = without_singletons(kept)
    kept = dataclasses.replace(kept, n_dropped=data.n_dropped + len(data.frame) - len(kept.frame))
    said = []
    if not enough.all():
        lost = {"years": years[~enough], "fewest": FEWEST_REFERENCES, "km": beyond_km}
        said.append(Reason("years_without_reference", lost))
    if touched[enough[code]].any():
        near = int(touched[enough[code]].sum())
        said.append(Reason("approved_zone_near", {"rows": near, "km": beyond_km}))
    return kept, said


def _fields(used: Design, result: LinearFit, said: list[Reason]) -> dict[str, object]:
    return {**model_fields(result, used), "reference": said}
