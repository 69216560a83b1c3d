"""DID with spillovers: exposure of the treated and of the untreated, clean controls, rings."""

import dataclasses
import itertools

import numpy as np

from pilotzone.engine.cautions import thin_cells, with_cautions
from pilotzone.engine.design import Design, Result, design, early
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.engine.linear import fit, identified
from pilotzone.engine.matrix import distances, matrix, placed
from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.inference.batch import control_basis
from pilotzone.methods.inference.paths import in_chunks
from pilotzone.methods.inference.permutations import p_value, permutations
from pilotzone.methods.inference.several import Free, Several
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Panel, Store


def exposure_split(data: Design, store: Store) -> Result:
    """Two-way regression on the zone and on its spatial lag, apart for treated and untreated.

    y_it = α_i + λ_t + β d_it + γ₁ d_it (Wd)_it + γ₀ (1 − d_it)(Wd)_it + ε_it (Delgado and Florax
    2015, Economics Letters 137).
    """
    data, weights = placed(data, store)
    treated = _by_year(data)
    spread = _long(data, treated @ weights.align(data.units).T)
    name, d = data.spec.treatment, data.treatment
    columns = [d, d * spread, (1 - d) * spread]
    names = (name, f"W:{name}#treated", f"W:{name}#untreated")
    result = fit(data, columns, names)
    made = Result(estimate_rows(result, len(names)), model_fields(result, data))
    cells = (column != 0 for column in columns)
    return with_cautions(made, thin_cells(data, dict(zip(names, cells, strict=True))))


def exposure(data: Design, store: Store) -> Result:
    """Regression on the zone and on the exposure to those of neighbours, its lead beside it.

    y_it = effects + β d_it + γ (Wd)_it + δ (Wd)_i,t+k + ε_it. With the option ``lead`` k the last
    term is exposure that is yet to come: a coefficient says that exposed units were on a path of
    their own. With ``years_early`` rows with a true exposure are left out as those truly treated
    are. ``among`` the never treated it rests on units without a zone in the whole sample,
    which have no effect of their own to take for a neighbour's.
    """
    everyone, weights = placed(_at_the_true_date(data, store), store)
    name, lead = data.spec.treatment, int(data.spec.option("lead"))
    data = data.without(~np.isin(data.unit, everyone.units))
    exposed = _Exposure(everyone.units, weights, data)
    terms = {name: data.treatment, f"W:{name}": exposed.ahead(data.whole, 0)}
    if lead:
        terms[f"lead{lead}:W:{name}"] = exposed.ahead(data.whole, lead)
    kept = np.all(np.isfinite(list(terms.values())), axis=0)
    if everyone.whole is not data.whole:
        kept &= exposed.ahead(everyone.whole, 0) == 0
    if data.spec.option("among") == "never_treated":
        ever = np.unique(data.unit[data.treatment != 0])
        kept &= ~np.isin(data.unit, ever)
        del terms[name]
    if not kept.any():
        years = {"first": data.period.min(), "last": data.period.max()}
        raise NotIdentified("everybody_treated", **years)
    columns = [column[kept] for column in terms.values()]
    data = data.without(~kept)
    result = identified(data, columns, tuple(terms))
    return Result(estimate_rows(result, len(terms)), model_fields(result, data))


def _at_the_true_date(data: Design, store: Store) -> Design:
    """Return the rows of a column whose treatment is not moved forward: itself if it is not."""
    if not early(data.spec):
        return data
    options = tuple(pair for pair in data.spec.options if pair[0] != "years_early")
    return design(dataclasses.replace(data.spec, options=options), store)


@dataclasses.dataclass(frozen=True)
class _Exposure:
    """Exposure of the rows of a design to all units, also those without a row of their own."""

    units: tuple[str, ...]
    weights: SpatialWeights
    data: Design

    def ahead(self, panel: Panel, lead: int) -> np.ndarray:
        """Return W d of the year ``lead`` years ahead, (N,); NaN where no roll-out tells it."""
        data, every = self.data, panel.treatments
        table = every.pivot(index=panel.period, columns=panel.unit, values=data.spec.treatment)
        years = np.unique(data.period)
        ahead = table[list(self.units)].reindex(years + lead).to_numpy(dtype=float)
        exposed = ahead @ self.weights.align(self.units).T
        at_unit = np.searchsorted(self.units, data.unit)
        return exposed[np.searchsorted(years, data.period), at_unit]


def clean_controls(data: Design, store: Store) -> Result:
    """Effect against untreated units without exposure, and the effect on exposed untreated ones.

    Exposure is a treated neighbour, or with the option ``rings_km`` a treated unit within rings of
    distance; the reference is untreated and unexposed (Butts 2021; Clarke 2017). Errors by
    permuting whole roll-outs over units, exposure computed anew.
    """
    treated = _by_year(data)
    links, names = _links(data, store)
    exposed = _exposures(treated, links)
    clean = (treated == 0) & (exposed.sum(axis=0) == 0)
    without = np.unique(data.period)[~clean.any(axis=1)]
    if len(without):
        raise NotIdentified("no_clean_control", year=without[0])
    observed = _coefficients(data, treated, exposed, names)
    within = data.permuted_within
    strata = None if within is None else data.by_unit(within, "within")
    order = permutations(treated.shape[1], **data.resampling.drawn, strata=strata)
    drawn = _redrawn(data, treated, links, order)
    judged = "permutation", p_value(observed, drawn), data.resampling.draws
    terms = resampled_rows(names, *judged, estimate=observed)
    compared = Reason("clean_controls", {"units": list(np.array(data.units)[clean[-1]])})
    made = Result(terms, {"inference": "permutation:unit", "reference": compared})
    cells = (_long(data, table) > 0 for table in (treated, *exposed))
    return with_cautions(made, thin_cells(data, dict(zip(names, cells, strict=True))))


def _by_year(data: Design) -> np.ndarray:
    """Return the treatment as (T, n), units in the order of their codes."""
    return data.wide(data.spec.treatment, "spillovers").to_numpy(dtype=float)


def _long(data: Design, table: np.ndarray) -> np.ndarray:
    """Return tables (..., T, n) in the order of the design's rows, (..., N)."""
    _, year = np.unique(data.period, return_inverse=True)
    _, unit = np.unique(data.unit, return_inverse=True)
    return table[..., year, unit]


def _links(data: Design, store: Store) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return for every kind of exposure who is linked with whom, and the names of the terms."""
    name = data.spec.treatment
    rings = str(data.spec.option("rings_km"))
    if rings == "none":
        return [matrix(data, store).align(data.units) > 0], (name, "exposed")
    distance = distances(data, store)
    pairs = list(itertools.pairwise([0.0, *map(float, rings.split())]))
    links = [(distance > low) & (distance <= high) for low, high in pairs]
    return links, (name, *(f"ring:{low:g}-{high:g}" for low, high in pairs))


def _exposures(treated: np.ndarray, links: list[np.ndarray]) -> np.ndarray:
    """Return (k, ..., T, n): untreated with a treated unit in the ring, in no nearer ring."""
    taken = treated > 0
    out = []
    for linked in links:
        near = (treated @ linked.T.astype(float) > 0) & ~taken
        out.append(near)
        taken = taken | near
    return np.array(out, dtype=float)


def _coefficients(
    data: Design, treated: np.ndarray, exposed: np.ndarray, names: tuple[str, ...]
) -> np.ndarray:
    columns = [_long(data, table) for table in (treated, *exposed)]
    return fit(data, columns, names).coefficients[: len(names)]


def _redrawn(
    data: Design, treated: np.ndarray, links: list[np.ndarray], order: np.ndarray
) -> np.ndarray:
    """Return the coefficients (R, q) of permuted roll-outs; NaN where exposure does not vary."""
    effects = data.absorbed
    basis = control_basis(data.controls_or_none, data.control_names, effects)
    free = Free(effects, basis)
    outcome, parts = free(data.y[:, None]), []
    for decks in in_chunks(order, (1 + len(links)) * len(data.y)):
        dealt = np.moveaxis(treated[:, decks], 1, 0)
        columns = [_long(data, table).T for table in (dealt, *_exposures(dealt, links))]
        made = Several.of(columns, outcome, free)
        parts.append(np.where(made.known[:, None], made.beta[:, :, 0], np.nan))
    return np.concatenate(parts)
