"""The claims board for other programs: JSON with a schema beside it."""

import json
import math
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.claims.studies import REVIEW
from pilotzone.errors import decode

NAME, SCHEMA = "claims.json", "claims.schema.json"
HERE = Path(__file__).parent
OWN = ("exhibit", "column", "estimate", "std_error", "p_value", "ci_low", "ci_high")
EVIDENCE = (
    *("exhibit", "column", "term", "estimate", "std_error", "p_value", "p_holm", "ci_low"),
    *("ci_high", "detectable_effect", "delta", "second"),
)
CHECK = ("check", "state", "estimate", "bound", "p_value", "power", "left_out", "reason")


def schema() -> str:
    """Return the JSON schema of the file."""
    return (HERE / SCHEMA).read_text(encoding="utf-8")


def build(output: Path) -> str:
    """Return the board with its vetoes, from the files below ``output``, as JSON.

    Numbers are those of the files; what is missing there is null.
    """
    folder = output / "estimates"
    board, checks = (estimates.read(folder / f"{name}.csv") for name in ("claims", "claim_checks"))
    studies = estimates.read(folder / "claims.studies.csv").set_index("study")
    rules = estimates.read(folder / "claims.rules.csv").set_index("rule")["bound"]
    errors = estimates.read(folder / "claims.errors.csv")
    of_claim = dict(tuple(checks.groupby(["study", "number"])))
    content = {
        "$schema": SCHEMA,
        "review": REVIEW,
        "rules": rules.to_dict(),
        "error_rates": errors.to_dict("records"),
        "claims": [
            {
                **_claim(row, studies.loc[row["study"]]),
                "checks": _checks(of_claim.get((row["study"], row["number"]))),
            }
            for row in board.to_dict("records")
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _claim(row: dict[str, object], study: pd.Series) -> dict[str, object]:
    other = dict(pair.split(": ") for pair in filter(None, row["other_deltas"].split("; ")))
    return {
        "study": {
            "number": int(row["study"]),
            **{name: _plain(study[name]) for name in ("authors", "year", "doi", "unit", "design")},
        },
        "number": int(row["number"]),
        **{name: row[name] for name in ("claim", "claim_zh", "kind")},
        "own_design": {
            "reading": row["own_design"],
            **{name: _plain(row[f"own_{name}"]) for name in OWN},
        },
        "evidence": {
            "verdict": row["evidence"],
            "decided_by": row["decided_by"].split(),
            "reason": _reason(row["reason"]),
            **{name: _plain(row[name]) for name in EVIDENCE},
            "at_other_deltas": other,
        },
        "signs_by_form": dict(pair.split(":") for pair in row["forms"].split()),
        "doubtful_series": dict(pair.split(":") for pair in row["caveat"].split()),
        "shown_in": row["shown"].split(),
    }


def _checks(rows: pd.DataFrame | None) -> list[dict[str, object]]:
    if rows is None:
        return []
    return [
        {name: _plain(row[name]) for name in CHECK} | {"reason": _reason(row["reason"])}
        for row in rows.sort_values("position").to_dict("records")
    ]


def _reason(cell: str) -> list[str]:
    return [reason.code for reason in decode(cell)]


def _plain(value: object) -> object:
    """Return a value that JSON knows; null for what is missing."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value or None
