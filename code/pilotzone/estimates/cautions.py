"""Terms whose p-value carries no star, or whose error is withheld, each with its reason.

Reasons come from the exhibit itself (its part ``cautions``) and from the audits of inference: where
the measured size of the 5 % test leaves 3-8 %, or the coverage of the 95 % interval falls below
0.90, a star would promise more than the test holds.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.treatments import coding_and_timing
from pilotzone.errors import Reason, encode
from pilotzone.estimates.files import read

KEYS = ["column", "term"]
AUDITS = "*inference_audit.csv"
SIZES = (0.03, 0.08)
LEAST_COVERAGE = 0.90
CODES = {
    ("size", "coverage"): "measured_size_coverage",
    ("size",): "measured_size",
    ("coverage",): "measured_coverage",
}
# What a column must share with an audited one, beside the coding of its treatment.
SHARED = ("panel", "treatment", "estimator", "effects", "correction", "inference", "cluster")


def read_cautioned(folder: Path, exhibit_id: str, exhibit: Exhibit) -> pd.DataFrame:
    """Return the main file of an exhibit with a column ``caution``, empty where there is none.

    Parameters
    ----------
    folder : Path
        The estimates files.
    exhibit_id : str
    exhibit : Exhibit

    Raises
    ------
    UserError
        If a file is missing or is no file of estimates.
    """
    main = read(folder / f"{exhibit_id}.csv")
    if "term" not in main.columns:
        return main
    path = folder / f"{exhibit_id}.cautions.csv"
    said = read(path).set_index(KEYS)["reason"].to_dict() if path.exists() else {}
    declared = dict(zip(exhibit.column_ids(), exhibit.columns, strict=True))
    measured = _measured(folder)
    found = [
        said.get((column, term)) or _by_audit(declared.get(column), term, measured)
        for column, term in zip(main["column"], main["term"], strict=True)
    ]
    return main.assign(caution=pd.Series(found, dtype=object))


def _measured(folder: Path) -> dict[tuple[str, ...], str]:
    """Return the reason of each audited term that fails, by what a column must share and term."""
    paths = sorted(folder.glob(AUDITS))
    return {key: reason for path in paths for key, reason in _failing(read(path))}


def _failing(audit: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], str]]:
    low, high = SIZES
    for row in audit.to_dict("records"):
        facts = {name: row[name] for name in ("size", "coverage") if row[name] == row[name]}
        outside = not low <= facts.get("size", high) <= high
        if outside or facts.get("coverage", 1.0) < LEAST_COVERAGE:
            code = CODES[tuple(facts)]
            percent = {name: 100 * share for name, share in facts.items()}
            drawn = {"draws": int(row["draws"]), "phi": row["autocorrelation"]}
            reason = encode([Reason(code, {**percent, **drawn})])
            shared = tuple(row[name] for name in SHARED)
            yield (*shared, _plain(row["term"], row["treatment"])), reason


def _by_audit(spec: Specification | None, term: str, measured: dict[tuple[str, ...], str]) -> str:
    if spec is None or not measured:
        return ""
    correction = str(spec.chosen("correction") or "none")
    coding = coding_and_timing(spec.treatment)[0]
    place = spec.rows.panel, coding, spec.estimator, spec.effects, correction
    made = spec.inference.name, spec.inference.cluster or "none"
    return measured.get((*place, *made, _plain(term, spec.treatment)), "")


def _plain(term: str, treatment: str) -> str:
    """Return a term with the treatment's name left out, so that timings share their codings."""
    if term == treatment:
        return ""
    kind, _, of = term.partition(":")
    return f"{kind}:" if of == treatment else term
