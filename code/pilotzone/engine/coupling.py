"""Coupling coordination degrees of sets of systems."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.catalogue.formula import parse
from pilotzone.catalogue.indicators import NQP, TOI, System
from pilotzone.engine.sample_rows import Parts, rows_of
from pilotzone.methods.disparity import coupling
from pilotzone.methods.index.formula import evaluate
from pilotzone.methods.index.weighting import METHODS, Cells, standardise
from pilotzone.panels.store import Store

ALL = "all"
INDEX_ECOMMERCE, ELEMENTS = "index_ecommerce", "elements"
ORGANISATION = "technology_organisation_institution"


def coupling_tables(what: Description, store: Store) -> Parts:
    """Coupling coordination degrees of three sets of systems by province and year.

    Levels are put on [0, 1] by their range over the sample before they are coupled.
    """
    rows = rows_of(what, store)
    elements, element_weights = _elements(rows, store)
    # The indicators of technology, organisation and institution weigh alike.
    toi = _cells(TOI, rows)
    alike = METHODS["equal"](toi).weights[""]
    organisation, organisation_weights = _subindices(TOI, toi, alike, ORGANISATION)
    pair = rows[["nqp_no_ecommerce", "cbec_proxy"]]
    levels = {INDEX_ECOMMERCE: pair, ELEMENTS: elements, ORGANISATION: organisation}
    degrees, used, statistics = [], [], []
    for system, table in levels.items():
        u = standardise(table.to_numpy(float), np.ones(table.shape[1]), list(table.columns))
        made = coupling.coordination(u)
        where = rows[["province_code", "year"]].assign(system=system)
        degrees.append(
            where.assign(**dataclasses.asdict(made), **{"class": coupling.classes(made.degree)})
        )
        used += [where.assign(part=name, value=u[:, k]) for k, name in enumerate(table.columns)]
        means = _coupling_statistics(u, table.to_numpy(), rows["year"])
        statistics.append(means.assign(system=system))
    weights = pd.concat([element_weights, organisation_weights], ignore_index=True)
    return {
        "": pd.concat(degrees, ignore_index=True),
        "levels": pd.concat(used, ignore_index=True),
        "statistics": pd.concat(statistics, ignore_index=True),
        "indicators": weights,
    }


def _cells(system: System, rows: pd.DataFrame) -> Cells:
    values = [evaluate(parse(i.formula), rows) for i in system.indicators]
    return Cells(np.column_stack(values), system.signs, system.ids, rows["year"].to_numpy())


def _elements(rows: pd.DataFrame, store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a sub-index per element: the weights of the index, made to sum to one in each."""
    table = store.table("province_index_weights")
    weight = table[table["variant"] == "nqp"].set_index("indicator")["weight"]
    # The panel holds the indicators themselves.
    system = System(NQP.id, tuple(dataclasses.replace(i, formula=i.id) for i in NQP.indicators))
    given = weight.loc[list(system.ids)].to_numpy()
    return _subindices(system, _cells(system, rows), given, ELEMENTS)


def _subindices(
    system: System, cells: Cells, weights: np.ndarray, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    element = np.array([i.element for i in system.indicators])
    parts = list(dict.fromkeys(element))
    share = np.array([weights[k] / weights[element == e].sum() for k, e in enumerate(element)])
    z = cells.z()
    scores = {part: z[:, element == part] @ share[element == part] for part in parts}
    declared = pd.DataFrame(list(system.indicators))[["element", "id", "sign"]]
    declared.columns = ["part", "indicator", "sign"]
    return pd.DataFrame(scores), declared.assign(system=name, weight=share)


def _coupling_statistics(u: np.ndarray, as_made: np.ndarray, year: pd.Series) -> pd.DataFrame:
    """Return means by year and over all years, under each spelling, and what D adds to levels."""
    made = {s: coupling.coordination(u, s) for s in coupling.SPELLINGS}
    main = made["geometric"]
    columns = pd.DataFrame(
        {
            "mean_coupling": main.coupling,
            "mean_level": main.level,
            "mean_degree": main.degree,
            "mean_degree_without_k": made["without_k"].degree,
            "mean_degree_power": made["power"].degree,
            "mean_degree_no_range": coupling.coordination(as_made).degree,
            "year": year.to_numpy(),
        }
    )
    rows = []
    for label, block in [*columns.groupby("year"), (ALL, columns)]:
        means = block.drop(columns="year").mean().to_dict()
        means["cells_without_degree"] = int((block["mean_degree"] == 0).sum())
        means["correlation_degree_level"] = block["mean_degree"].corr(block["mean_level"])
        rows += [{"year": str(label), "statistic": s, "value": v} for s, v in means.items()]
    return pd.DataFrame(rows)
