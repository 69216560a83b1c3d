"""Several outcomes under one roll-out, prepared once: the terms of each are those of it alone."""

import functools

import numpy as np
import pytest

from pilotzone.methods.did.callaway_santanna import callaway_santanna, comparer
from pilotzone.methods.did.imputation import gardner, imputation, imputer
from pilotzone.methods.did.terms import terms_of, terms_of_each

# Sums of the same numbers in another order.
SAME = {"rtol": 1e-11, "atol": 1e-12}
KINDS = ("simple", "dynamic", "group", "calendar")
PREPARED = {
    "callaway_santanna": (comparer, callaway_santanna),
    "imputation": (functools.partial(imputer, "imputation"), imputation),
    "gardner": (functools.partial(imputer, "gardner"), gardner),
}


@pytest.mark.parametrize("name", PREPARED)
@pytest.mark.parametrize("without", [(), (2016.0,)])
def test_each_has_the_terms_that_it_has_alone(frame_with_gaps, arguments, name, without):
    prepare, alone = PREPARED[name]
    y, unit, year, first = (np.asarray(values) for values in arguments(frame_with_gaps))
    assert set(without) <= set(first)
    outcomes = np.stack([y, np.random.default_rng(5).normal(size=len(y)), (year >= first) * 1.0])
    on = prepare(unit, year)
    # Another roll-out in between leaves nothing behind.
    dealt = np.where(first == 2016, 2019, first)
    for cohort in (first, dealt, first):
        made = terms_of_each(on(cohort)(outcomes), KINDS, without if cohort is first else ())
        for outcome, terms in zip(outcomes, made, strict=True):
            effects = alone(outcome, unit, year, cohort)
            plain = terms_of(effects, KINDS, without if cohort is first else ())
            assert terms.names == plain.names
            assert terms.error_reasons == plain.error_reasons
            for part in ("estimates", "influence", "weights"):
                np.testing.assert_allclose(getattr(terms, part), getattr(plain, part), **SAME)
