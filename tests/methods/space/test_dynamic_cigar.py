"""Cigarette demand: the known answer of the dynamic spatial Durbin model.

Tolerances: EXACT for the same numbers by another order of operations, of order one here; PRINTED
for the figures that another program prints, which searches rho on a grid of 0.001.
"""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.methods.space.dynamic import fit_dynamic_stacked
from pilotzone.methods.space.dynamic_points import corrected, maximum, prepare
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-9
PRINTED = 0.01
SCRIPT = Path(__file__).parents[2] / "reference/dynamic_cigar.R"


@pytest.fixture(scope="module")
def panel(lopsided, draw_panel):
    return draw_panel(lopsided)


def cut(matrix):
    """Matrix::nearPD of a symmetric matrix, with its default tolerances.

    Eigenvalues of at most 1e-6 of the largest are set to zero: the alternating projection ends
    there, for a second one changes nothing. Those below 1e-8 of the largest are then lifted to
    it, and rows and columns scaled to the diagonal from before that.
    """
    values, vectors = np.linalg.eigh(matrix)
    kept = np.where(values > 1e-6 * values[-1], values, 0.0)
    floor = 1e-8 * values[-1]
    left, lifted = ((vectors * part) @ vectors.T for part in (kept, np.maximum(kept, floor)))
    scale = np.sqrt(np.maximum(floor, np.diag(left)) / np.diag(lifted))
    return scale[:, None] * lifted * scale


def with_and_without_cut(panel, weights):
    """Corrected coefficients, and those with the same bias of the score by the cut information."""
    design, sample, _ = prepare(panel, weights, "sdm", "two_way")
    top = maximum(design, sample, weights)
    end = corrected(design, sample, weights, top)
    information = np.linalg.inv(top.inverse_information)
    score_bias = information @ (end.values - top.values)
    move = np.linalg.solve(cut(information), score_bias)
    return end.coefficients, (top.values + move)[:-1]


def test_only_a_cut_information_depends_on_units_of_measurement(panel, lopsided):
    """With sigma2 = 1 nothing is cut; with 1e-4 the entry of sigma2 is 1e8 times as large."""
    plain, same = with_and_without_cut(panel, lopsided)
    assert same == pytest.approx(plain, abs=EXACT)
    small = dataclasses.replace(panel, y=0.01 * panel.y, x=0.01 * panel.x)
    scaled, moved = with_and_without_cut(small, lopsided)
    assert scaled == pytest.approx(plain, abs=EXACT)
    assert np.abs(moved - scaled).max() > PRINTED


@pytest.fixture(scope="module")
def cigar_folder(tmp_path_factory):
    """The folder that CIGAR names, or one filled by R."""
    if "CIGAR" in os.environ:
        return Path(os.environ["CIGAR"])
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed and CIGAR names no folder with the data")
    folder = tmp_path_factory.mktemp("cigar")
    done = subprocess.run(
        ["Rscript", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def cigar(cigar_folder):
    """Panel and weights; rows of the weights follow the codes of the states as numbers."""
    data = pd.read_csv(cigar_folder / "panel.csv")
    matrix = np.loadtxt(cigar_folder / "weights.csv", delimiter=",")
    weights = SpatialWeights("usa46", sorted(data["state"].unique()), matrix)
    names = ("logp", "logy")
    where = (data["state"].to_numpy(), data["year"].to_numpy())
    y, x = data["logc"].to_numpy(), data[list(names)].to_numpy()
    return stack_panel(y, x, names, *where, weights), weights


PRINTED_CIGAR = {"tau": 0.8644, "eta": -0.0963, "rho": 0.1622}


@pytest.mark.cli
def test_cigarette_demand_as_printed(cigar):
    """Data, likelihood and bias of the score are those of the R program, which cuts; see there."""
    panel, weights = cigar
    assert panel.y.shape == (30, 46)
    _, moved = with_and_without_cut(panel, weights)
    assert moved[[0, 1, -1]] == pytest.approx(list(PRINTED_CIGAR.values()), abs=PRINTED)


@pytest.mark.cli
def test_cigarette_demand_in_r(cigar, cigar_folder):
    """Ours are R's maximum and R's corrected values on data rescaled so that nothing is cut."""
    if not (cigar_folder / "estimates.csv").exists():
        pytest.skip(f"{cigar_folder} has no estimates of R")
    theirs = pd.read_csv(cigar_folder / "estimates.csv", index_col="term")
    fit = fit_dynamic_stacked(*cigar)
    _, moved = with_and_without_cut(*cigar)
    for term, value in PRINTED_CIGAR.items():
        assert theirs["printed"][term] == pytest.approx(value, abs=PRINTED), term
    assert list(theirs.index) == list(fit.names)
    assert fit.uncorrected == pytest.approx(theirs["maximum"].to_numpy(), abs=PRINTED)
    assert fit.coefficients == pytest.approx(theirs["rescaled"].to_numpy(), abs=PRINTED)
    assert moved == pytest.approx(theirs["printed"].to_numpy(), abs=PRINTED)
    assert fit.largest_root < 1
