"""The core on panels with gaps: the panel of the known answers with rows removed by a rule.

Tolerances: linearmodels solves the same least squares by dummies, pyfixest by iterations to 1e-8 of
the outcome's scale: coefficients and errors agree to 1e-8 (PROGRAMS). Two computations of ours
differ by rounding (EXACT).

linearmodels counts unit effects nested in the clusters in full, so its errors are multiplied by
√((N − K')/(N − K)), with K' the columns of the dummy regression and K ours.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import UserError
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.paths import cohort_paths
from pilotzone.methods.inference.randomisation import randomise_paths
from pilotzone.methods.inference.wild import wild_cluster_bootstrap

PROGRAMS = {"rtol": 1e-8, "atol": 1e-8}
EXACT = {"rtol": 1e-10, "atol": 1e-10}
# linearmodels says what it drops.
pytestmark = pytest.mark.filterwarnings("ignore:.*singleton observations dropped")

REFERENCE = Path(__file__).parents[2] / "reference"
NAMES = ["d", "x1", "x2"]
ONCE, HOLED = 4, 9


@pytest.fixture(scope="module")
def panel():
    """The panel without every 13th row, one unit with a single row, one with a gap in the middle.

    Of its regions the last is one unit: its rows are alone in their region and year.
    """
    whole = pd.read_csv(REFERENCE / "panel.csv")
    position = 7 * whole["unit"] + 5 * whole["year"]
    removed = (
        (position % 13 == 0)
        | ((whole["unit"] == ONCE) & (whole["year"] != 2017))
        | ((whole["unit"] == HOLED) & whole["year"].between(2015, 2018))
    )
    region = np.where(whole["unit"] == 30, 3, whole["unit"] % 3)
    return whole.assign(region=region)[~removed].reset_index(drop=True)


def effects_of(panel, *more):
    return FixedEffects([panel["unit"], panel["year"], *more])


def theirs(panel, *, singletons, other=None):
    """The fit of linearmodels on units and years, or on units and another effect."""
    data = panel.set_index(["unit", "year"])
    more = None if other is None else pd.DataFrame({"other": other.to_numpy()}, data.index)
    model = PanelOLS(
        data["y"],
        data[NAMES],
        entity_effects=True,
        time_effects=other is None,
        other_effects=None if more is None else more.astype("category"),
        singletons=singletons,
    )
    return model.fit(cov_type="clustered", cluster_entity=True, group_debias=True, auto_df=False)


def converted(found, ours, n_dummies):
    """The errors of linearmodels with nested unit effects counted once."""
    k_full = len(NAMES) + n_dummies
    return found.std_errors * np.sqrt((ours.nobs - k_full) / (ours.nobs - ours.k))


def test_the_rule_leaves_the_gaps_it_should(panel):
    rows = panel.groupby("unit").size()
    assert rows[ONCE] == 1
    assert panel[panel["unit"] == HOLED]["year"].diff().max() > 4
    assert len(panel) < 0.92 * 360
    assert (rows < 12).sum() > 20


def test_two_way_fit_equals_linearmodels(panel):
    ours = fit(panel["y"], panel[NAMES], NAMES, effects_of(panel), panel["unit"])
    kept, dropped = theirs(panel, singletons=True), theirs(panel, singletons=False)
    assert_allclose(ours.coefficients, kept.params, **PROGRAMS)
    assert_allclose(ours.coefficients, dropped.params, **PROGRAMS)
    n_units, n_years = panel["unit"].nunique() - 1, panel["year"].nunique()
    errors = converted(dropped, ours, n_units + n_years - 1)
    assert_allclose(ours.std_errors, errors, **PROGRAMS)
    assert ours.nobs == dropped.nobs == len(panel) - 1
    assert (ours.n_singletons, ours.n_clusters, ours.k) == (1, n_units, 3 + n_years)
    assert_allclose(ours.r2_within, dropped.rsquared, **PROGRAMS)


def test_units_alone_in_their_region_and_year_equal_linearmodels(panel):
    region_year = panel["region"].astype(str) + "#" + panel["year"].astype(str)
    effects = FixedEffects([panel["unit"], region_year])
    ours = fit(panel["y"], panel[NAMES], NAMES, effects, panel["unit"])
    found = theirs(panel, singletons=False, other=region_year)
    alone = (panel["unit"] == ONCE) | (panel["region"] == 3)
    assert alone.sum() > 10
    assert_array_equal(ours.singletons, alone)
    assert ours.nobs == found.nobs == len(panel) - alone.sum()
    assert_allclose(ours.coefficients, found.params, **PROGRAMS)
    # No unit links the three regions that are left: of all dummies three are redundant, of which
    # linearmodels finds one.
    rest = effects.without_singletons
    assert rest.rank == 28 + 3 * 12 - 3
    assert_allclose(ours.std_errors, converted(found, ours, rest.rank + 2), **PROGRAMS)


@pytest.mark.filterwarnings("ignore:::pyfixest")
def test_coefficients_equal_pyfixest(panel):
    import pyfixest

    found = pyfixest.feols(
        "y ~ d + x1 + x2 | unit + year", panel, vcov={"CRV1": "unit"}, fixef_rm="singleton"
    )
    ours = fit(panel["y"], panel[NAMES], NAMES, effects_of(panel), panel["unit"])
    assert_allclose(ours.coefficients, found.coef()[NAMES], **PROGRAMS)
    assert ours.nobs == found._N


def test_singletons_are_left_out_again_and_again():
    # Leaving out unit 1 leaves period 1 with one row, that one unit 2, and so on down the chain.
    unit = np.array([1, 2, 2, 3, 3, 4, 4, 5, 5])
    period = np.array([1, 1, 2, 2, 3, 3, 4, 3, 4])
    effects = FixedEffects([unit, period])
    assert_array_equal(effects.singletons, unit <= 3)
    assert effects.n_singletons == 5
    assert effects.without_singletons.n == 4
    assert effects.without_singletons.without_singletons is effects.without_singletons


@pytest.mark.parametrize("weighted", [False, True])
def test_everything_is_as_if_the_singletons_were_not_there(panel, weighted):
    panel = panel.assign(group=panel["region"] * 10_000 + panel["year"], w=1 + panel["unit"] % 3)
    weights = panel["w"].to_numpy(dtype=float) if weighted else None
    slope = [(panel["unit"], panel["year"] - 2016.0)]
    effects = FixedEffects([panel["unit"], panel["group"]], slope, weights)
    rest = panel[~effects.singletons]
    other = FixedEffects(
        [rest["unit"], rest["group"]],
        [(rest["unit"], rest["year"] - 2016.0)],
        rest["w"] if weighted else None,
    )
    for kind, clustered in (("crv1", True), ("crv3", True), ("iid", False), ("hc1", False)):
        one = fit(
            panel["y"],
            panel[NAMES],
            NAMES,
            effects,
            panel["unit"] if clustered else None,
            vcov=kind,
        )
        two = fit(
            rest["y"], rest[NAMES], NAMES, other, rest["unit"] if clustered else None, vcov=kind
        )
        assert_allclose(one.coefficients, two.coefficients, **EXACT)
        assert_allclose(one.covariance, two.covariance, **EXACT)
        assert_allclose(one.residuals[~one.singletons], two.residuals, **EXACT)
        assert_array_equal(one.residuals[one.singletons], 0)
        numbers = [(f.nobs, f.n_clusters, f.df, f.k, f.r2, f.r2_within) for f in (one, two)]
        assert numbers[0] == pytest.approx(numbers[1])
        assert (one.n_singletons, two.n_singletons) == (len(panel) - len(rest), 0)


def test_draws_are_as_if_the_singletons_were_not_there(panel):
    region_year = panel["region"] * 10_000 + panel["year"]
    effects = FixedEffects([panel["unit"], region_year])
    rest = panel[~effects.singletons]
    other = effects.without_singletons
    one = batch(panel["y"], panel[["d", "x3"]], panel[["x1"]], effects, panel["unit"])
    two = batch(rest["y"], rest[["d", "x3"]], rest[["x1"]], other, rest["unit"])
    assert_allclose(one.coefficients, two.coefficients, **EXACT)
    assert_allclose(one.std_errors, two.std_errors, **EXACT)
    assert (one.df, one.k) == (two.df, two.k)
    drawn = [
        wild_cluster_bootstrap(
            frame["y"],
            frame[NAMES],
            NAMES,
            "d",
            used,
            frame["unit"],
            draws=99,
            rng=np.random.default_rng(3),
            subcluster=frame["unit"] * 2 + frame["year"] % 2,
        )
        for frame, used in ((panel, effects), (rest, other))
    ]
    assert_allclose(drawn[0].t_draws, drawn[1].t_draws, **EXACT)
    assert drawn[0].interval == pytest.approx(drawn[1].interval)
    assert drawn[0].n_clusters == drawn[1].n_clusters == rest["unit"].nunique()


def test_rows_that_are_all_alone_are_refused(panel):
    effects = FixedEffects([panel.index], names=("row",))
    with pytest.raises(UserError, match=r"each of the 3\d\d rows is the only one of some"):
        fit(panel["y"], panel[NAMES], NAMES, effects, panel["unit"])


def test_a_path_is_dealt_to_years_in_which_its_own_unit_has_no_row(panel):
    """Every draw equals the fit on the treatment that the permuted cohorts have on the rows."""
    panel = panel[panel["unit"] != ONCE]
    cohorts = panel.groupby("unit")["first_treated"].first()
    years = np.unique(panel["year"])
    paths = cohort_paths(cohorts.index, years, cohorts.to_numpy())
    found = randomise_paths(
        panel["y"],
        paths,
        panel[["x1"]],
        effects_of(panel),
        panel["unit"],
        panel["unit"],
        panel["year"],
        draws=25,
        rng=np.random.default_rng(6),
    )
    order = np.random.default_rng(6).permuted(np.tile(np.arange(29), (25, 1)), axis=1)
    for draw in range(25):
        dealt = pd.Series(cohorts.to_numpy()[order[draw]], cohorts.index)[panel["unit"]].to_numpy()
        d = (dealt > 0) & (panel["year"].to_numpy() >= dealt)
        columns = np.column_stack([d, panel["x1"]])
        again = fit(panel["y"], columns, ["d", "x1"], effects_of(panel), panel["unit"])
        assert found.coefficients[draw] == pytest.approx(again.coefficients[0], rel=1e-9)
        assert found.t_draws[draw] == pytest.approx(again.t[0], rel=1e-9)
