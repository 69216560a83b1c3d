"""Terms whose p-value carries no star, or whose error is withheld, each with its reason.

The first reason of a term without an error says why it has none; a p-value that needs no error, by
permutation for one, keeps its star. All others stand against the star. Reasons come from the
exhibit itself (its part ``cautions``) and from the audits of inference: where the measured size of
the 5 % test leaves 3-8 %, or the coverage of the 95 % interval falls below 0.90, a star would
promise more than the test holds.
"""

import functools
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.errors import Reason, decode, encode
from pilotzone.estimates.files import read, records

KEYS = ["column", "term"]
AUDITS = "*inference_audit.csv"
SIZES = (0.03, 0.08)
LEAST_COVERAGE = 0.90
MEASURED = "size_or_coverage"
NOT_MEASURED = {"size": math.nan, "coverage": math.nan}
# What a column must share with an audited one, beside the coding of its treatment.
SHARED = (
    *("panel", "treatment", "estimator", "effects", "correction", "grouping"),
    *("inference", "cluster"),
)


def read_cautioned(folder: Path, exhibit_id: str, exhibit: Exhibit) -> pd.DataFrame:
    """Return the main file of an exhibit with what is known of each term's inference.

    Parameters
    ----------
    folder : Path
        The estimates files.
    exhibit_id : str
    exhibit : Exhibit

    Returns
    -------
    DataFrame
        The rows with ``withheld``, why there is no error, and ``caution``, what stands against a
        star (both empty where there is nothing to say), and with ``size`` and ``coverage`` as an
        audit has measured them, missing where none has.

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
    places = dict(zip(exhibit.column_ids(), map(_place, exhibit.columns), strict=True))
    audited = _audited(folder)
    made = []
    for row in records(main):
        treatment, *place = places.get(row["column"], ("",))
        measured = audited.get((*place, _plain(row["term"], treatment)), NOT_MEASURED)
        withheld, caution = _divided(said.get((row["column"], row["term"]), ""), row)
        made.append(
            (withheld, caution or _failing(measured), measured["size"], measured["coverage"])
        )
    known = pd.DataFrame(made, columns=["withheld", "caution", *NOT_MEASURED], index=main.index)
    return pd.concat([main, known], axis=1)


def keeps_interval(row: Mapping[str, object]) -> bool:
    """Say whether the interval of a term holds what it promises.

    It does without a caution, and where the audit found fault with the size of the test alone.
    """
    codes = {reason.code for reason in decode(row["caution"])}
    # What is missing compares as false.
    return codes <= {MEASURED} and not row["coverage"] < LEAST_COVERAGE


def _divided(said: str, row: Mapping[str, object]) -> tuple[str, str]:
    """Return why a term has no error, and what stands against its star."""
    reasons = decode(said)
    lacking = math.isnan(row["std_error"]) and not math.isnan(row["estimate"])
    at = 1 if lacking else 0
    return encode(reasons[:at]), encode(reasons[at:])


def _audited(folder: Path) -> dict[tuple[str, ...], dict[str, float]]:
    """Return the rows of all audits by what a column must share with them, and the term."""
    found = {}
    for path in sorted(folder.glob(AUDITS)):
        found |= _rows_of(path, path.read_bytes())
    return found


@functools.lru_cache(maxsize=8)
def _rows_of(path: Path, content: bytes) -> dict[tuple[str, ...], dict[str, float]]:
    """Return the rows of one audit; every table reads the same ones, known by their content."""
    return {
        (*(row[name] for name in SHARED), _plain(row["term"], row["treatment"])): row
        for row in records(read(path))
    }


def _failing(measured: Mapping[str, float]) -> str:
    """Return why measured size or coverage stands against a star; an empty text if none does."""
    low, high = SIZES
    # What is missing compares as false.
    outside = measured["size"] < low or measured["size"] > high
    if not outside and not measured["coverage"] < LEAST_COVERAGE:
        return ""
    bounds = {"low": 100 * low, "high": 100 * high, "coverage": 100 * LEAST_COVERAGE}
    drawn = {"draws": int(measured["draws"]), "phi": measured["autocorrelation"]}
    return encode([Reason(MEASURED, {**bounds, **drawn})])


def _place(spec: Specification) -> tuple[str, ...]:
    """Return the treatment of a column, and what it must share with an audited one."""
    correction = str(spec.chosen("correction") or "none")
    # Timings of a coding share its size.
    coding = spec.treatment.partition("__")[0]
    place = spec.rows.panel, coding, spec.estimator, spec.effects, correction, spec.grouping
    return spec.treatment, *place, spec.inference.name, spec.inference.cluster or "none"


def _plain(term: str, treatment: str) -> str:
    """Return a term with the treatment's name left out, so that timings share their codings."""
    if term == treatment:
        return ""
    kind, _, of = term.partition(":")
    return f"{kind}:" if of == treatment else term
