"""Made-up exhibits with their files, for the paths of the rules."""

import math

import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, Inference, Specification
from pilotzone.claims import evidence
from pilotzone.claims.board import board

MAIN = {"outcome": "nqp", "treatment": "zone_first", "controls": "baseline", "sample": "main"}


def line(column, terms, role="baseline", identified="yes", reason="", **fields):
    """Return estimate rows, model row and literal of a column; a term is (estimate, error, p)."""
    literal = Specification(**{**MAIN, **fields}, role=role, id=column)
    where = {"column": column, "role": role, "outcome": literal.outcome}
    rows = [
        {**where, "term": term, "estimate": b, "std_error": se, "p_value": p}
        | {"ci_low": b - 2 * se, "ci_high": b + 2 * se}
        for term, (b, se, p) in terms.items()
    ]
    model = {"column": column, "identified": identified, "reason": reason, "nobs": 300}
    return rows, model, literal


def a_test(column, term, p, statistic=math.nan, df="", **fields):
    """Return a column that holds nothing but a test."""
    rows, *made = line(column, {term: (math.nan, math.nan, p)}, **fields)
    return [{**rows[0], "statistic": statistic, "df": df}], *made


def drawn(inference=""):
    return Inference(inference, draws=9, seed=1)


def beside(name, *, wild=0.04, paths=0.03, leads=0.4, **fields):
    """Return the columns of inference and of the event study of a regression."""

    def by(letter, p, inference):
        return a_test(f"{name}:{letter}", "zone_first", p, inference=drawn(inference), **fields)

    def leads_of(letter, p, estimator):
        how = {"estimator": estimator, "inference": drawn()}
        return a_test(f"{name}:{letter}", "test:leads", p, **how, **fields)

    tests = [
        by("w", wild, "wild_rademacher"),
        by("b", 0.9, "wild_webb"),
        by("p", paths, "permutation"),
    ]
    return tests, [leads_of("e", leads, "event_study"), leads_of("u", 0.9, "event_study_unbinned")]


def robust(column, estimate, p, treatment="zone_first", role="robustness", **fields):
    terms = {treatment: (estimate, 0.01, p)}
    return line(column, terms, role=role, treatment=treatment, **fields)


def lost(column, **fields):
    return line(column, {}, identified="no", reason="no control left", **fields)


GOOD = [robust(str(k), 0.02 + k / 1000, 0.01) for k in range(3)] + [robust("o", -0.01, 0.3)]


class MadeUp:
    """Exhibits and their files in a folder, without the checks of a build."""

    MAIN, GOOD = MAIN, GOOD
    line, a_test, drawn = staticmethod(line), staticmethod(a_test), staticmethod(drawn)
    beside, robust, lost = staticmethod(beside), staticmethod(robust), staticmethod(lost)

    def __init__(self, folder):
        self.folder, self.exhibits = folder, {}

    def write(self, exhibit, *lines):
        rows = [row for made, _, _ in lines for row in made]
        for name, schema, made in (
            (exhibit, estimates.ESTIMATES, rows),
            (f"{exhibit}.models", estimates.MODELS, [model for _, model, _ in lines]),
        ):
            frame = pd.DataFrame(made, columns=list(schema.order)).assign(exhibit=exhibit)
            frame.sort_values(list(schema.keys)).to_csv(self.folder / f"{name}.csv", index=False)
        columns = tuple(literal for *_, literal in lines)
        self.exhibits[exhibit] = Exhibit(title=exhibit, title_zh=exhibit, columns=columns)

    def load(self, exhibit):
        return self.exhibits[exhibit]

    def judged(self, claim):
        ids = evidence.reads(claim, self.load)
        return evidence.find(claim, evidence.read(ids, self.folder, self.load))

    def board(self, *claims):
        return board(self.folder, claims, self.load)

    def effect(self, main=None, robustness=GOOD, **checks):
        """Write an effect with all its checks."""
        tests, events = beside("m", **checks)
        self.write("made", *(main or [line("c", {"zone_first": (0.03, 0.01, 0.004)})]))
        self.write("robust", *robustness)
        self.write("inference", *tests)
        self.write("event_study", *events)


@pytest.fixture
def made(tmp_path):
    return MadeUp(tmp_path)
