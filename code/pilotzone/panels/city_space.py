"""Weight matrices and the gravity network of the balanced cities."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.methods.space import builders as space
from pilotzone.methods.space import network
from pilotzone.panels import places
from pilotzone.panels.city_variables import CARRIED
from pilotzone.panels.raw import RawTables

NEIGHBOURS = 6
NETWORK_BASE_YEARS = range(2011, 2015)


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
