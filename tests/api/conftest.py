"""Public panels that ship with development dependencies, and the made-up one."""

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz


@pytest.fixture(scope="session")
def organs():
    """Organ donors in California after active choice (Kessler and Roth 2014), 27 states."""
    data = pytest.importorskip("causaldata").organ_donations.load_pandas().data
    after = (data["State"] == "California") & (data["Quarter_Num"] > 3)
    return data.assign(treated=after.astype(int))


@pytest.fixture(scope="session")
def munnell():
    """Public capital and output (Munnell 1990), 48 states, 1970-1986, and who borders whom."""
    libpysal = pytest.importorskip("libpysal")
    from linearmodels.datasets import munnell as source

    data = source.load()
    # Both stand in the order of the states' names.
    data = data.assign(at=data.groupby("STATE").ngroup().astype(str))
    file = libpysal.examples.get_path("states48.gal")
    return data, libpysal.io.open(file).read()


@pytest.fixture(scope="session")
def wage():
    """Wages of young men (Vella and Verbeek 1998), 545 men, 1980-1987."""
    from linearmodels.datasets import wage_panel

    return wage_panel.load()


@pytest.fixture(scope="session")
def grunfeld():
    """Investment of 11 firms (Grunfeld 1958), 1935-1954."""
    import statsmodels.api as sm

    return sm.datasets.grunfeld.load_pandas().data.astype({"year": int})


@pytest.fixture(scope="session")
def df():
    return pz.example()


@pytest.fixture(scope="session")
def gaps(df):
    """The made-up panel with missing rows and cells, and weights of the units."""
    rng = np.random.default_rng(7)
    kept = df[rng.uniform(size=len(df)) > 0.1].reset_index(drop=True)
    kept["x"] = kept["x"].where(rng.uniform(size=len(kept)) > 0.05)
    by_unit = dict(zip(sorted(set(df["unit"])), rng.uniform(0.5, 2.0, 50), strict=True))
    return kept.assign(weight=kept["unit"].map(by_unit))


@pytest.fixture(scope="session")
def columns():
    """The columns of the made-up panel."""
    return {"unit": "unit", "period": "year"}


@pytest.fixture(scope="session")
def cohorts(columns):
    return {**columns, "first_treated": "first_treated"}


@pytest.fixture(scope="session")
def ring():
    return pz.example_weights()


@pytest.fixture(scope="session")
def of():
    """Return estimate and error of a term."""

    def found(fit, term=None):
        tidy = fit.tidy()
        row = tidy.iloc[0] if term is None else tidy[tidy["term"] == term].iloc[0]
        return row["estimate"], row["std_error"]

    return found


@pytest.fixture(scope="session")
def same():
    """Compare a frame before and after."""
    return pd.testing.assert_frame_equal
