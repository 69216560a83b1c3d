"""The claims board: a line for each claim of the reviewed studies, with what bears on it."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pilotzone import exhibits
from pilotzone.claims import rules
from pilotzone.claims.evidence import NUMBERS, Finding, Load, find, read, reads
from pilotzone.claims.studies import CLAIMS, STUDIES, Claim, study_of


def board(
    folder: Path, claims: Sequence[Claim] = CLAIMS, load: Load = exhibits.load
) -> dict[str, pd.DataFrame]:
    """Return the parts of the exhibit: claims, linked columns, studies, bounds of the rules.

    Parameters
    ----------
    folder : Path
        The estimates.
    claims : sequence of Claim, optional
    load : function, optional
        Gives an exhibit by its id.

    Raises
    ------
    UserError
        If a file, a linked column or its term is missing.
    """
    needed = (exhibit for claim in claims for exhibit in reads(claim, load))
    files = read(needed, folder, load)
    found = [(_number(claims, at), find(claim, files)) for at, claim in enumerate(claims)]
    linked = [
        {"study": finding.claim.study, "claim": number, "position": position, **vars(shown)}
        for number, finding in found
        for position, shown in enumerate(finding.linked, start=1)
    ]
    return {
        "": pd.DataFrame([_line(number, finding) for number, finding in found]),
        "columns": pd.DataFrame(linked),
        "studies": pd.DataFrame([vars(study) for study in STUDIES]).rename(columns={"id": "study"}),
        "rules": pd.DataFrame(rules.BOUNDS.items(), columns=["rule", "bound"]),
    }


def _number(claims: Sequence[Claim], at: int) -> int:
    """Return the number of a claim among those of its study."""
    return sum(claim.study == claims[at].study for claim in claims[: at + 1])


def _line(number: int, finding: Finding) -> dict[str, object]:
    claim, said = finding.claim, finding.evidence
    study = study_of(claim)
    headline = vars(finding.headline) if finding.headline else {}
    fields = ("column", "term", "nobs", *NUMBERS)
    checks = [name for name in vars(said) if name not in ("sign", *NUMBERS)]
    return {
        "study": claim.study,
        "claim": number,
        "text": claim.text,
        "unit": study.unit,
        "design": study.design,
        "exhibit": headline.get("exhibit", claim.exhibit),
        **{name: headline.get(name) for name in fields},
        **{name: getattr(said, name) for name in checks},
        "n_robustness": finding.n_robustness if finding.headline else None,
        "not_made": " ".join(rules.not_made(claim, said)),
        "verdict": finding.verdict,
    }
