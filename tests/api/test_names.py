"""The public names: loaded late, documented alike, typed."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pilotzone as pz
from pilotzone import api
from pilotzone.api.columns import Cohorts, Placed, Regression, Space, Variable

SECTIONS = ("Parameters\n", "Returns\n", "Raises\n", "Examples\n")
# What an issue asked for by name.
WANTED = (
    *("twfe", "event_study", "att_gt", "sun_abraham", "imputation", "two_stage", "extended_twfe"),
    *("stacked", "synthetic_did", "goodman_bacon", "negative_weights", "honest_did", "sar", "sem"),
    *("sdm", "slx", "moran", "lm_tests", "local_projection", "entropy_index", "dagum"),
    *("multiverse", "placebo", "wild_bootstrap", "table"),
    *("poisson", "form_test", "synthetic_control", "dose_dynamic", "bounds"),
    *("interactive_effects", "matrix_completion"),
)
# The argument that all functions give the same name.
SHARED = {
    name for one in (Regression, Cohorts, Space, Placed, Variable) for name in one.__annotations__
}


def functions():
    return {name: getattr(pz, name) for name in pz.__all__ if inspect.isfunction(getattr(pz, name))}


def test_the_names_are_those_of_the_room():
    assert pz.__all__ == api.__all__ == sorted(api.__all__)
    assert set(WANTED) <= set(pz.__all__)
    assert set(pz.__all__) <= set(dir(pz))
    with pytest.raises(AttributeError, match="twfe"):
        _ = pz.feols


@pytest.mark.cli
def test_a_start_loads_nothing_but_the_standard_library(root):
    program = (
        "import sys; import pilotzone as pz; from pilotzone import exhibits; "
        "print(sorted({n.partition('.')[0] for n in sys.modules} & {'numpy', 'pandas', 'scipy'})); "
        "pz.twfe; print('matplotlib' in sys.modules, 'formulaic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=root / "code",
        check=True,
    )
    assert done.stdout.splitlines() == ["[]", "False False"]


def test_every_function_says_equation_source_shapes_errors_and_an_example():
    for name, function in functions().items():
        text = inspect.getdoc(function)
        needed = SECTIONS if name not in ("example", "example_weights") else SECTIONS[:2]
        for section in needed:
            assert section + "-" * (len(section) - 1) in text, (name, section)
        assert ">>> import pilotzone as pz" in text, name
        if name not in ("table", "example", "example_weights"):
            assert re.search(r"(19|20)\d\d[,);]", text), f"{name} names no source"


def test_every_argument_is_documented_by_its_name():
    for name, function in functions().items():
        text = inspect.getdoc(function)
        for argument in inspect.signature(function).parameters:
            # Columns are documented once, where another docstring points.
            if argument in SHARED or argument == "data":
                continue
            assert re.search(rf"\b{argument}\b", text.partition("Parameters")[2]), (name, argument)


def test_signatures_show_columns_by_their_names():
    shown = inspect.signature(pz.att_gt).parameters
    assert list(shown)[:4] == ["data", "formula", "unit", "period"]
    assert {"first_treated", "treatment", "covariates", "cluster", "weights"} <= set(shown)
    assert shown["unit"].default is inspect.Parameter.empty
    assert "spatial_weights" in inspect.signature(pz.sdm).parameters
    assert "covariates" not in inspect.signature(pz.moran).parameters


@pytest.mark.slow
@pytest.mark.cli
def test_types_are_clean_and_wrong_arguments_are_found(root, tmp_path):
    pytest.importorskip("mypy")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import pandas as pd\nimport pilotzone as pz\n\n"
        "def main(df: pd.DataFrame) -> None:\n"
        '    pz.twfe(df, "y ~ x", unit="u", period="t").tidy()\n'
        '    pz.twfe(df, "y ~ x", unit=1, period="t")\n'
        '    pz.att_gt(df, outcome="y", period="t")\n'
        '    pz.sdm(df, "y ~ x", unit="u", period="t").nothing\n',
        encoding="utf-8",
    )
    # What `make lint` or an earlier run has seen of other packages is not read anew.
    command = [sys.executable, "-m", "mypy"]
    command += ["code/pilotzone/__init__.pyi", "code/pilotzone/api", str(wrong)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    errors = re.findall(r"^(.*\.py):(\d+): error", done.stdout, re.M)
    assert {(Path(file).name, int(line)) for file, line in errors} == {
        ("wrong.py", line) for line in (6, 7, 8)
    }, done.stdout
