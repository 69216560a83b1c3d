"""Bands of event times: what has none, how much they are widened, and that they hold the path.

Numbers computed twice agree to SAME, critical values of two simulations to DRAWS: multipliers of 12
treated units are not quite normal. A share of 150 simulated panels has an error of 0.02 at 0.95.
"""

import numpy as np
import pytest
from scipy import stats

from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.event_bands import event_bands
from pilotzone.methods.inference.bands import simultaneous_bands

SAME, DRAWS = 1e-10, 0.05


def fitted(frame, **choices):
    arrays = (frame[name].to_numpy() for name in ("y", "unit", "year", "first_treated"))
    return callaway_santanna(*arrays, **choices)


def rng():
    return np.random.default_rng(31)


def test_an_event_time_on_a_small_cohort_has_no_band(provinces):
    effects = fitted(provinces[provinces["year"] < 2020], base="universal")
    with_it = event_bands(effects, (), 199, rng())
    # 2015 is one province: it enters −2, 0, 1, 2, 3 and alone makes 4.
    assert with_it.names == ("event:-6", "event:-5", "event:-4", "event:-3")
    assert with_it.n_withheld == 6
    without = event_bands(effects, (2015,), 199, rng())
    assert without.n_withheld == 0
    assert "event:3" in without.names


def test_a_cohort_of_nine_has_none_and_one_of_ten_has(draw):
    for size, n_bands in ((9, 0), (10, 4)):
        frame = draw(np.random.default_rng(1), [2015] * size + [0] * 20, range(2012, 2017))
        made = event_bands(fitted(frame, base="universal"), (), 99, rng())
        assert (len(made.names), made.n_withheld) == (n_bands, 4 - n_bands)


def test_one_size_for_all_gives_the_bands_of_t(draw):
    frame = draw(np.random.default_rng(2), [2015] * 12 + [0] * 400, range(2012, 2018))
    effects = fitted(frame, base="universal")
    made = event_bands(effects, (), 20_000, rng())
    average = effects.aggregate("dynamic")
    errors, middle = average.std_errors[1:], average.estimates[1:]
    np.testing.assert_allclose(made.high - middle, made.critical * errors, rtol=SAME)
    np.testing.assert_allclose(middle - made.low, made.critical * errors, rtol=SAME)
    assert len(set(made.critical.round(12))) == 1
    covariance = average.covariance[1:, 1:]
    bands = simultaneous_bands(middle, covariance, rng(), df=11, draws=20_000)
    assert made.critical[0] == pytest.approx(bands.critical, rel=DRAWS)


def test_an_event_time_of_smaller_cells_reaches_farther(draw):
    cohorts = [2014] * 10 + [2016] * 60 + [0] * 60
    effects = fitted(draw(np.random.default_rng(4), cohorts, range(2012, 2018)), base="universal")
    made = event_bands(effects, (), 199, rng())
    critical = dict(zip(made.names, made.critical, strict=True))
    # Times −4 and −3 rest on the cohort of 2016 alone, 2 and 3 on that of 2014.
    assert critical["event:-4"] < critical["event:3"] == critical["event:0"]
    ratio = stats.t.ppf(0.975, 9) / stats.t.ppf(0.975, 59)
    assert critical["event:3"] / critical["event:-4"] == pytest.approx(ratio, rel=SAME)


@pytest.mark.parametrize("cohorts", [[2015] * 10 + [2017] * 10 + [0] * 10, [2015] * 12 + [0] * 12])
def test_bands_hold_the_whole_path(draw, draw_again, cohorts):
    generator, held = np.random.default_rng(3), []
    frame = draw(generator, cohorts, range(2012, 2020), effect=lambda g, t: 0.5)
    again = draw_again(frame)
    for _ in range(150):
        frame["y"] = again(generator)
        made = event_bands(fitted(frame, base="universal"), (), 99, generator)
        truth = np.array([0.5 * (not name.startswith("event:-")) for name in made.names])
        held.append(np.all((made.low <= truth) & (truth <= made.high)))
    assert np.mean(held) > 0.90
