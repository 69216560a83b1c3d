"""From published figures to columns of a panel: formulas, required cells, index variants."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import formula
from pilotzone.catalogue.indicators import System
from pilotzone.catalogue.samples import Sample
from pilotzone.catalogue.samples import sample as sample_of
from pilotzone.errors import UserError
from pilotzone.methods.index.formula import evaluate
from pilotzone.methods.index.weighting import METHODS, Cells
from pilotzone.panels import samples
from pilotzone.panels.raw import check_ratio_vintages


@dataclasses.dataclass(frozen=True)
class Source:
    """Where rows come from: the table of figures, its unit, and the declared formulas."""

    file: str
    unit: str
    formulas: Mapping[str, str]

    @property
    def keys(self) -> list[str]:
        """Unit and year."""
        return [self.unit, "year"]


@dataclasses.dataclass(frozen=True)
class Variant:
    """An index variant: a system, a weighting method and the sample on which it is computed."""

    id: str
    system: System
    method: str
    sample: str | Sample = "main"


def value(name: str, text: str, base: pd.DataFrame, source: Source) -> np.ndarray:
    """Return a formula on the figures; a missing figure gives a missing value.

    Raises
    ------
    UserError
        If the formula mixes two vintages of regional product, or divides by, or takes the log of,
        a zero.
    """
    check_ratio_vintages(formula.sources(text))
    columns = {figure: base[figure] for figure in formula.sources(text) if figure in base}
    with np.errstate(divide="ignore", invalid="ignore"):
        result = evaluate(formula.parse(text), columns)
    infinite = np.isinf(result)
    if infinite.any():
        row, more = base.loc[int(np.argmax(infinite))], int(infinite.sum()) - 1
        also = f" and {more} further row{'s' if more > 1 else ''}" if more else ""
        way = f"correct the zero in one of {', '.join(formula.sources(text))}"
        if "ln(" in text:
            way += ", take ln(1 + …), or explain the level by Poisson regression"
        raise UserError(
            f"{source.file}: {name} = {text} is infinite for {row[source.unit]} "
            f"{row['year']}{also}: {way}"
        )
    return result


def values(base: pd.DataFrame, source: Source) -> dict[str, np.ndarray]:
    """Return every declared formula on the figures, as :func:`value` does one."""
    return {name: value(name, text, base, source) for name, text in source.formulas.items()}


def rows(sample: str | Sample, frame: pd.DataFrame, source: Source) -> np.ndarray:
    """Return the rows of a frame that belong to a sample, as a mask."""
    return samples.member_rows(sample_of(sample), frame, source.unit)


def require(
    frame: pd.DataFrame,
    sample: str | Sample,
    names: Collection[str],
    source: Source,
    figures: pd.DataFrame | None = None,
) -> None:
    """Refuse a missing cell of a required column in a sample, naming unit, year and column.

    Raises
    ------
    UserError
    """
    missing = frame.loc[rows(sample, frame, source), list(names)].isna()
    if not missing.any(axis=None):
        return
    name = missing.any().idxmax()
    row = frame.loc[missing[name].idxmax()]
    why = formula.sources(source.formulas[name]) if name in source.formulas else ()
    if figures is not None:
        keys = source.keys
        here = figures[(figures[keys] == row[keys].to_list()).all(axis=1)].iloc[0]
        why = [figure for figure in why if figure not in here or pd.isna(here[figure])]
    raise UserError(
        f"{source.file}: {row[source.unit]} {row['year']} has no "
        f"{' or '.join(why) or name}, so {name} is missing, which sample "
        f"'{sample_of(sample).id}' requires; restore the row or shorten the sample"
    )


def index_variants(
    frame: pd.DataFrame, variants: Sequence[Variant], source: Source
) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """Return every index variant on its home sample, and the weights.

    Returns
    -------
    scores : dict from variant id to Series aligned with ``frame`` (missing outside the sample)
    weights : DataFrame
        ``variant, indicator, weight``
    """
    found = {variant.id: score_variant(frame, variant, source) for variant in variants}
    weights = pd.concat([table for _, table in found.values()], ignore_index=True)
    return {name: score for name, (score, _) in found.items()}, weights


def score_variant(
    frame: pd.DataFrame, variant: Variant, source: Source
) -> tuple[pd.Series, pd.DataFrame]:
    """Return one variant's score aligned with ``frame`` and its weights.

    In a sample that leaves incomplete rows out, the home of the variant is the rows with all its
    indicators; elsewhere a missing cell is refused.
    """
    names = list(variant.system.ids)
    home = frame.loc[rows(variant.sample, frame, source), [*names, "year"]]
    if sample_of(variant.sample).incomplete == "refuse":
        require(frame, variant.sample, names, source)
    else:
        home = home[home[names].notna().all(axis=1)]
    of_system = (variant.system.signs, variant.system.ids)
    cells = Cells(home[names].to_numpy(dtype=float), *of_system, home["year"].to_numpy())
    index = METHODS[variant.method](cells)
    weighted = [
        (f"{variant.id}:{label}" if label else variant.id, name, weight)
        for label, vector in index.weights.items()
        for name, weight in zip(names, vector, strict=True)
    ]
    table = pd.DataFrame(weighted, columns=["variant", "indicator", "weight"])
    return pd.Series(index.score, index=home.index).reindex(frame.index), table
