"""The headline regressions again, by pyfixest in a process of its own.

pyfixest 0.50 to 0.60 orders its effects by a set, so that the errors of a two-way model depend on
the hash seed of the process; it gets ``PYTHONHASHSEED=0``. It counts redundant effects in full:
errors are compared where units and periods are the only effects.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import exhibits
from pilotzone.audit.opinion import Opinion, Silence, unfit
from pilotzone.build.estimating import store
from pilotzone.catalogue.columns import by_id
from pilotzone.engine.design import Design, design
from pilotzone.engine.regression import with_lead

PROGRAM = "pyfixest"
HEADLINE = ("did_baseline", "city_did")
PACKAGES = Path(__file__).parents[2]


def opinions(chosen: Mapping[str, set[str]], derived: Path) -> list[Opinion | Silence]:
    """Return the coefficients of the headline exhibits.

    Parameters
    ----------
    chosen : mapping from exhibit to its identified columns
    derived : built panels.
    """
    try:
        designs = _designs(chosen, derived)
        frames = [_frame(data) for data in designs.values()]
        answers = _in_its_own_process(frames) if frames else []
    except Exception as error:  # whatever another program says
        return [unfit(" and ".join(chosen), "all columns", error)]
    found: list[Opinion | Silence] = []
    for (where, data), (values, errors) in zip(designs.items(), answers, strict=True):
        comparable = data.spec.effects == "two_way" and data.spec.inference.computed == "crv1:unit"
        for term, value, error in zip(_terms(data), values, errors, strict=True):
            own = term == data.spec.treatment
            said = error if comparable else None
            found.append(Opinion(PROGRAM, *where, term, value, said, required=own))
    return found


def _designs(chosen: Mapping[str, set[str]], derived: Path) -> dict[tuple[str, str], Design]:
    """Return the rows of the columns with unit effects and one other, without trends."""
    found = {}
    for exhibit_id, columns in chosen.items():
        for column, spec in by_id(exhibits.load(exhibit_id)).items():
            if column in columns and spec.estimator == "twfe":
                data = with_lead(design(spec, store(derived)))
                if "unit" in data.effects and not data.slopes:
                    found[exhibit_id, column] = data
    return found


def _terms(data: Design) -> list[str]:
    return [data.spec.treatment, *data.control_names]


def _frame(data: Design) -> pd.DataFrame:
    x = np.column_stack([data.treatment, data.controls])
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])
    cell = data.extra_factors[0] if data.extra_factors else data.period
    return frame.assign(
        y=data.y, unit=pd.factorize(data.unit)[0], cell=pd.factorize(cell)[0].astype(int)
    )


def _in_its_own_process(frames: list[pd.DataFrame]) -> list[tuple[list[float], list[float]]]:
    """Return coefficients and errors of each frame, from a process with a fixed hash seed."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(PACKAGES)}
    with tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(frames):
            frame.to_csv(Path(folder) / f"{number}.csv", index=False)
        done = subprocess.run(
            [sys.executable, "-m", __name__, folder],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"pyfixest failed: {done.stderr.strip().splitlines()[-1:]}")
        return json.loads((Path(folder) / "answers.json").read_text(encoding="utf-8"))


def _answer(folder: Path) -> None:
    """Fit the frames of a folder and write the answers beside them."""
    answers = [
        _fitted(pd.read_csv(folder / f"{number}.csv", float_precision="round_trip"))
        for number in range(len(list(folder.glob("*.csv"))))
    ]
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")


def _fitted(frame: pd.DataFrame) -> tuple[list[float], list[float]]:
    import pyfixest

    names = [name for name in frame if name.startswith("x")]
    fit = pyfixest.feols(
        f"y ~ {' + '.join(names)} | unit + cell",
        frame,
        vcov={"CRV1": "unit"},
        fixef_rm="singleton",
        fixef_tol=1e-12,
        ssc=pyfixest.ssc(k_adj=True, k_fixef="nonnested", G_adj=True, G_df="conventional"),
    )
    return fit.coef().loc[names].tolist(), fit.se().loc[names].tolist()


if __name__ == "__main__":
    _answer(Path(sys.argv[1]))
