"""Known answers and panels with staggered adoption."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="session")
def known():
    """Return a function check, quantity -> (value, std_error) of the answers of R."""
    table = pd.read_csv(REFERENCE / "gold.csv").set_index(["check", "quantity"])
    return lambda check, quantity: tuple(table.loc[(check, quantity), ["value", "std_error"]])


@pytest.fixture(scope="session")
def known2():
    """Return a function check, quantity -> value of the answers for inference under dependence.

    Where programs agree to the digits printed, or differ by draws alone, the first is taken.
    """
    table = pd.read_csv(REFERENCE / "gold2.csv").drop_duplicates(["check", "quantity"])
    values = table.set_index(["check", "quantity"])["value"]
    return lambda check, quantity: float(values[(check, quantity)])


@pytest.fixture(scope="session")
def known2_errors():
    """Return a function check, (quantity, software) -> (value, std_error); any software if ''."""
    table = pd.read_csv(REFERENCE / "gold2.csv")

    def answer(check, key):
        quantity, software = key
        rows = table[(table["check"] == check) & (table["quantity"] == quantity)]
        rows = rows[rows["software"] == software] if software else rows
        return tuple(rows[["value", "std_error"]].iloc[0])

    return answer


@pytest.fixture(scope="session")
def second():
    """Return the same function for the answers of Python packages."""
    table = pd.read_csv(REFERENCE / "staggered.csv").set_index(["check", "quantity"])
    return lambda check, quantity="simple": tuple(
        table.loc[(check, quantity), ["value", "std_error"]]
    )


@pytest.fixture(scope="session")
def frame():
    """The panel of the known answers."""
    return pd.read_csv(REFERENCE / "panel.csv")


@pytest.fixture(scope="session")
def frame_with_gaps(frame):
    """The panel without five rows and without the cohort of 2015, as staggered.py has it."""
    gaps = frame.drop(index=[3, 50, 90, 91, 301])
    return gaps[gaps["first_treated"] != 2015]


@pytest.fixture(scope="session")
def arguments():
    """Return a function frame -> (y, unit, period, cohort)."""
    return lambda frame: (frame["y"], frame["unit"], frame["year"], frame["first_treated"])


def outcome(rng, tau, noise=1.0):
    """Unit and year effects, effects (n, T) and noise."""
    y = rng.normal(size=(len(tau), 1)) + rng.normal(size=tau.shape[1]) + tau
    return y + noise * rng.normal(size=tau.shape)


@pytest.fixture(scope="session")
def draw_again():
    """Return a function panel -> rng -> another outcome (N,) of what ``draw`` has drawn."""

    def again(frame):
        tau = frame["tau"].to_numpy().reshape(frame["unit"].nunique(), -1)
        return lambda rng: outcome(rng, tau).ravel()

    return again


@pytest.fixture(scope="session")
def draw():
    """Return a function that draws a panel in which every cohort and period has its effect."""

    def drawn(rng, cohorts, years, *, noise=1.0, effect=lambda g, t: 0.0):
        cohorts, years = np.asarray(cohorts), np.asarray(years)
        n, periods = len(cohorts), len(years)
        tau = np.array([[effect(g, t) if 0 < g <= t else 0.0 for t in years] for g in cohorts])
        y = outcome(rng, tau, noise)
        return pd.DataFrame(
            {
                "unit": np.repeat(np.arange(n), periods),
                "year": np.tile(years, n),
                "first_treated": np.repeat(cohorts, periods),
                "y": y.ravel(),
                "tau": tau.ravel(),
            }
        )

    return drawn


@pytest.fixture(scope="session")
def provinces(draw):
    """A panel adopted as by China's provinces: 2013-2022, nobody never treated."""
    cohorts = [2015] + [2016] * 10 + [2019] * 15 + [2020] * 4
    return draw(np.random.default_rng(30), cohorts, range(2013, 2023), effect=lambda g, t: 1.0)


@pytest.fixture(scope="session")
def cities(draw):
    """A panel with gaps adopted as by China's cities: 2011-2020, most of 277 never treated.

    One row in 18 is missing at random; unit 276 has a single row, unit 275 no year 2014-2016.
    """
    rng = np.random.default_rng(277)
    cohorts = np.repeat([2015, 2016, 2019, 2020, 0], [1, 12, 22, 60, 182])
    years = range(2011, 2021)
    frame = draw(rng, cohorts, years, effect=lambda g, t: 0.2 + 0.1 * (t - g) + 0.3 * (g == 2016))
    controls = rng.normal(size=(len(frame), 5)) + 0.1 * frame[["unit"]].to_numpy() / 277
    frame = frame.assign(**{f"x{j}": controls[:, j] for j in range(5)})
    frame["y"] += controls @ np.linspace(0.2, 0.6, 5)
    missing = (
        (rng.random(len(frame)) < 1 / 18)
        | ((frame["unit"] == 276) & (frame["year"] != 2013))
        | ((frame["unit"] == 275) & frame["year"].between(2014, 2016))
    )
    # The cohort of 2015 is one unit; it is seen in all years.
    return frame[~missing | (frame["unit"] == 0)].reset_index(drop=True)
