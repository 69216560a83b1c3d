"""What the audit of inference says reaches the terms that share estimator and inference."""

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, grid
from pilotzone.errors import decode

COLUMNS = grid(outcome="nqp", treatment=("zone_first", "zone_first__same_year", "zone_share"))
EXHIBIT = Exhibit(title="t", title_zh="t", columns=COLUMNS)


def audit(size, coverage, **changes):
    row = {"panel": "province", "treatment": "zone_first", "estimator": "twfe"}
    row |= {
        "effects": "two_way",
        "correction": "none",
        "grouping": "none",
        "inference": "crv1",
        "cluster": "unit",
    }
    row |= {"term": "zone_first", "size": size, "coverage": coverage}
    return row | {"autocorrelation": 0.7, "draws": 1000, "failed": 0} | changes


@pytest.fixture
def read(tmp_path):
    """Return the cautions by column beside audits of the given rows."""
    terms = [
        {"exhibit": "made_up", "column": column, "term": spec.treatment, "estimate": 1.0}
        for column, spec in zip(EXHIBIT.column_ids(), COLUMNS, strict=True)
    ]

    def cautions(*rows):
        estimates.write(tmp_path, "made_up", EXHIBIT, {"": pd.DataFrame(terms)})
        kept = estimates.tidy(pd.DataFrame(rows), "a", estimates.SCHEMAS["inference_audit"])
        (tmp_path / "city_inference_audit.csv").write_text(estimates.to_text(kept))
        found = estimates.read_cautioned(tmp_path, "made_up", EXHIBIT)
        return found.set_index("column")["caution"]

    return cautions


@pytest.mark.parametrize(
    ("size", "coverage", "said"),
    [
        (0.05, 0.95, None),
        (0.03, 0.90, None),
        (0.081, 0.95, "size_or_coverage"),
        (0.029, 0.95, "size_or_coverage"),
        (0.05, 0.899, "size_or_coverage"),
        (np.nan, 0.899, "size_or_coverage"),
        (0.09, np.nan, "size_or_coverage"),
    ],
)
def test_size_outside_3_to_8_percent_or_coverage_below_90_is_a_caution(read, size, coverage, said):
    found = read(audit(size, coverage))
    codes = [reason.code for reason in decode(found["zone_first"])]
    assert codes == ([said] if said else [])
    # Another timing of the coding shares its size, another coding does not.
    assert found["zone_first__same_year"] == found["zone_first"]
    assert found["zone_share"] == ""


@pytest.mark.parametrize(
    "other",
    [
        {"panel": "city"},
        {"estimator": "event_study"},
        {"effects": "unit_trends"},
        {"grouping": "region3"},
        {"inference": "crv3"},
        {"cluster": "region3"},
        {"term": "event:0"},
    ],
)
def test_what_was_not_audited_has_no_caution(read, other):
    assert (read(audit(0.2, 0.7, **other)) == "").all()
