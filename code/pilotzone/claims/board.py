"""The claims board: what the estimates say on each claim of the reviewed studies.

Reads files below ``output/estimates`` and computes no estimate; the rules by which a claim is
judged stand in ``studies``. Where each check comes from:

* Headline: the first identified one of the linked columns, with the p-value of the inference that
  the column declares.
* Wild p, randomisation p: the claim's own exhibit, one that it names for robustness or the exhibit
  of inference of its panel, where it holds the headline's regression (same outcome, treatment,
  controls, sample, effects, matrix).
  Of the bootstraps the one with Rademacher weights, of the permutations that of whole paths.
* Lead p: the joint test of the leads of the binned event study of the same regression, in the
  same exhibits or in the event study of its panel.
* Robustness: columns with the role ``robustness`` in the exhibits that the claim names, with the
  claim's term, the headline's treatment id (another coding or timing of it is another treatment)
  and the headline's outcome or, for the index, another variant of it. A column that repeats the
  headline's estimate and error is no check of it; one that is not identified has no sign. The
  share with p < 0.05 counts both signs: the sign has a share of its own.
* Heterogeneity: the p-value of the headline's term. Between two named groups the estimate is the
  difference of their effects, its error that which the test implies.
* Spillover: the indirect effect's place among relabelled matrices, for the same regression and
  matrix.

A check that stands nowhere was not made, which the rules count as not passed.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.claims import studies
from pilotzone.claims.studies import CLAIMS, STUDIES, Claim, Evidence, study_of
from pilotzone.errors import UserError

# The exhibits that hold the checks, by panel; those of cities carry its name in front.
INFERENCE = {"": "inference", "city_": "city_inference"}
EVENTS = {"": "event_study", "city_": "city_event_study"}
PLACEBOS = {"": "spatial_placebo", "city_": "city_spillover"}
WILD, PATHS = "wild_rademacher:unit", "permutation:unit"
# What makes two columns the same regression.
REGRESSION = ("outcome", "treatment", "controls", "sample", "fixed_effects", "weights")
# All variants of the index of new quality productive forces carry this in their id.
INDEX = "nqp"
NUMBERS = ("estimate", "std_error", "p_value", "ci_low", "ci_high")
RULES = ("MAIN_P", "SMALL_SAMPLE_P", "LEAD_P", "FAILS_P", "SAME_SIGN", "SIGNIFICANT")


@dataclasses.dataclass(frozen=True)
class Estimated:
    """The files of an exhibit: its estimates by column and term, its models by column."""

    exhibit: str
    terms: pd.DataFrame
    models: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class Shown:
    """A term of a linked column; its numbers are NaN where the column is not identified."""

    exhibit: str
    column: str
    term: str
    nobs: float
    identified: str
    reason: str
    estimate: float = math.nan
    std_error: float = math.nan
    p_value: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan


@dataclasses.dataclass(frozen=True)
class Finding:
    """What the estimates say on a claim.

    Attributes
    ----------
    claim : Claim
    evidence : Evidence
        What the rules read.
    headline : Shown or None
        The term that is judged; None where nothing is linked or nothing linked is identified.
    linked : tuple of Shown
        The terms of all linked columns, in the order of the claim.
    n_robustness : int
        Robustness columns behind the shares.
    """

    claim: Claim
    evidence: Evidence
    headline: Shown | None = None
    linked: tuple[Shown, ...] = ()
    n_robustness: int = 0

    @property
    def verdict(self) -> str:
        """The verdict by the rules."""
        return studies.verdict(self.claim, self.evidence)


def reads(claim: Claim) -> tuple[str, ...]:
    """Return the exhibits on which a claim's verdict rests."""
    if not claim.exhibit:
        return ()
    panel = _panel(claim)
    checks = {"spillover": (PLACEBOS[panel],), "heterogeneity": ()}
    made = checks.get(claim.kind, (INFERENCE[panel], EVENTS[panel]))
    return tuple(dict.fromkeys((claim.exhibit, *claim.robustness, *made)))


def read(exhibits: Iterable[str], folder: Path) -> dict[str, Estimated]:
    """Return the files of exhibits below a folder of estimates.

    Raises
    ------
    UserError
        If a file is missing.
    """
    files = {}
    for exhibit in dict.fromkeys(exhibits):
        terms = estimates.read(folder / f"{exhibit}.csv").set_index(["column", "term"], drop=False)
        models = estimates.read(folder / f"{exhibit}.models.csv").set_index("column", drop=False)
        files[exhibit] = Estimated(exhibit, terms, models)
    return files


def evidence(claim: Claim, folder: Path) -> Evidence:
    """Return what the files below a folder of estimates say on a claim.

    Raises
    ------
    UserError
        If a file, a linked column or its term is missing.
    """
    return find(claim, read(reads(claim), folder)).evidence


def find(claim: Claim, files: Mapping[str, Estimated]) -> Finding:
    """Return the finding on a claim.

    Parameters
    ----------
    claim : Claim
    files : mapping from exhibit to Estimated
        At least those that :func:`reads` names.

    Raises
    ------
    UserError
        If a linked column or its term is missing.
    """
    nothing = Evidence(claim.sign)
    if not claim.exhibit:
        return Finding(claim, nothing)
    main = files[claim.exhibit]
    models = [_model(claim, main, column) for column in claim.columns]
    linked = tuple(shown for model in models for shown in _terms(claim, main, model))
    identified = [model for model in models if model["identified"] == "yes"]
    if not identified:
        return Finding(claim, nothing, None, linked)
    model = identified[0]
    headline = _headline(claim, main, model)
    robust = _robust(claim, headline, model, files)
    said = Evidence(
        claim.sign,
        estimate=_known(headline.estimate),
        p_value=_known(headline.p_value),
        same_sign=_share(robust["estimate"] * claim.sign > 0),
        significant=_share(robust["p_value"] < studies.MAIN_P),
        **_checks(claim, headline, model, files),
    )
    return Finding(claim, said, headline, linked, len(robust))


def _model(claim: Claim, main: Estimated, column: str) -> pd.Series:
    if column not in main.models.index:
        raise UserError(
            f"{main.exhibit}, column {column}: not in the estimates, but a claim of study "
            f"{claim.study} is linked to it; run `make output/estimates/{main.exhibit}.csv`"
        )
    return main.models.loc[column]


def _judged(claim: Claim, main: Estimated, model: pd.Series) -> str:
    """Return the claim's term as it stands in a column that may code the treatment otherwise."""
    first = main.models.loc[claim.columns[0], "treatment"]
    return claim.term.replace(first, model["treatment"])


def _shown(main: Estimated, model: pd.Series, term: str, **numbers: float) -> Shown:
    column = model["column"]
    if not numbers and (column, term) in main.terms.index:
        numbers = main.terms.loc[(column, term), list(NUMBERS)].to_dict()
    about = (float(model["nobs"]), model["identified"], model["reason"])
    return Shown(main.exhibit, column, term, *about, **numbers)


def _headline(claim: Claim, main: Estimated, model: pd.Series) -> Shown:
    term = _judged(claim, main, model)
    where = f"{main.exhibit}, column {model['column']}"
    if (model["column"], term) not in main.terms.index:
        raise UserError(
            f"{where}: no term '{term}', but a claim of study {claim.study} is judged by it; "
            "mend studies.py"
        )
    numbers = _difference(claim, main, model, term) if claim.higher else {}
    headline = _shown(main, model, term, **numbers)
    if math.isnan(headline.p_value):
        raise UserError(f"{where}: term '{term}' has no p-value; mend studies.py")
    return headline


def _difference(claim: Claim, main: Estimated, model: pd.Series, term: str) -> dict[str, float]:
    """Return the effect on the claim's higher group less that on the lower one.

    With two groups the test of equality is the squared t of this difference, which gives its error.
    """
    column, treatment = model["column"], model["treatment"]
    names = [f"{treatment}#{group}" for group in (claim.higher, claim.lower)]
    here = main.terms.loc[column]
    missing = [name for name in names if name not in here.index]
    if missing:
        raise UserError(f"{main.exhibit}, column {column}: no term '{missing[0]}'; mend studies.py")
    high, low = here.loc[names, "estimate"]
    q, df = map(float, here.loc[term, "df"].split(";"))
    if q != 1:
        raise UserError(
            f"{main.exhibit}, column {column}: more than two groups, so that the test does not "
            f"judge {claim.higher} against {claim.lower}; mend studies.py"
        )
    error = abs(high - low) / math.sqrt(here.loc[term, "statistic"])
    row = estimates.rows([term], [high - low], [error], distribution="t", df=df).iloc[0]
    return {**row[list(NUMBERS)].to_dict(), "p_value": here.loc[term, "p_value"]}


def _terms(claim: Claim, main: Estimated, model: pd.Series) -> list[Shown]:
    """Return what is shown of a linked column: the claim's term, else all terms with an error.

    Of a test by groups the effect on each group is shown as well.
    """
    term = _judged(claim, main, model)
    if model["identified"] != "yes":
        return [_shown(main, model, term)]
    here = main.terms[main.terms["column"] == model["column"]]
    treatment = model["treatment"]
    groups = [name for name in here["term"] if name.startswith(f"{treatment}#")]
    if term in set(here["term"]):
        names = [term, *(groups if term.startswith("test:") else ())]
    else:
        hidden = CONTROLS[model["controls"]]
        names = [name for name in here.loc[here["std_error"].notna(), "term"] if name not in hidden]
    return [_shown(main, model, name) for name in names]


def _robust(
    claim: Claim, headline: Shown, model: pd.Series, files: Mapping[str, Estimated]
) -> pd.DataFrame:
    """Return the rows of the robustness columns (the rule stands at the head of this module)."""
    found = [files[exhibit].terms.iloc[:0] for exhibit in (claim.exhibit, *claim.robustness)]
    for exhibit in claim.robustness:
        models, terms = files[exhibit].models, files[exhibit].terms
        treatment = models["treatment"].reindex(terms["column"]).to_numpy()
        rows = terms[
            (terms["role"] == "robustness")
            & (terms["term"] == headline.term)
            & (treatment == model["treatment"])
            & terms["outcome"].map(lambda name: _same_concept(name, model["outcome"]))
        ]
        found.append(rows[~_repeats(rows, headline)])
    return pd.concat(found, ignore_index=True)


def _same_concept(one: str, other: str) -> bool:
    return one == other or (INDEX in one and INDEX in other)


def _repeats(rows: pd.DataFrame, headline: Shown) -> pd.Series:
    """Say which rows are the headline once more, to the digits that two builds share."""
    agree = [
        (rows[name] - getattr(headline, name)).abs()
        <= estimates.RTOL * abs(getattr(headline, name))
        for name in ("estimate", "std_error")
    ]
    return agree[0] & agree[1]


def _checks(
    claim: Claim, headline: Shown, model: pd.Series, files: Mapping[str, Estimated]
) -> dict[str, float | None]:
    """Return the checks of a claim's kind, each by its field of the evidence."""
    if claim.kind == "heterogeneity":
        return {"interaction_p": headline.p_value}
    panel, main = _panel(claim), files[claim.exhibit]
    if claim.kind == "spillover":
        placebos = (main, files[PLACEBOS[panel]])
        found = _p_value(placebos, model, "test:indirect", estimator="relabelled_matrices")
        return {"placebo_p": found}
    own = (main, *(files[exhibit] for exhibit in claim.robustness))
    tests, events = (*own, files[INFERENCE[panel]]), (*own, files[EVENTS[panel]])
    return {
        "wild_p": _p_value(tests, model, headline.term, inference=WILD),
        "randomisation_p": _p_value(tests, model, headline.term, inference=PATHS),
        "lead_p": _p_value(events, model, "test:leads", estimator="event_study"),
    }


def _panel(claim: Claim) -> str:
    return "city_" if claim.exhibit.startswith("city_") else ""


def _p_value(sources: Sequence[Estimated], model: pd.Series, term: str, **how: str) -> float | None:
    """Return the p-value of a term in a column with the same regression; None if none stands."""
    wanted = {**{name: model[name] for name in REGRESSION}, **how, "identified": "yes"}
    for source in sources:
        same = pd.concat([source.models[name] == value for name, value in wanted.items()], axis=1)
        for column in source.models.index[same.all(axis=1)]:
            if (column, term) in source.terms.index:
                return _known(source.terms.loc[(column, term), "p_value"])
    return None


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _share(yes: pd.Series) -> float | None:
    return float(yes.mean()) if len(yes) else None


def board(folder: Path, claims: Sequence[Claim] = CLAIMS) -> dict[str, pd.DataFrame]:
    """Return the parts of the exhibit: claims, linked columns, studies, bounds of the rules.

    Raises
    ------
    UserError
        If a file, a linked column or its term is missing.
    """
    files = read((exhibit for claim in claims for exhibit in reads(claim)), folder)
    found = [(_number(claims, at), find(claim, files)) for at, claim in enumerate(claims)]
    linked = [
        {"study": finding.claim.study, "claim": number, "position": position, **vars(shown)}
        for number, finding in found
        for position, shown in enumerate(finding.linked, start=1)
    ]
    bounds = [(name.lower(), getattr(studies, name)) for name in RULES]
    return {
        "": pd.DataFrame([_line(number, finding) for number, finding in found]),
        "columns": pd.DataFrame(linked),
        "studies": pd.DataFrame([vars(study) for study in STUDIES]).rename(columns={"id": "study"}),
        "rules": pd.DataFrame(bounds, columns=["rule", "bound"]),
    }


def _number(claims: Sequence[Claim], at: int) -> int:
    """Return the number of a claim among those of its study."""
    return sum(claim.study == claims[at].study for claim in claims[: at + 1])


def _line(number: int, finding: Finding) -> dict[str, object]:
    claim, said = finding.claim, finding.evidence
    study = study_of(claim)
    headline = vars(finding.headline) if finding.headline else {}
    fields = ("exhibit", "column", "term", "nobs", *NUMBERS)
    checks = [name for name in vars(said) if name not in ("sign", *NUMBERS)]
    return {
        "study": claim.study,
        "claim": number,
        "text": claim.text,
        "unit": study.unit,
        "design": study.design,
        **{name: headline.get(name) for name in fields},
        "exhibit": claim.exhibit,
        **{name: getattr(said, name) for name in checks},
        "n_robustness": finding.n_robustness if finding.headline else None,
        "not_made": " ".join(studies.not_made(claim, said)),
        "verdict": finding.verdict,
    }
