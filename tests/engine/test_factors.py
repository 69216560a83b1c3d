"""Factor models on the real panels: what is printed, what is withheld, which codes come.

EXACT: the engine hands over what the method gives. PRINTED: as imputation, whose averages the
method gives without a factor.
"""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine, exhibits
from pilotzone.audit.drift import TOLERANCES
from pilotzone.catalogue import Inference, Specification
from pilotzone.engine import factors
from pilotzone.engine.bounded import MIN_COVERAGE
from pilotzone.engine.design import design
from pilotzone.errors import UserError, decode
from pilotzone.methods.factors import coverage, validation
from pilotzone.methods.factors.counterfactual import EQUIVALENCE_SHARE, counterfactual
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

CODE = Path(engine.__file__).parents[2]
EXACT, PRINTED = {"rtol": 1e-12}, {"rtol": 1e-7}
QUICK = ("audit_draws", 10)
PROVINCES = Specification(
    outcome="nqp",
    treatment="zone_first",
    sample="pre_covid",
    estimator="interactive_effects",
    inference=Inference("bootstrap_normal", draws=50, seed=3),
    options=(("without_cohort", 2015), QUICK),
)
ONE_FACTOR = dataclasses.replace(
    PROVINCES,
    inference=Inference("bootstrap_normal", draws=500, seed=20170125),
    options=(("rank", 1), ("without_cohort", 2015), ("audit_draws", 0)),
)
CITIES = dataclasses.replace(
    PROVINCES,
    outcome="nqp_city",
    treatment="zone_city",
    sample="balanced",
    options=(("placebo", 2), ("max_rank", 1), QUICK),
)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def told(result, field="reference"):
    return {reason.code: reason.facts for reason in decode(result.model[field])}


def test_cities_have_the_numbers_of_the_method(store):
    result = engine.estimate(CITIES, store)
    terms = result.terms.set_index("term")
    cells = result.parts["validation"].set_index("candidate")
    assert cells.loc[1.0, "chosen"] == "yes"
    assert terms.loc["factors:rank", "estimate"] == 1
    data = design(CITIES, store)
    rng = np.random.default_rng(3)
    made = counterfactual(
        *(data.y, data.unit, data.period, data.cohort),
        **{"rank": 1, "placebo": 2, "draws": 50, "rng": rng},
    )
    kept = [name for name, n in zip(made.names, made.units, strict=True) if n > 1]
    place = [made.names.index(name) for name in kept]
    assert_allclose(terms.loc[kept, "estimate"], made.estimates[place], **EXACT)
    assert_allclose(terms.loc[kept, "std_error"], made.std_errors[place], **EXACT)
    assert (terms.loc[kept, "draws"] == 50).all()
    assert result.model["n_units"] == len(np.unique(data.unit)) == 229
    assert told(result)["mean_effect_simulated"]["draws"] == 10
    assert len(result.parts["simulation"]) == 1


def test_without_a_factor_it_is_imputation(store):
    ours = engine.estimate(PROVINCES, store).terms.set_index("term")["estimate"]
    shared = dataclasses.replace(
        PROVINCES,
        estimator="imputation",
        inference=Inference("influence"),
        options=(("without_cohort", 2015),),
    )
    other = engine.estimate(shared, store).terms.set_index("term")["estimate"]
    names = ["overall:simple", "cohort:2016", "cohort:2019", "event:0", "event:2"]
    assert ours["factors:rank"] == 0
    assert_allclose(ours[names], other[names], **PRINTED)


def test_the_cohort_of_one_province_has_a_value_alone_and_says_why(store):
    result = engine.estimate(PROVINCES, store)
    terms = result.terms.set_index("term")
    assert np.isnan(terms.loc["cohort:2015", "std_error"])
    said = result.parts["cautions"].set_index("term")["reason"]
    codes = [reason.code for reason in decode(said["cohort:2015"])]
    assert "one_treated_unit" in codes
    assert told(result)["errors_drawn"]["draws"] == 50


CHILD = """
import sys
from pathlib import Path
from test_factors import ONE_FACTOR
from pilotzone import engine
from pilotzone.panels.store import FolderStore
engine.estimate(ONE_FACTOR, FolderStore(Path(sys.argv[1]))).terms.to_csv(sys.argv[2])
"""


@pytest.mark.cli
def test_another_processor_gives_the_same_numbers(store, built, tmp_path):
    # OpenBLAS takes another road through every product on a processor without AVX.
    there = tmp_path / "terms.csv"
    path = f"{Path(__file__).parent}{os.pathsep}{CODE}"
    env = {**os.environ, "OPENBLAS_CORETYPE": "Nehalem", "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", CHILD, built, there], check=True, env=env)
    ours, theirs = engine.estimate(ONE_FACTOR, store).terms, pd.read_csv(there, index_col=0)
    assert ours["term"].tolist() == theirs["term"].tolist()
    for name, kind in (("estimate", "estimate"), ("std_error", "error"), ("p_value", "p")):
        relative, absolute = TOLERANCES[kind]
        assert_allclose(theirs[name], ours[name], rtol=relative, atol=absolute)


def test_a_column_that_covers_too_seldom_prints_the_simulation_alone(store, monkeypatch):
    monkeypatch.setattr(factors, "MIN_COVERAGE", 1.01)
    result = engine.estimate(PROVINCES, store)
    assert not len(result.terms)
    assert result.model["identified"] == "no"
    facts = told(result, "reason")["coverage_too_low"]
    assert facts["least"] == 1.01
    assert facts["draws"] == 10
    assert facts["coverage"] == result.parts["simulation"]["coverage"].iloc[0]


def test_without_a_simulation_nothing_is_said_of_it(store):
    plain = tuple(one for one in PROVINCES.options if one != QUICK)
    spec = dataclasses.replace(PROVINCES, options=(*plain, ("audit_draws", 0)))
    result = engine.estimate(spec, store)
    assert "simulation" not in result.parts
    assert "mean_effect_simulated" not in told(result)


def test_what_is_not_identified_carries_its_code(store):
    def refused(**changed):
        result = engine.estimate(dataclasses.replace(PROVINCES, **changed), store)
        assert result.model["identified"] == "no"
        assert not len(result.terms)
        return decode(result.model["reason"])[0]

    # From 2020 on no province is untreated.
    reason = refused(sample="main")
    assert (reason.code, reason.facts["period"]) == ("period_without_untreated", 2020)
    # Four provinces are untreated in 2019; that of 2015 has two years before.
    assert refused(options=(("rank", 4), QUICK)).code == "rank_not_identified"
    short = refused(options=(("rank", 2), QUICK))
    assert (short.code, short.facts["cohort"]) == ("pre_period_too_short", 2015)


def test_a_rank_in_words_is_refused_by_name(store):
    spec = dataclasses.replace(PROVINCES, options=(("rank", "best"), QUICK))
    with pytest.raises(UserError, match="option 'rank' is 'best'; give a number, or 'cv'"):
        engine.estimate(spec, store)


def test_the_same_seeds_give_the_same_simulation(store):
    runs = [engine.estimate(PROVINCES, store).parts["simulation"] for _ in range(2)]
    assert runs[0].equals(runs[1])


def test_notes_of_both_exhibits_say_the_numbers_that_the_code_has():
    said = [exhibits.load(name) for name in ("factor_models", "city_factor_models")]
    assert said[0].notes[:2] == said[1].notes
    assert said[0].notes_zh[:2] == said[1].notes_zh
    choice, equivalence = said[1].notes
    audited = {spec.option("audit_draws") for one in said for spec in one.columns if _factor(spec)}
    assert [f"{draws} panels" in choice for draws in audited] == [True]
    assert f"by {100 * validation.IMPROVEMENT:g} % at least" in choice
    assert f"{coverage.DRAWS} draws, t({coverage.DRAWS - 1})" in choice
    assert f"less than {100 * MIN_COVERAGE:g} %" in choice
    assert f"against {EQUIVALENCE_SHARE:g} standard deviations" in equivalence


def _factor(spec):
    return spec.estimator in ("interactive_effects", "matrix_completion")
