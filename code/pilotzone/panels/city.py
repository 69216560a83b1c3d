"""The city panel: indicators, index, zones, controls, and the same figures summed to provinces.

Cells flagged as suspect and units abolished on the way count as missing; a row is complete if all
six indicators are there.
"""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.catalogue.indicators import NQP_CITY
from pilotzone.errors import Reason
from pilotzone.methods.space import builders as space
from pilotzone.methods.space import network
from pilotzone.panels import city_sums, construct, places, samples
from pilotzone.panels.city_treatments import treatments
from pilotzone.panels.city_units import ATTRIBUTES, first_years, unit_attributes
from pilotzone.panels.city_variables import CARRIED, KEYS, SOURCE, VARIANTS, YEARS, variables
from pilotzone.panels.raw import RawTables, unusable, wide

NEIGHBOURS = 6
NETWORK_BASE_YEARS = range(2011, 2015)


@dataclasses.dataclass(frozen=True)
class CityPanel:
    """The panel with what was counted on the way.

    Attributes
    ----------
    frame : DataFrame
        One row per city and year with all six indicators, sorted.
    rollout : DataFrame
        Every city of the panel in every year and the year before, whether its row is complete
        (``present``) or not, with its treatments.
    index_weights : DataFrame
        ``variant, indicator, weight``; variants of the sums carry ``sums:`` in front.
    flow : DataFrame
        Rows kept and dropped by sample, with the reason.
    distances : DataFrame
        Great-circle distances between cities in km, by code.
    weights : tuple of SpatialWeights
        Matrices on the balanced cities; contiguity without those that border none of them.
    sums : DataFrame
        The figures of the balanced cities summed to provinces, by ``province_code, year``.
    places : DataFrame
        All prefecture-level units with place, batch and first treated year.
    """

    frame: pd.DataFrame
    rollout: pd.DataFrame
    index_weights: pd.DataFrame
    flow: pd.DataFrame
    distances: pd.DataFrame
    weights: tuple[space.SpatialWeights, ...]
    sums: pd.DataFrame
    places: pd.DataFrame


def build(raw: RawTables) -> CityPanel:
    """Build the city panel from validated figures.

    Raises
    ------
    UserError
        If a formula mixes two vintages, divides by a zero, or an indicator is constant.
    """
    figures = variables(raw)
    indicators = list(NQP_CITY.ids)
    figures = figures.assign(**construct.values(figures, SOURCE))
    complete = figures[indicators].notna().all(axis=1) & figures["year"].isin(YEARS)
    units = unit_attributes(raw, figures[complete])
    figures = figures.merge(units, on="city_code", how="left", validate="many_to_one")
    treated = treatments(raw, sorted(figures.loc[complete, "city_code"].unique()))
    cohort = treated.groupby("city_code")["cohort"].first()
    figures["cohort"] = figures["city_code"].map(cohort)
    flow = samples.flow("city", figures, "city_code", {"city": _why_incomplete(raw, figures)})
    base = figures[complete].drop(columns="cohort")
    columns = [*KEYS, *ATTRIBUTES, *CARRIED, *SOURCE.formulas]
    frame = base[columns].merge(treated, on=KEYS, how="left", validate="one_to_one")
    scores, index_weights = construct.index_variants(frame, VARIANTS, SOURCE)
    frame = frame.assign(**scores, ln_nqp_city=np.log(scores["nqp_city"]))
    frame = frame.merge(centralities(raw, frame), on=KEYS, how="left", validate="one_to_one")
    frame = frame.sort_values(KEYS).reset_index(drop=True)
    present = frame[KEYS].assign(present=1)
    grid = treated.merge(present, on=KEYS, how="left", validate="one_to_one")
    grid["present"] = grid["present"].fillna(0).astype(int)
    sums, sums_weights = city_sums.province_sums(raw, base, frame)
    return CityPanel(
        frame=frame,
        rollout=grid.sort_values(KEYS).reset_index(drop=True),
        index_weights=pd.concat([index_weights, sums_weights], ignore_index=True),
        flow=pd.concat([flow, city_sums.flow(flow, sums)], ignore_index=True),
        distances=places.between_cities(raw, sorted(frame["city_code"].unique())),
        weights=spatial_weights(raw, frame),
        sums=sums,
        places=units.assign(first_year=first_years(raw, units["city_code"])),
    )


def _why_incomplete(raw: RawTables, figures: pd.DataFrame) -> list[samples.Test]:
    """Return for each reason why a row is incomplete the rows without that fault.

    The faults are tried in the order of the indicators; a row counts for its first one.
    """
    flagged = raw.city_figures[unusable(raw.city_figures["flag"])]
    cells = wide(flagged.assign(value=1.0), unit="city_code")
    keys = pd.MultiIndex.from_frame(figures[KEYS])
    tests = [(Reason("unit_abolished"), figures["name_en"].notna().to_numpy())]
    for indicator in NQP_CITY.indicators:
        why = {"variable": indicator.id}
        missing = figures[indicator.id].isna().to_numpy()
        sources = [source for source in indicator.sources if source in cells]
        doubtful = cells[sources].notna().any(axis=1).reindex(keys, fill_value=False).to_numpy()
        tests += [
            (Reason("not_printed", why), ~(missing & ~doubtful)),
            (Reason("flagged", why), ~(missing & doubtful)),
        ]
    return tests


def spatial_weights(raw: RawTables, frame: pd.DataFrame) -> tuple[space.SpatialWeights, ...]:
    """Return nearest neighbours, inverse distance and contiguity on the balanced cities."""
    units = frame.drop_duplicates("city_code").set_index("city_code")
    balanced = tuple(sorted(units.index[units["balanced"] == 1]))
    linked = tuple(sorted(units.index[units["linked"] == 1]))
    distance = places.between_cities(raw, balanced).to_numpy()
    nearest = space.nearest_neighbours(balanced, distance, NEIGHBOURS)
    return (
        dataclasses.replace(nearest, name=f"nearest_{NEIGHBOURS}"),
        space.inverse_distance(balanced, distance),
        space.contiguity(linked, places.borders(raw.city_contiguity, "city_code", linked)),
    )


def centralities(raw: RawTables, frame: pd.DataFrame) -> pd.DataFrame:
    """Return degree, closeness and betweenness of the balanced cities in the gravity network.

    Strength F = √(P G)_i √(P G)_j / d²; two cities are linked in a year if F is above either
    city's mean over the other cities and the base years.
    """
    cities = frame[frame["balanced"] == 1]
    population, grp = (
        cities.pivot(index="year", columns="city_code", values=name) for name in CARRIED
    )
    codes, years = list(population.columns), list(population.index)
    km = places.between_cities(raw, codes).to_numpy()
    force = network.gravity(population.to_numpy(), grp.to_numpy(), km, units=codes, years=years)
    base = np.isin(years, NETWORK_BASE_YEARS)
    linked = network.links(force, network.thresholds(force, base))
    found = network.centralities(linked, codes)
    index = pd.MultiIndex.from_product([years, codes], names=["year", "city_code"])
    columns = {
        f"{name}_centrality": getattr(found, name).ravel()
        for name in ("degree", "closeness", "betweenness")
    }
    return pd.DataFrame(columns, index=index).reset_index()
