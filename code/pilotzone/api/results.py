"""Results: one protocol for whatever was estimated."""

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pilotzone.api.pictures import draw
from pilotzone.api.rendering import Look, rendered
from pilotzone.catalogue import Specification, reasons
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.tables.style import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIDY = ("term", "estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high")
# What :meth:`Fit.glance` says of a fit, where it is known.
GLANCE = (
    *("estimator", "outcome", "treatment", "nobs", "n_dropped", "n_units", "n_periods"),
    *("n_treated", "n_clusters", "r2", "r2_within", "rho", "loglik"),
    *("fixed_effects", "inference", "draws", "seed"),
)
# A fit prints on so many lines, of which so many are not terms.
LINES, AROUND = 10, 4
# Terms that name periods behind their first piece.
OF_PERIODS = (
    *("att", "cohort", "calendar", "weight", "moran"),
    *("gini", "within", "between", "transvariation"),
)
DECIMALS = 4


class Text(str):
    """A text of several lines that a console shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """What an estimator found. The data that a method returns are copies.

    Attributes
    ----------
    title : str
        What was computed.
    outcome : str
        Of what, a column of the data.
    spec : Specification or None
        Everything that decides the numbers; None of what is no regression.
    rows : DataFrame
        Terms with estimate, error, distribution, p-value and interval.
    model : mapping
        What is known of the fit as a whole.
    parts : mapping of DataFrame
        Further tables: ``cautions`` (what stands against a star), ``bands``, ``cells``.
    lexicon : Lexicon
        What the caller calls columns and periods.
    covariance : DataFrame or None
    said : tuple of str
        What was found when the data were read.
    """

    title: str
    outcome: str
    spec: Specification | None
    rows: pd.DataFrame
    model: Mapping[str, Any]
    parts: Mapping[str, pd.DataFrame]
    lexicon: Lexicon
    covariance: pd.DataFrame | None = None
    said: tuple[str, ...] = ()

    def tidy(self) -> pd.DataFrame:
        """Return a row for each term.

        Returns
        -------
        DataFrame
            ``term, estimate, std_error, statistic, p_value, ci_low, ci_high``, the interval at
            95 %. A number without an error of its own, or a test without an estimate, has missing
            cells; :attr:`notes` says why an error is withheld.
        """
        found = self.rows.reindex(columns=list(TIDY)).reset_index(drop=True)
        return found.assign(term=[self._named(term) for term in found["term"]])

    def glance(self) -> pd.DataFrame:
        """Return one row on the fit as a whole: counts, R², inference, draws and seed."""
        known = {name: self.model.get(name) for name in GLANCE}
        there: dict[str, Any] = {n: value for n, value in known.items() if not _is_missing(value)}
        columns = [name for name in ("outcome", "treatment") if name in there]
        there |= {name: self._named(there[name]) for name in columns}
        return pd.DataFrame([there])

    @property
    def vcov(self) -> pd.DataFrame:
        """Covariance of the terms with errors, (k, k), labelled by term.

        Raises
        ------
        UserError
            If the errors were resampled, so that there is no covariance of several terms.
        """
        found = self.covariance
        if found is None:
            found = self._of_one_term()
        names = [self._named(term) for term in found.index]
        return pd.DataFrame(found.to_numpy(copy=True), index=names, columns=names)

    @property
    def nobs(self) -> int:
        """Rows used."""
        return int(self.model["nobs"])

    @property
    def n_dropped(self) -> int:
        """Rows that are not used: a missing cell, or a row that the effects fit exactly."""
        return int(self.model["n_dropped"])

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences: what was found in the data, what stands against an error or a star."""
        found = [*self.said]
        for name in ("reason", "reference"):
            text = reasons.cell(str(self.model.get(name) or ""), self.lexicon)
            found += [text] if text else []
        said: dict[str, list[str]] = {}
        cautions = self.parts.get("cautions")
        shown = set(self.rows["term"])
        for row in [] if cautions is None else cautions.itertuples():
            if row.term in shown:
                text = reasons.cell(row.reason, self.lexicon)
                said.setdefault(text, []).append(self._named(row.term))
        return (*found, *(f"{', '.join(terms)}: {text}" for text, terms in said.items()))

    def summary(self) -> Text:
        """Return all terms, counts and notes as text."""
        return Text("\n".join([*self._head(), *self._body(len(self.rows)), *self._foot()]))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the estimates with their 95 % intervals; a path by event time where there is one.

        A hollow point is one against which a caution stands.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        return draw(self, ax)

    def __repr__(self) -> str:
        """Return ten lines at most: what it is, the first terms, how errors were made."""
        return "\n".join([*self._head(), *self._body(LINES - AROUND), *self._foot()[:1]])

    def _repr_html_(self) -> str:
        if self.spec is None:
            return self.tidy().to_html(index=False, na_rep="")
        return rendered([self], Look()).html()

    def _named(self, term: str) -> str:
        """Return a term with the caller's names of columns in it."""
        first, *pieces = term.split(":")
        if first in OF_PERIODS:
            return ":".join([first, *map(self.lexicon.period, pieces)])
        *before, last = first, *pieces
        name = self.lexicon.variables.get(last, (last,))[0]
        return ":".join([*before, name])

    def _of_one_term(self) -> pd.DataFrame:
        """Return the variance of the only term with an error."""
        known = self.rows.reindex(columns=["term", "estimate", "std_error"]).dropna()
        if len(known) != 1:
            raise UserError(
                f"{self.title}: errors were made term by term, so that there is no covariance"
            )
        term = list(known["term"])
        return pd.DataFrame(known[["std_error"]].to_numpy() ** 2, index=term, columns=term)

    def _head(self) -> list[str]:
        """Return what was estimated on which rows, and the heading of the terms."""
        of = self.model
        counts = f"{of['nobs']:,.0f} rows ({of['n_dropped']:,.0f} dropped), {of['n_units']:,.0f} "
        counts += "units, "
        counts += "-".join(self.lexicon.period(int(of[end])) for end in ("first_year", "last_year"))
        heading = f"{'':<26}" + "".join(f"{name:>12}" for name in TIDY[1:])
        return [f"{self.title}: {self.outcome}", counts, heading]

    def _body(self, most: int) -> list[str]:
        """Return a line for each of the first terms, and how many more there are."""
        rows = self.tidy()
        cut = rows if len(rows) <= most else rows.head(most - 1)
        lines = [
            f"{row.term[:26]:<26}" + "".join(f"{_shown(value):>12}" for value in row[2:])
            for row in cut.itertuples()
        ]
        left = len(rows) - len(cut)
        return [*lines, f"… {left} more terms: .tidy()"] if left else lines

    def _foot(self) -> list[str]:
        """Return how errors were made, then the notes."""
        drawn = "" if _is_missing(self.model.get("draws")) else f", {self.model['draws']:,} draws"
        return [f"errors: {self.model['inference']}{drawn}", *self.notes]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Staggered(Fit):
    """Effects by cohort and period, and their averages.

    :meth:`tidy` shows the cells, ``att:cohort:period``; :meth:`aggregate` an average of them.

    Attributes
    ----------
    every : DataFrame
        Cells and all averages.
    between : DataFrame or None
        Their covariance.
    """

    every: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)
    between: pd.DataFrame | None = None

    def aggregate(self, kind: str = "simple") -> Fit:
        """Return an average of the cells, the overall value first, then its parts.

        Parameters
        ----------
        kind : {"simple", "event", "group", "calendar"}
            All treated cells weighted by treated units; by periods since treatment (the overall
            value is the plain mean over those from treatment on); by cohort; by period. See
            :meth:`pilotzone.methods.did.group_time.GroupTime.aggregate`.

        Raises
        ------
        UserError
            If the estimator does not make this average; those that it makes are named.
        """
        made = [
            name for name, (overall, _) in AVERAGES.items() if overall in set(self.every["term"])
        ]
        if kind not in made:
            raise UserError(f"aggregate '{kind}' is unknown here; known: {', '.join(made)}")
        overall, prefix = AVERAGES[kind]
        terms = self.every["term"]
        own = (terms == overall) | (terms.str.partition(":")[0] == prefix)
        first = self.every[own].sort_values("term", key=lambda t: t != overall, kind="stable")
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(Fit)}
        return Fit(**{**fields, **_cut(first, self.between)})


# The overall term of each average, and the first piece of the names of its parts.
AVERAGES = {
    "simple": ("overall:simple", "overall:simple"),
    "event": ("overall:dynamic", "event"),
    "group": ("overall:group", "cohort"),
    "calendar": ("overall:calendar", "calendar"),
}
CELLS = "att"


def staggered(found: Fit) -> Staggered:
    """Return a fit of cells and averages as cells, of which averages are taken."""
    fields = {f.name: getattr(found, f.name) for f in dataclasses.fields(Fit)}
    cells = found.rows[found.rows["term"].str.partition(":")[0] == CELLS]
    own = {**fields, **_cut(cells, found.covariance)}
    return Staggered(**own, every=found.rows, between=found.covariance)


def _cut(rows: pd.DataFrame, covariance: pd.DataFrame | None) -> dict[str, Any]:
    """Return some terms and their covariance, as fields of a fit."""
    if covariance is not None:
        there = [term for term in rows["term"] if term in covariance.index]
        covariance = covariance.loc[there, there]
    return {"rows": rows.reset_index(drop=True), "covariance": covariance}


def _is_missing(value: object) -> bool:
    return (
        value is None
        or value == ""
        or (isinstance(value, float | np.floating) and math.isnan(value))
    )


def _shown(value: float) -> str:
    return number(float(value), DECIMALS)
