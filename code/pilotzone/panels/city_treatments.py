"""What changes over time in a city by decree: zones, other policies, distances to zones."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue.policies import CONFOUNDING, policy_id
from pilotzone.catalogue.treatments import ALL_TIMINGS, treatment_id
from pilotzone.panels import places, policies, rollout
from pilotzone.panels.city_units import BELOW_PREFECTURE
from pilotzone.panels.city_variables import KEYS, ROLLOUT_YEARS
from pilotzone.panels.raw import RawTables
from pilotzone.panels.raw.policies import roster


def treatments(raw: RawTables, codes: Sequence[str]) -> pd.DataFrame:
    """Return zones under each timing rule, other policies and distances, by city and year.

    Returns
    -------
    DataFrame
        ``city_code, year``; ``zone_city`` and ``cohort`` (first year with exposure, 0 if none
        within the years) under each timing rule; ``zone_city_without_county``, which leaves out
        zones of county-level cities and new areas; one 0/1 column per policy;
        ``distance_to_zone_km`` (0 in a unit with a zone) and ``distance_to_other_zone_km``, to the
        nearest unit with a zone in force, inside the panel or not, and
        ``distance_to_approved_zone_km``, which counts a zone from the year of approval; missing
        before the first zone.
    """
    zones = rollout.zones_in_force(raw.pilot_zones)
    wholes = zones[~zones["level"].isin(BELOW_PREFECTURE)].reset_index(drop=True)
    exposed = {
        treatment_id("zone_city", timing): rollout.unit_exposure(zones, ROLLOUT_YEARS, timing)
        for timing in ALL_TIMINGS
    }
    tables = {name: table.reindex(codes, fill_value=0.0) for name, table in exposed.items()}
    cohorts = {
        treatment_id("cohort", timing): rollout.first_exposed(
            tables[treatment_id("zone_city", timing)]
        )
        for timing in ALL_TIMINGS
    }
    whole = rollout.unit_exposure(wholes, ROLLOUT_YEARS, "half_year")
    tables["zone_city_without_county"] = whole.reindex(codes, fill_value=0.0)
    for stem in CONFOUNDING:
        made = roster(stem, raw.policies[stem])
        covered = policies.unit_coverage(made, raw.cities, ROLLOUT_YEARS)
        tables[policy_id(stem)] = covered.reindex(codes, fill_value=0.0)
    tables |= cohorts | _zone_distances(raw, exposed, codes)
    index = pd.MultiIndex.from_product([codes, ROLLOUT_YEARS], names=KEYS)
    columns = {name: table.to_numpy().ravel() for name, table in tables.items()}
    return pd.DataFrame(columns, index=index).reset_index()


def _zone_distances(
    raw: RawTables, exposed: Mapping[str, pd.DataFrame], codes: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return the distance to the nearest treated unit by year: in force, elsewhere, approved."""
    everyone = sorted(raw.cities["city_code"])
    km = places.between_cities(raw, everyone).loc[list(codes)].to_numpy()
    own = np.array(everyone)[None, :] == np.array(codes)[:, None]

    def nearest(distance: np.ndarray, timing: str) -> pd.DataFrame:
        treated = exposed[treatment_id("zone_city", timing)].reindex(everyone, fill_value=0.0) > 0
        found = {
            year: np.where(treated[year].to_numpy()[None, :], distance, np.inf).min(axis=1)
            for year in ROLLOUT_YEARS
        }
        return pd.DataFrame(found, index=list(codes)).replace(np.inf, np.nan)

    return {
        "distance_to_zone_km": nearest(km, "half_year"),
        "distance_to_other_zone_km": nearest(np.where(own, np.inf, km), "half_year"),
        "distance_to_approved_zone_km": nearest(km, "same_year"),
    }
