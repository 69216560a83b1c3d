"""Detectable effects: against the noncentral t, and the same found by adding the effect.

A 0.8 quantile of R thresholds of standard deviation s has an error of about 1.43 s/√R, and lies
about 2.8 s from zero: relative to it 0.51/√R. Bounds are two and a half of these (NEAR). Two
shares of R draws each near 0.8 differ by 0.57/√R on average (SHARE, likewise). What is linear in
the outcome moves with it up to rounding (SAME); a limit is found by halving a step (EDGE).
"""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy import optimize, stats

from pilotzone import engine, exhibits
from pilotzone.catalogue import Description, Inference, grid
from pilotzone.engine import detectable as module
from pilotzone.engine.detectable import detectable
from pilotzone.engine.drawn_outcomes import Drawn
from pilotzone.engine.linear import left_of, untreated_deviation
from pilotzone.errors import NotIdentified, UserError, decode
from pilotzone.estimates.line_order import in_order
from pilotzone.methods.did.twfe import panel_effects
from pilotzone.panels.store import FolderStore, Panel

pytestmark = pytest.mark.slow

SAME, EDGE = 1e-9, 1e-6
SEED = 11
ZONE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_first"}
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}
SPACE = {
    "outcome": "nqp_no_ecommerce",
    "treatment": "zone_share",
    "weights": "contiguity",
    "estimator": "sdm",
}
WITHOUT = {"options": (("without_cohort", 2015),)}
FEW = Inference("permutation", draws=59, seed=1)


def near(draws):
    return 2.5 * 0.51 / np.sqrt(draws)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def described(columns, draws, **options):
    given = {"columns": columns, "draws": draws, "seed": SEED}
    return Description(kind="detectable", **given, options=tuple(options.items()))


def found(store, columns, draws, **options):
    made = detectable(described(columns, draws, **options), store)[""]
    return made.set_index(["estimator", "sample", "term"])


def rerun(store, spec, draws, effect, seed=SEED, **options):
    """Return the share of draws in which the estimator itself finds an effect in the outcome."""
    what = dataclasses.replace(described((spec,), draws, **options), seed=seed)
    column = Drawn.of(spec, store)
    noises = module._noises(column, what)
    term = module._terms(column.data)[0][0]
    effects = {"theta" if spec.weights else "beta": effect}
    hits = 0
    for draw in range(draws):
        data = column.design(column.outcome(noises[draw], **effects), seed + draw)
        terms = engine.estimator_of(spec)(data, store).terms
        at = terms["term"].tolist().index(term)
        hits += terms["estimate"].array[at] > 0 and terms["p_value"].array[at] <= 0.05
    return hits / draws


def test_with_independent_noise_of_one_size_it_is_that_of_the_noncentral_t(store):
    draws = 600
    columns = grid(**CITY)
    made = found(store, columns, draws, autocorrelation=0.0, sizes="common")
    made = made.loc[("twfe", "balanced", "zone_city")]
    data = Drawn.of(columns[0], store).data
    effects = panel_effects(data.unit, data.period)
    d = effects.residualise(data.treatment)
    y = effects.residualise(data.y)
    rss = y @ y - (d @ y) ** 2 / (d @ d)
    sd = np.sqrt(rss / (len(y) - effects.rank - 1) / (d @ d))
    df = len(data.units) - 1
    critical = stats.t.ppf(0.975, df)
    steps = optimize.brentq(lambda nc: stats.nct.sf(critical, df, nc) - 0.8, 1, 5)
    assert made["detectable"] == pytest.approx(steps * sd, rel=near(draws))
    # A standard deviation of R draws has an error of 1/√(2R).
    assert made["normal"] == pytest.approx(2.8016 * sd, rel=2.5 / np.sqrt(2 * draws))


@pytest.mark.parametrize(
    "column",
    [
        grid(**ZONE, sample="to_2018"),
        grid(**ZONE, **WITHOUT, sample="to_2018", estimator="callaway_santanna", inference=FEW),
        grid(**SPACE, options=(("correction", "lee_yu"),)),
    ],
    ids=["errors", "permutation", "lag of the outcome"],
)
def test_as_many_draws_find_it_when_it_is_in_the_outcome(store, column):
    draws = 20
    made = found(store, column, draws).iloc[0]
    effect = made["detectable"] * (1 + EDGE)
    # With a lag of the outcome thresholds are near their values: a draw may fall out.
    assert rerun(store, column[0], draws, effect) == pytest.approx(0.8, abs=1.5 / draws)
    assert rerun(store, column[0], draws, 0.0) < 0.3
    assert made["draws"] == draws
    assert made["failed"] == 0


def test_other_draws_find_it_as_often(store):
    draws, column = 300, grid(**ZONE)
    effect = found(store, column, draws).iloc[0]["detectable"]
    share = rerun(store, column[0], draws, effect, seed=5000)
    assert share == pytest.approx(0.8, abs=2.5 * 0.57 / np.sqrt(draws))


class Louder:
    """A store whose outcomes are larger throughout."""

    def __init__(self, inner, outcome, by):
        self.inner, self.outcome, self.by = inner, outcome, by

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def panel(self, name) -> Panel:
        whole = self.inner.panel(name)
        frame = whole.frame.assign(**{self.outcome: self.by * whole.frame[self.outcome]})
        return dataclasses.replace(whole, frame=frame)


@pytest.mark.parametrize(
    "column",
    [
        grid(**ZONE, effects="unit_trends"),
        grid(**ZONE, **WITHOUT, sample="pre_covid", estimator="imputation", inference=FEW),
    ],
    ids=["errors", "permutation"],
)
def test_more_noise_makes_it_larger_in_proportion(store, column):
    once = found(store, column, 20)
    louder = found(Louder(store, ZONE["outcome"], 3.0), column, 20)
    numbers = ["detectable", "normal", "sd_outcome"]
    np.testing.assert_allclose(
        louder[numbers].astype(float), 3 * once[numbers].astype(float), rtol=EDGE
    )
    np.testing.assert_allclose(louder["ratio"].astype(float), once["ratio"].astype(float), EDGE)


@pytest.mark.parametrize("effects", ["two_way", "unit_trends"])
def test_what_is_left_of_the_noise_is_as_large_as_the_residual(store, effects):
    column = Drawn.of(grid(**CITY, effects=effects)[0], store)
    cells = column.rows, column.columns
    squares = column.residuals[cells] ** 2
    of_unit = np.bincount(column.columns, squares)
    for sizes in ("own", "common"):
        noises = module._noises(column, described(grid(**CITY), 100, sizes=sizes))
        left = left_of(column.data, noises[:, *cells].T) ** 2
        assert left.mean() == pytest.approx(squares.mean(), rel=SAME)
        drawn = np.bincount(column.columns, left.mean(axis=1))
        # Most cities are quiet and some are loud.
        assert (np.corrcoef(drawn, of_unit)[0, 1] > 0.95) == (sizes == "own")


@pytest.mark.parametrize(
    ("treatment", "rows"),
    # Of the level two cells are zero, the lowest of the panel: no row of it is untreated.
    [("zone_first", None), ("zone_share", 150), ("cbec_proxy", 300)],
)
def test_the_unit_is_the_deviation_net_of_effects_on_untreated_rows(store, treatment, rows):
    column = Drawn.of(grid(**{**ZONE, "treatment": treatment})[0], store)
    rest = column.data.frame
    rest = rest if treatment == "cbec_proxy" else rest[column.data.treatment == 0]
    assert rows in (None, len(rest))
    dummies = np.column_stack(
        [rest[key].to_numpy()[:, None] == np.unique(rest[key]) for key in ("province_code", "year")]
    ).astype(float)
    y = rest[ZONE["outcome"]].to_numpy()
    fitted = dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]
    assert untreated_deviation(column.data) == pytest.approx(np.std(y - fitted), rel=SAME)


def test_small_and_lost_cohorts_have_a_reason_and_no_number(store):
    # From 2016 on, the cohorts of 2015 and 2016 have no year before treatment.
    columns = grid(**ZONE, sample="from_2016", estimator="imputation", inference=FEW)
    made = found(store, columns, 5).droplevel(["estimator", "sample"])
    reasons = {term: [r.code for r in decode(cell)] for term, cell in made["reason"].items()}
    assert reasons["cohort:2015"] == reasons["cohort:2020"] == ["thin_cell"]
    assert reasons["cohort:2016"] == ["no_effect"]
    assert reasons["cohort:2019"] == []
    lost = made.index.drop(["overall:simple", "cohort:2019"])
    assert made.loc[lost, ["detectable", "normal", "ratio"]].isna().all(axis=None)


def test_a_cohort_that_is_left_out_is_no_line(store):
    columns = grid(
        **CITY, estimator="imputation", inference=FEW, options=(("without_cohort", 2019),)
    )
    made = found(store, columns, 3).droplevel(["estimator", "sample"])
    assert list(made.index) == ["overall:simple", "cohort:2016", "cohort:2020"]
    assert (made["reason"] == "").all()


def test_a_column_without_an_effect_has_its_reason(store):
    # All provinces are treated from 2020 on.
    columns = grid(**ZONE, sample="from_2019", estimator="callaway_santanna", inference=FEW)
    made = found(store, columns, 5)
    assert made["detectable"].isna().all()
    whole = made.loc[("callaway_santanna", "from_2019", "overall:simple")]
    assert [reason.code for reason in decode(whole["reason"])] == ["no_effect"]


def test_draws_too_few_for_the_level_find_nothing(store):
    inference = Inference("permutation", draws=18, seed=1)
    made = found(store, grid(**ZONE, sample="to_2018", inference=inference), 5).iloc[0]
    assert np.isnan(made["detectable"])
    assert [reason.code for reason in decode(made["reason"])] == ["seldom_found"]
    assert made["normal"] > 0


@pytest.mark.parametrize(("every", "failed"), [(10, 2), (1, 20)])
def test_draws_that_cannot_be_estimated_find_nothing_and_are_counted(
    store, monkeypatch, every, failed
):
    column = grid(**ZONE)
    whole = found(store, column, 20).iloc[0]
    inner, count = engine.estimator_of, itertools.count()

    def failing(spec):
        def run(data, store):
            if next(count) % every == 0:
                raise NotIdentified("collinear_controls")
            return inner(spec)(data, store)

        return run

    monkeypatch.setattr(engine, "estimator_of", failing)
    made = found(store, column, 20).iloc[0]
    if failed == 20:
        assert [reason.code for reason in decode(made["reason"])] == ["collinear_controls"]
    else:
        assert made["failed"] == failed
        assert made["detectable"] >= whole["detectable"]


def test_paths_that_are_doses_are_not_dealt(store):
    columns = grid(**{**ZONE, "treatment": "zone_share"}, inference=FEW)
    with pytest.raises(UserError, match="'zone_share' is no path from 0 to 1"):
        found(store, columns, 5)


def test_a_test_without_an_interval_is_named(store):
    inference = Inference("permutation_groups", cluster="province_code", draws=19, seed=1)
    columns = grid(**ZONE, inference=inference)
    with pytest.raises(UserError, match="'permutation_groups' has no interval to invert"):
        found(store, columns, 2)


def test_an_estimator_that_is_not_known_is_named(store):
    columns = grid(**ZONE, sample="pre_covid", estimator="sun_abraham")
    with pytest.raises(
        UserError, match="detectable effect 'sun_abraham' is not known; known: twfe"
    ):
        found(store, columns, 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"sizes": "large"}, "own"), ({"rho": 1.0}, "option 'rho' is not known")],
)
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(UserError, match=message):
        described(grid(**ZONE), 5, **options)


def test_the_declared_columns_can_be_looked_at(store):
    exhibit = exhibits.load("detectable")
    for spec in exhibit.describe.columns:
        column = Drawn.of(spec, store)
        assert module._terms(column.data)[0]


def test_a_page_has_provinces_first_and_cohorts_behind_the_mean(store):
    columns = (
        *grid(**CITY, estimator="imputation", inference=FEW),
        *grid(**ZONE, effects=("unit_trends", "two_way"), inference=FEW),
    )
    table = detectable(described(columns, 3), store)[""].sort_values("term")
    ordered = in_order(table)
    assert list(ordered["panel"]) == ["province"] * 2 + ["city"] * 4
    assert list(ordered["effects"][:2]) == ["two_way", "unit_trends"]
    assert list(ordered["term"][2:]) == [
        "overall:simple",
        *(f"cohort:{g}" for g in (2016, 2019, 2020)),
    ]
