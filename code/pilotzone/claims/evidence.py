"""What the estimates say on a claim, from files below ``output/estimates``; no estimate is made.

Columns are looked up by the fields of their specifications. Where each check comes from:

* Headline: the first identified one of the linked columns, with the p-value of the inference that
  the column declares.
* Wild p, randomisation p: the headline's exhibit, one that the claim names for robustness or the
  exhibit of inference of its panel, where it holds the headline's regression (same outcome,
  treatment, controls, sample, effects, matrix, estimator, options) with another inference.
  Of the bootstraps the one with Rademacher weights, of the permutations that of whole paths.
* Lead p: the joint test of the leads of the binned event study of the same regression, in the
  same exhibits or in the event study of its panel.
* Robustness: columns with the role ``robustness`` in the exhibits that the claim names, with the
  claim's term, the headline's treatment (another coding or timing of it is another treatment) and
  the headline's outcome or, for an index, another variant of it. A column that repeats the
  headline's estimate and error is no check of it; one that is not identified has no sign. The
  share with p < 0.05 counts both signs: the sign has a share of its own.
* Heterogeneity: the p-value of the headline's term. Between two named groups the estimate is the
  difference of their effects, its error that which the test implies.
* Spillover: the indirect effect's place among relabelled matrices, for the same regression and
  matrix.

A check that stands nowhere was not made, which the rules count as not passed.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.catalogue import Exhibit, Inference, Specification
from pilotzone.catalogue.codebook import codebook
from pilotzone.catalogue.columns import by_id, matching
from pilotzone.claims import rules
from pilotzone.claims.rules import Evidence
from pilotzone.claims.studies import Claim
from pilotzone.errors import UserError

# The exhibits that hold the checks, by panel.
INFERENCE = {"province": "inference", "city": "city_inference"}
EVENTS = {"province": "event_study", "city": "city_event_study"}
PLACEBOS = {"province": "spatial_placebo", "city": "city_spillover"}
# What makes two columns the same regression, beside their options.
REGRESSION = ("outcome", "treatment", "controls", "sample", "effects", "weights")
NUMBERS = ("estimate", "std_error", "p_value", "ci_low", "ci_high")
Load = Callable[[str], Exhibit]


@dataclasses.dataclass(frozen=True)
class Estimated:
    """An exhibit and its files: its estimates by column and term, its models by column."""

    exhibit: str
    literal: Exhibit
    terms: pd.DataFrame
    models: pd.DataFrame

    @functools.cached_property
    def specifications(self) -> dict[str, Specification]:
        """The columns by their ids."""
        return by_id(self.literal)


@dataclasses.dataclass(frozen=True)
class Linked:
    """A column that a claim names: its exhibit's files, its id, its literal and its model row."""

    source: Estimated
    column: str
    literal: Specification
    model: pd.Series

    @property
    def identified(self) -> bool:
        """Say whether the design identifies the estimand."""
        return self.model["identified"] == "yes"

    @property
    def where(self) -> str:
        """Begin a complaint."""
        return f"{self.source.exhibit}, column {self.column}"

    @functools.cached_property
    def terms(self) -> pd.DataFrame:
        """Its estimate rows by term."""
        rows = self.source.terms
        return rows[rows["column"] == self.column].set_index("term", drop=False)

    def judged(self, claim: Claim) -> str:
        """Return the claim's term as it stands in this column."""
        return claim.term.format(treatment=self.literal.treatment)

    def shown(self, term: str, **numbers: float) -> "Shown":
        """Return a term with its numbers, or with those given."""
        if not numbers and term in self.terms.index:
            numbers = self.terms.loc[term, list(NUMBERS)].to_dict()
        about = (float(self.model["nobs"]), self.model["identified"], self.model["reason"])
        return Shown(self.source.exhibit, self.column, term, *about, **numbers)


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
        return rules.verdict(self.claim, self.evidence)


def reads(claim: Claim, load: Load = exhibits.load) -> tuple[str, ...]:
    """Return the exhibits on which a claim's verdict rests."""
    if not claim.columns:
        return ()
    first = load(claim.exhibit)
    panel = by_id(first)[claim.columns[0].within(first)].rows.panel
    checks = {"spillover": (PLACEBOS[panel],), "heterogeneity": ()}
    made = checks.get(claim.kind, (INFERENCE[panel], EVENTS[panel]))
    own = (column.exhibit for column in claim.columns)
    return tuple(dict.fromkeys((*own, *claim.robustness, *made)))


def read(ids: Iterable[str], folder: Path, load: Load = exhibits.load) -> dict[str, Estimated]:
    """Return exhibits with their files below a folder of estimates.

    Raises
    ------
    UserError
        If a file is missing.
    """
    files = {}
    for exhibit in dict.fromkeys(ids):
        terms = estimates.read(folder / f"{exhibit}.csv").set_index(["column", "term"], drop=False)
        models = estimates.read(folder / f"{exhibit}.models.csv").set_index("column", drop=False)
        files[exhibit] = Estimated(exhibit, load(exhibit), terms, models)
    return files


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
    columns = [
        _linked(claim, files[c.exhibit], c.within(files[c.exhibit].literal)) for c in claim.columns
    ]
    shown = tuple(one for column in columns for one in _terms(claim, column))
    identified = [column for column in columns if column.identified]
    if not identified:
        return Finding(claim, Evidence(claim.sign), None, shown)
    main = identified[0]
    headline = _headline(claim, main)
    robust = _robust(claim, headline, main, files)
    said = Evidence(
        claim.sign,
        estimate=_known(headline.estimate),
        p_value=_known(headline.p_value),
        same_sign=_share(robust["estimate"] * claim.sign > 0),
        significant=_share(robust["p_value"] < rules.MAIN_P),
        **_checks(claim, headline, main, files),
    )
    return Finding(claim, said, headline, shown, len(robust))


def _linked(claim: Claim, source: Estimated, column: str) -> Linked:
    if column not in source.models.index:
        raise UserError(
            f"{source.exhibit}, column {column}: not in the estimates, but a claim of study "
            f"{claim.study} is linked to it; run `make output/estimates/{source.exhibit}.csv`"
        )
    return Linked(source, column, source.specifications[column], source.models.loc[column])


def _headline(claim: Claim, main: Linked) -> Shown:
    term = main.judged(claim)
    if term not in main.terms.index:
        raise UserError(
            f"{main.where}: no term '{term}', but a claim of study {claim.study} is judged by it; "
            "mend studies.py"
        )
    numbers = _difference(claim, main, term) if claim.higher else {}
    headline = main.shown(term, **numbers)
    if math.isnan(headline.p_value):
        raise UserError(f"{main.where}: term '{term}' has no p-value; mend studies.py")
    return headline


def _difference(claim: Claim, main: Linked, term: str) -> dict[str, float]:
    """Return the effect on the claim's higher group less that on the lower one.

    With two groups the test of equality is the squared t of this difference, which gives its error.
    """
    names = [f"{main.literal.treatment}#{group}" for group in (claim.higher, claim.lower)]
    missing = [name for name in names if name not in main.terms.index]
    if missing:
        raise UserError(f"{main.where}: no term '{missing[0]}'; mend studies.py")
    high, low = main.terms.loc[names, "estimate"]
    test = main.terms.loc[term]
    q, df = map(float, test["df"].split(";"))
    if q != 1:
        raise UserError(
            f"{main.where}: more than two groups, so that the test does not judge {claim.higher} "
            f"against {claim.lower}; mend studies.py"
        )
    error = abs(high - low) / math.sqrt(test["statistic"])
    row = estimates.rows([term], [high - low], [error], distribution="t", df=df).iloc[0]
    return {**row[list(NUMBERS)].to_dict(), "p_value": test["p_value"]}


def _terms(claim: Claim, column: Linked) -> list[Shown]:
    """Return what is shown of a linked column: the claim's term, else all terms with an error.

    Of a test by groups the effect on each group is shown as well.
    """
    term, here = column.judged(claim), column.terms
    if not column.identified:
        return [column.shown(term)]
    if term in here.index:
        by_group = f"{column.literal.treatment}#"
        tested = term.startswith("test:")
        names = [term, *(name for name in here.index if tested and name.startswith(by_group))]
    else:
        hidden = column.literal.control_variables
        names = [name for name in here.index[here["std_error"].notna()] if name not in hidden]
    return [column.shown(name) for name in names]


def _robust(
    claim: Claim, headline: Shown, main: Linked, files: Mapping[str, Estimated]
) -> pd.DataFrame:
    """Return the rows of the robustness columns (the rule stands at the head of this module)."""
    found = [main.source.terms.iloc[:0]]
    for exhibit in claim.robustness:
        terms = files[exhibit].terms
        counted = [
            column
            for column, literal in files[exhibit].specifications.items()
            if literal.role == "robustness"
            and literal.treatment == main.literal.treatment
            and _same_concept(literal, main.literal)
        ]
        rows = terms[terms["column"].isin(counted) & (terms["term"] == headline.term)]
        found.append(rows[~_repeats(rows, headline)])
    return pd.concat(found, ignore_index=True)


def _same_concept(one: Specification, other: Specification) -> bool:
    """Say whether outcomes are the same, or both an index by the codebook."""
    kinds = [
        codebook(literal.rows.panel).get(literal.outcome, {}).get("kind")
        for literal in (one, other)
    ]
    return one.outcome == other.outcome or kinds == ["index", "index"]


def _repeats(rows: pd.DataFrame, headline: Shown) -> pd.Series:
    """Say which rows are the headline once more, to the digits that two builds share."""
    agree = [
        (rows[name] - getattr(headline, name)).abs()
        <= estimates.RTOL * abs(getattr(headline, name))
        for name in ("estimate", "std_error")
    ]
    return agree[0] & agree[1]


def _checks(
    claim: Claim, headline: Shown, main: Linked, files: Mapping[str, Estimated]
) -> dict[str, float | None]:
    """Return the checks of a claim's kind, each by its field of the evidence."""
    if claim.kind == "heterogeneity":
        return {"interaction_p": headline.p_value}
    panel = main.literal.rows.panel
    if claim.kind == "spillover":
        placebos = (main.source, files[PLACEBOS[panel]])
        found = _p_value(placebos, main, "test:indirect", estimator="relabelled_matrices")
        return {"placebo_p": found}
    own = (main.source, *(files[exhibit] for exhibit in claim.robustness))

    def under(inference: str) -> float | None:
        other = Inference(inference, cluster=main.literal.inference.cluster)
        how = {"estimator": main.literal.estimator, "inference": other}
        return _p_value((*own, files[INFERENCE[panel]]), main, headline.term, **how)

    events = (*own, files[EVENTS[panel]])
    return {
        "wild_p": under("wild_rademacher"),
        "randomisation_p": under("permutation"),
        "lead_p": _p_value(events, main, "test:leads", estimator="event_study"),
    }


def _p_value(sources: Sequence[Estimated], main: Linked, term: str, **how: object) -> float | None:
    """Return the p-value of a term in a column with the same regression; None if none stands."""
    literal = main.literal
    same = {**{name: getattr(literal, name) for name in REGRESSION}, **dict(literal.options), **how}
    for source in sources:
        for column in matching(source.literal, same):
            there = column in source.models.index and (column, term) in source.terms.index
            if there and source.models.loc[column, "identified"] == "yes":
                return _known(source.terms.loc[(column, term), "p_value"])
    return None


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _share(yes: pd.Series) -> float | None:
    return float(yes.mean()) if len(yes) else None
