"""The audit of the rules: the same evidence as the board's, worlds with a plain answer, resuming.

SAME: the same regressions on the same rows, read back with twelve digits.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, estimates
from pilotzone.catalogue import Description
from pilotzone.claims import designs, rules, verdict_audit
from pilotzone.claims.facts import Verdict
from pilotzone.claims.verdict_audit import CASES, JUDGEMENTS, Trial
from pilotzone.claims.worlds import NOISES, WORLDS
from pilotzone.panels.store import FolderStore

SAME = 1e-8


@pytest.fixture(scope="module")
def panels(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def trials(panels):
    return {case: Trial.of(case, panels, 39) for case in CASES}


@pytest.mark.parametrize("case", list(CASES), ids=":".join)
def test_the_real_outcome_gives_the_estimates_of_the_board(case, trials, panels, root):
    trial = trials[case]
    found = trial.evidence(trial.setting.outcome, 3)
    source = estimates.read(root / "output/estimates/claim_evidence.csv")
    table = source.set_index(["column", "term"])["estimate"]
    column, term = designs.theta(trial.kind, trial.basis, found)
    sign = designs.sign_of(trial.kind, trial.basis)
    if (column, term) not in table.index:
        # No study claims an effect of the dose: the same regression as that of a level.
        assert case == ("dose", "province")
        return
    assert found.theta.estimate == pytest.approx(sign * table.loc[(column, term)], abs=SAME)
    spread = designs.reads(trial.kind, trial.basis)["spread"].column.id
    share = 0.5 * table.loc[(spread, "sd:outcome")]
    if trial.kind != "level":
        assert found.delta == pytest.approx(share, abs=SAME)


@pytest.mark.parametrize("case", list(CASES), ids=":".join)
def test_another_outcome_on_the_same_rows_is_another_panel(case, trials, panels):
    trial = trials[case]
    panel, outcome = trial.panel, trial.basis.outcome
    rng = np.random.default_rng(9)
    values = panel.frame[outcome].to_numpy() + rng.normal(size=len(panel.frame))
    world = Made(panels, panel.frame.assign(**{outcome: values}), panel)
    for key in ("theta", "trend:theta", "size", "callaway:early", "indirect"):
        if key not in trial.reads:
            continue
        column = trial.reads[key].column
        whole = engine.estimate(column, world).terms
        for _ in range(2):
            pd.testing.assert_frame_equal(trial.columns.terms(column, values), whole, rtol=SAME)


class Made:
    """A store whose panel has a made-up outcome."""

    def __init__(self, store, frame, panel):
        self._store, self._panel = store, dataclasses.replace(panel, frame=frame)

    def panel(self, name):
        return self._panel

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_the_outcome_stands_where_it_belongs(trials, panels):
    trial = trials["effect", "city"]
    frame = panels.panel("city").frame
    rows, cells = trial.place.T
    assert trial.setting.outcome.ravel()[cells] == pytest.approx(
        frame["nqp_city"].to_numpy()[rows], abs=0
    )
    assert len(rows) == trial.setting.outcome.size == len(np.unique(cells))


def test_a_large_effect_is_supported_and_its_mirror_image_contradicted(trials, panels):
    trial = trials["effect", "city"]
    rng = np.random.default_rng(4)
    noise = 1e-3 * rng.normal(size=trial.setting.outcome.shape)
    for tau, verdict in ((0.5, Verdict.SUPPORTED), (-0.5, Verdict.CONTRADICTED)):
        outcome = trial.setting.means + noise + tau * trial.setting.pattern
        assert trial.judged(outcome, 3).verdict is verdict


def test_noise_around_nothing_is_ruled_out(trials, panels):
    trial = trials["dose", "province"]
    rng = np.random.default_rng(8)
    outcome = trial.setting.means + rng.normal(size=trial.setting.outcome.shape)
    made = trial.judged(outcome, 3)
    assert made.verdict in (Verdict.RULED_OUT, Verdict.CANNOT_TELL)
    assert made.own is not rules.Own.OPPOSITE or made.verdict is not Verdict.SUPPORTED


def test_vetoes_are_looked_at_only_where_theta_is_significant(trials, panels, monkeypatch):
    trial = trials["level", "province"]
    asked = []
    estimated = Trial._estimated

    def counted(self, key, seed, world):
        asked.append(key)
        return estimated(self, key, seed, world)

    monkeypatch.setattr(Trial, "_estimated", counted)
    rng = np.random.default_rng(1)
    noise = rng.normal(size=trial.setting.outcome.shape)
    trial.evidence(trial.setting.means + noise, 3)
    assert set(asked) == {"theta", "spread", "regressor", "beside_lead"}
    asked.clear()
    trial.evidence(trial.setting.means + 1e-3 * noise + 9 * trial.setting.pattern, 3)
    assert set(asked) == set(trial.reads)


def description(draws=1):
    options = (("permutations", 19),)
    return Description(kind="verdict_audit", draws=draws, seed=5, options=options)


def test_shares_add_up_and_what_is_done_is_not_done_again(panels, tmp_path, monkeypatch):
    class Store:
        """The panels, in a project of its own."""

        folder = tmp_path / "data/derived"

        def __getattr__(self, name):
            return getattr(panels, name)

    monkeypatch.setattr(verdict_audit, "CASES", {("dose", "province"): CASES["dose", "province"]})
    monkeypatch.setattr(verdict_audit, "WORLDS", WORLDS[:1])
    monkeypatch.setattr(verdict_audit, "PILOT", 1)
    monkeypatch.setenv("WORKERS", "1")
    folder = verdict_audit._folder(description(), Store())
    done = pd.DataFrame({"kind": ["made up"], "share": [1.0]})
    done.to_csv(folder / "dose-province-nothing-real.csv", index=False)
    made = verdict_audit.verdict_audit(description(), Store())[""]
    assert (made["kind"] == "made up").sum() == 1
    mine = made[made["kind"] == "dose"]
    assert list(mine["verdict"]) == [str(verdict) for verdict in JUDGEMENTS]
    assert mine["share"].sum() == 1.0
    assert set(mine["noise"]) == set(NOISES) - {"real"}
    assert not folder.exists()


def test_a_case_that_was_begun_under_other_rules_is_begun_anew(panels, tmp_path):
    store = dataclasses.make_dataclass("Store", [("folder", object)])(tmp_path / "data/derived")
    one, other = (verdict_audit._folder(description(draws), store) for draws in (1, 2))
    assert one != other
