"""What a sample holds: rows kept and dropped, the roll-out, the usual statistics."""

import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.catalogue.treatments import TIMINGS, treatment_id
from pilotzone.engine.sample_rows import Parts, rows_of
from pilotzone.panels import rollout
from pilotzone.panels.store import Store


def descriptives(what: Description, store: Store) -> Parts:
    """The usual table on the main sample: N, mean, sd, minimum, median, maximum."""
    columns = rows_of(what, store)[list(what.variables)]
    table = columns.agg(["count", "mean", "std", "min", "median", "max"]).T
    table.columns = ["nobs", "mean", "sd", "min", "median", "max"]
    return {"": table.rename_axis("variable").reset_index().assign(sample=what.rows.id)}


def rollout_tables(what: Description, store: Store) -> Parts:
    """Cohorts by timing rule on a sample and the group-time effects with a control.

    Where the panel knows the places of its units, they are a part of their own.
    """
    panel, sample = store.panel(what.rows.panel), what.rows
    years = sample.years
    by_year, cohorts, group_time = [], [], []
    for timing in TIMINGS:
        cohort = panel.treatments.groupby(panel.unit)[treatment_id("cohort", timing)].first()
        # A unit first treated after the sample is untreated in it.
        cohort = cohort.where(cohort <= sample.last_year, 0).astype(int)
        counts = rollout.cohort_table(cohort, years)
        by_year.append(counts.assign(timing=timing))
        group_time.append(rollout.group_time_table(cohort, years).assign(timing=timing))
        last = counts.loc[counts["untreated"] > 0, "year"].max()
        cohorts += [
            {
                "timing": timing,
                "cohort": g,
                "n_units": len(units),
                "units": " ".join(sorted(units)),
                "last_untreated_year": last,
            }
            for g, units in cohort.groupby(cohort).groups.items()
        ]
    parts = {
        "": pd.concat(by_year, ignore_index=True),
        "cohorts": pd.DataFrame(cohorts),
        "group_time": pd.concat(group_time, ignore_index=True),
    }
    if panel.id == "city":
        # All prefecture-level units with the batch of their first zone.
        places = store.table("city_places").rename(columns={"zone_batch": "batch"})
        columns = ["city_code", "lon", "lat", "name_en", "batch", "first_year", "county_zone"]
        parts["places"] = places[columns]
    return parts


def sample_flow(what: Description, store: Store) -> Parts:
    """Rows kept and dropped by sample, as counted when the panels were built."""
    flows = [store.table(f"{panel}_flow") for panel in str(what.option("panels")).split()]
    return {"": pd.concat(flows, ignore_index=True)}
