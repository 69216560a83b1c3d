"""What an exhibit asks for, as frozen literals.

Standard library only: ``make`` reads the exhibits before anything is installed. A specification
names things (a sample, a set of controls, a set of effects); what the names mean stands in the
tables of this module, once.
"""

import contextlib
import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence

from pilotzone.errors import UserError

TIBET = "540000"
MUNICIPALITIES = ("110000", "120000", "310000", "500000")
# Cities with the administrative rank of a deputy province.
SUB_PROVINCIAL = (
    "210100",
    "210200",
    "220100",
    "230100",
    "320100",
    "330100",
    "330200",
    "350200",
    "370100",
    "370200",
    "420100",
    "440100",
    "440300",
    "510100",
    "610100",
)
# Provinces of the cross-border e-commerce service pilots of 2012-2015, before the zones; the
# cities stand in data/raw/policies/service_pilots.csv.
SERVICE_PILOTS = ("120000", "310000", "330000", "410000", "440000", "500000")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """Which rows of a panel a column uses.

    Attributes
    ----------
    panel : str
        ``province``, ``city``, ``city_sums`` (city figures summed to provinces), ``firm`` or
        ``own``.
    first_year, last_year : int
        Both included.
    excluded : tuple of str
        Codes of units left out, each counted in the sample flow.
    without : tuple of (column, value)
        Rows with this value of an attribute are left out, each pair counted in the sample flow.
    incomplete : {"refuse", "drop", "drop_units"}
        What a missing cell of a column's variables does: an error; the row is left out and
        counted; the whole unit is left out and counted, so that the panel stays balanced.
    parent : str
        The sample from which this one is cut; its index variants are used as they are.
    """

    panel: str
    first_year: int
    last_year: int
    excluded: tuple[str, ...] = ()
    without: tuple[tuple[str, str | int], ...] = ()
    incomplete: str = "refuse"
    parent: str = ""
    label: str = ""


def _of_cities(
    label: str,
    *without: tuple[str, str | int],
    last_year: int = 2020,
    balanced: bool = False,
) -> Sample:
    """Return a sample cut from the cities observed in 2011-2020."""
    return Sample(
        panel="city",
        first_year=2011,
        last_year=last_year,
        without=(*((("balanced", 0),) if balanced else ()), *without),
        incomplete="drop_units" if balanced else "drop",
        parent="city",
        label=label,
    )


CITY_SAMPLES = {
    "city": dataclasses.replace(_of_cities("cities with all six indicators, 2011-2020"), parent=""),
    "balanced": _of_cities("cities observed in all years, 2011-2020", balanced=True),
    # Contiguity can't place a city none of whose neighbours is in the sample.
    "balanced_linked": dataclasses.replace(
        _of_cities(
            "cities observed in all years that border another one, 2011-2020",
            ("linked", 0),
            balanced=True,
        ),
        parent="balanced",
    ),
    "city_no_municipalities": _of_cities(
        "cities without municipalities and sub-provincial cities, 2011-2020",
        ("municipality", 1),
        ("sub_provincial", 1),
    ),
    "city_no_batch_5": _of_cities(
        "cities without the zones of batch 5, 2011-2020", ("zone_batch", 5)
    ),
    "city_no_later_zones": _of_cities(
        "cities without those that get a zone after 2020, 2011-2020",
        ("zone_batch", 6),
        ("zone_batch", 7),
    ),
    "city_no_service_pilots": _of_cities(
        "cities without those of the service pilots of 2012-2015, 2011-2020", ("service_pilot", 1)
    ),
    # City product of Liaoning, Jilin and Heilongjiang changes its vintage in 2014-2018.
    "city_no_north_east": _of_cities(
        "cities without the north-east, 2011-2020", ("region4", "northeast")
    ),
    "city_no_redrawn": _of_cities(
        "cities without those whose borders were redrawn, 2011-2020", ("redrawn", 1)
    ),
    "city_pre_covid": _of_cities("cities with all six indicators, 2011-2019", last_year=2019),
    **{
        f"city_cohort_{cohort}": _of_cities(
            f"balanced cities first treated in {cohort} and those untreated to 2020, 2011-2020",
            *(("cohort", other) for other in (2015, 2016, 2019, 2020) if other != cohort),
            balanced=True,
        )
        for cohort in (2016, 2019, 2020)
    },
    "city_sums": Sample(
        panel="city_sums",
        first_year=2011,
        last_year=2020,
        label="balanced cities summed to provinces, 2011-2020",
    ),
}

# A sample of firms has the years of the reader's panel (see ``of_firms``); none is outside these.
FIRST_OF_ALL, LAST_OF_ALL = 1, 9999
# Attributes by which the main sample of firms is cut; a reader can switch each off.
FIRM_RULES = ("financial", "special_treatment", "short")


def _of_firms(
    label: str,
    *without: tuple[str, str | int],
    last_year: int = LAST_OF_ALL,
    balanced: bool = False,
) -> Sample:
    """Return a sample cut from the firms that the sample rules leave."""
    return Sample(
        panel="firm",
        first_year=FIRST_OF_ALL,
        last_year=last_year,
        without=(*((rule, 1) for rule in FIRM_RULES), *without),
        incomplete="drop_units" if balanced else "drop",
        parent="firm",
        label=label,
    )


FIRM_SAMPLES = {
    "firm_all": dataclasses.replace(
        _of_firms("firms with all indicators of the index"), without=(), parent=""
    ),
    "firm": dataclasses.replace(
        _of_firms("firms with all indicators, by the sample rules"), parent="firm_all"
    ),
    "firm_balanced": _of_firms("firms observed in all years", ("balanced", 0), balanced=True),
    "firm_stayers": _of_firms("firms that never move", ("moved", 1)),
    "firm_no_municipalities": _of_firms("firms outside the municipalities", ("municipality", 1)),
    "firm_pre_covid": _of_firms("firms to 2019", last_year=2019),
}


SAMPLES = {
    "long": Sample(
        panel="province",
        first_year=2011,
        last_year=2023,
        excluded=(TIBET,),
        label="30 provinces without Tibet, 2011-2023",
    ),
    "main": Sample(
        panel="province",
        first_year=2013,
        last_year=2022,
        excluded=(TIBET,),
        parent="long",
        label="30 provinces without Tibet, 2013-2022",
    ),
    "pre_covid": Sample(
        panel="province",
        first_year=2013,
        last_year=2019,
        excluded=(TIBET,),
        parent="main",
        label="30 provinces without Tibet, 2013-2019",
    ),
    "no_municipalities": Sample(
        panel="province",
        first_year=2013,
        last_year=2022,
        excluded=(TIBET, *MUNICIPALITIES),
        parent="main",
        label="26 provinces without Tibet and the four municipalities, 2013-2022",
    ),
    "no_service_pilots": Sample(
        panel="province",
        first_year=2013,
        last_year=2022,
        excluded=(TIBET, *SERVICE_PILOTS),
        parent="main",
        label="24 provinces without Tibet and those of the service pilots of 2012-2015, 2013-2022",
    ),
    "from_2014": Sample(
        panel="province",
        first_year=2014,
        last_year=2022,
        excluded=(TIBET,),
        parent="main",
        label="30 provinces without Tibet, 2014-2022",
    ),
    "from_2016": Sample(
        panel="province",
        first_year=2016,
        last_year=2022,
        excluded=(TIBET,),
        parent="main",
        label="30 provinces without Tibet, 2016-2022",
    ),
    "2014_to_2018": Sample(
        panel="province",
        first_year=2014,
        last_year=2018,
        excluded=(TIBET,),
        parent="main",
        label="30 provinces without Tibet, 2014-2018",
    ),
    "from_2019": Sample(
        panel="province",
        first_year=2019,
        last_year=2022,
        excluded=(TIBET,),
        parent="main",
        label="30 provinces without Tibet, 2019-2022",
    ),
    "to_2018": Sample(
        panel="province",
        first_year=2013,
        last_year=2018,
        excluded=(TIBET,),
        parent="main",
        label="30 provinces without Tibet, 2013-2018",
    ),
    # Zhejiang, the cohort of 2015, is one province: it is neither in cohort 2016 nor a control.
    "cohort_2016": Sample(
        panel="province",
        first_year=2013,
        last_year=2018,
        excluded=(TIBET, "330000"),
        parent="main",
        label="10 provinces first treated in 2016 and the 19 later ones, 2013-2018",
    ),
    "cohort_2016_long": Sample(
        panel="province",
        first_year=2011,
        last_year=2018,
        excluded=(TIBET, "330000"),
        parent="long",
        label="10 provinces first treated in 2016 and the 19 later ones, 2011-2018",
    ),
    **CITY_SAMPLES,
    **FIRM_SAMPLES,
}

_BASELINE = (
    "secondary_share",
    "openness",
    "fiscal_share",
    "urbanisation",
    "finance",
    "ln_population_density",
)
_CITY = ("finance", "fiscal_share", "fdi_share", "urbanisation", "ln_population_density")
# Liabilities over assets are one minus an indicator of the index, and no control.
_FIRM = (
    "ln_assets",
    "roa",
    "cash_flow_share",
    "ln_listed_years",
    "largest_holder_share",
    "ln_board_size",
)
POLICIES = (
    "policy_big_data_zones",
    "policy_broadband_china",
    "policy_digital_economy_zones",
    "policy_free_trade_zones",
)


def _without(*names: str, of: tuple[str, ...] = _BASELINE) -> tuple[str, ...]:
    return tuple(control for control in of if control not in names)


CONTROLS = {
    "none": (),
    "baseline": _BASELINE,
    "city": _CITY,
    "firm": _FIRM,
    # Size, age and cash flow make up the indices of financing constraints.
    "firm_without_financing": ("largest_holder_share", "ln_board_size"),
    # A variable that is the outcome, a mechanism or part of the treatment leaves the controls.
    "without_openness": _without("openness"),
    "without_urbanisation": _without("urbanisation"),
    "without_secondary_share": _without("secondary_share"),
    **{f"with_{policy.removeprefix('policy_')}": (*_BASELINE, policy) for policy in POLICIES},
    "with_all_policies": (*_BASELINE, *POLICIES),
    "city_without_finance": _without("finance", of=_CITY),
    "city_without_fdi_share": _without("fdi_share", of=_CITY),
    **{f"city_with_{policy.removeprefix('policy_')}": (*_CITY, policy) for policy in POLICIES},
    "city_with_all_policies": (*_CITY, *POLICIES),
}

# An effect is a column of the panel, a product of two columns (a#b), or a unit's own trend.
EFFECTS = {
    "none": (),
    "unit": ("unit",),
    "period": ("period",),
    "two_way": ("unit", "period"),
    "unit_trends": ("unit", "period", "unit#trend"),
    "region_year": ("unit", "region3#period"),
    "province_year": ("unit", "province_code#period"),
    "industry_year": ("unit", "industry#period"),
}

WEIGHTS = (
    "contiguity",
    "inverse_distance",
    "inverse_distance_squared",
    "economic",
    "nested",
)
CITY_WEIGHTS = ("nearest_6", "inverse_distance", "contiguity")

# The name of a reader's panel, of its sample, its set of controls and its matrix.
OWN = "own"


@contextlib.contextmanager
def declared(sample: Sample, controls: Sequence[str]) -> Iterator[None]:
    """Know a reader's sample and set of controls as ``own`` inside the block.

    Names of the project cannot be meant: both tables get this one name and lose it at the end.

    Raises
    ------
    UserError
        If a panel is declared already, or the sample is one of another panel.
    """
    if OWN in SAMPLES or sample.panel != OWN:
        raise UserError(f"one panel at a time can be declared, and its sample is of panel '{OWN}'")
    SAMPLES[OWN], CONTROLS[OWN] = sample, tuple(controls)
    try:
        yield
    finally:
        del SAMPLES[OWN], CONTROLS[OWN]


@contextlib.contextmanager
def of_firms(
    years: tuple[int, int], rules: Sequence[str], controls: Sequence[str]
) -> Iterator[None]:
    """Know the samples and controls of firms as a reader's panel has them inside the block.

    Parameters
    ----------
    years : pair of int
        First and last year of the panel.
    rules : sequence of str
        Those of :data:`FIRM_RULES` that cut the main sample.
    controls : sequence of str
        The declared controls that the panel holds.

    Raises
    ------
    UserError
        If a rule is unknown.
    """
    for rule in rules:
        _known("sample rule", rule, FIRM_RULES)
    off = {(rule, 1) for rule in FIRM_RULES if rule not in rules}
    sets = {name: CONTROLS[name] for name in ("firm", "firm_without_financing")}
    for name, sample in FIRM_SAMPLES.items():
        last = min(sample.last_year, years[1])
        SAMPLES[name] = dataclasses.replace(
            sample,
            first_year=min(years[0], last),
            last_year=last,
            without=tuple(pair for pair in sample.without if pair not in off),
            label=f"{sample.label}, {years[0]}-{last}",
        )
    for name, declared_controls in sets.items():
        CONTROLS[name] = tuple(control for control in declared_controls if control in controls)
    try:
        yield
    finally:
        SAMPLES.update(FIRM_SAMPLES)
        CONTROLS.update(sets)


TIMINGS = ("half_year", "same_year", "next_year", "exposure")
CODINGS = ("zone_first", "zone_share", "zone_share_gdp", "zone_count", "zone_capital")
LAYOUTS = ("columns", "list", "summary")
FAMILIES = ("", "romano_wolf")
BUILDERS = ("make", "bench")
ROLES = ("baseline", "robustness", "mechanism", "heterogeneity", "diagnostic", "placebo")


def treatment_id(coding: str, timing: str = "half_year") -> str:
    """Return the column name of a coding under a timing rule; the main rule has no suffix."""
    return coding if timing == "half_year" else f"{coding}__{timing}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inference:
    """How a column's standard errors are made."""

    kind: str = "cluster"
    cluster: str = "unit"
    draws: int | None = None
    seed: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Specification:
    """One column of an exhibit: everything that decides its numbers."""

    outcome: str
    treatment: str
    controls: str = "none"
    sample: str = "main"
    weights: str = ""
    effects: str = "two_way"
    estimator: str = "twfe"
    inference: Inference = Inference()
    role: str = "baseline"
    diagnostics: tuple[str, ...] = ()
    variant: str = ""
    options: tuple[tuple[str, str | int | float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a name that no table declares."""
        for field, table in (
            ("controls", CONTROLS),
            ("sample", SAMPLES),
            ("effects", EFFECTS),
            ("weights", ("", *WEIGHTS, *CITY_WEIGHTS, OWN)),
            ("role", ROLES),
        ):
            _known(field, getattr(self, field), table)

    def option(self, name: str, default: str | int | float | None = None) -> object:
        """Return a choice of the estimator; without a default it must be declared."""
        choices = dict(self.options)
        if name not in choices and default is None:
            raise UserError(f"estimator '{self.estimator}' needs the option '{name}'")
        return choices.get(name, default)

    @property
    def sha256(self) -> str:
        """Digest of the specification, written beside every estimate."""
        return digest(dataclasses.asdict(self))


# The order in which the varying dimensions make up a column's id.
DIMENSIONS = (
    "outcome",
    "treatment",
    "controls",
    "sample",
    "weights",
    "effects",
    "estimator",
    "variant",
)


def grid(
    **dimensions: str | Sequence[str] | Inference | tuple[str, ...],
) -> tuple[Specification, ...]:
    """Return one specification for every combination of the listed dimensions.

    A dimension given as a tuple varies; given as a text it is fixed. ``inference``, ``role``,
    ``diagnostics`` and ``options`` are always fixed.
    """
    varying = {
        name: (value,) if isinstance(value, str) else tuple(value)
        for name, value in dimensions.items()
        if name in DIMENSIONS
    }
    fixed = {name: value for name, value in dimensions.items() if name not in DIMENSIONS}
    ordered = [name for name in DIMENSIONS if name in varying]
    return tuple(
        Specification(**dict(zip(ordered, values, strict=True)), **fixed)
        for values in itertools.product(*(varying[name] for name in ordered))
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of an exhibit: the kind names the drawing function, the rest is its choice."""

    kind: str
    title: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A table (and its figure): either regression columns or a declared descriptive part.

    Attributes
    ----------
    title, title_zh : str
        What is shown, not what is found.
    columns : tuple of Specification
        Regression columns; empty for a descriptive exhibit.
    columns_of : str
        Another exhibit whose columns these are, so that they are written once.
    terms : tuple of str
        First pieces of the terms that are kept (``event``); all if empty.
    describe : str
        Name of the descriptive producer, for exhibits without regression columns.
    needs : tuple of str
        Exhibits whose estimates this one reads.
    figure : Figure or None
    layout : {"columns", "list", "summary"}
        Regression columns side by side, a line for each, or shares by dimension.
    family : str
        A correction for testing many outcomes, over the columns with one treatment and variant.
    built_by : {"make", "bench"}
        Which command estimates it; its table is always rendered.
    notes : tuple of str
        Facts about the design that no object in the code knows.
    notes_zh : tuple of str
        The same notes in Chinese, one for one; without them a Chinese table prints the English.
    """

    title: str
    title_zh: str
    columns: tuple[Specification, ...] = ()
    columns_of: str = ""
    terms: tuple[str, ...] = ()
    describe: str = ""
    needs: tuple[str, ...] = ()
    figure: Figure | None = None
    layout: str = "columns"
    family: str = ""
    built_by: str = "make"
    notes: tuple[str, ...] = ()
    notes_zh: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an exhibit that is neither columns nor a description, or has equal columns.

        Refuse notes of which some have no Chinese, too.
        """
        if sum(map(bool, (self.columns, self.columns_of, self.describe))) != 1:
            raise UserError(f"exhibit '{self.title}': give one of columns, columns_of and describe")
        _known("layout", self.layout, LAYOUTS)
        _known("family", self.family, FAMILIES)
        _known("built_by", self.built_by, BUILDERS)
        if self.notes_zh and len(self.notes_zh) != len(self.notes):
            raise UserError(
                f"exhibit '{self.title}': {len(self.notes)} notes and {len(self.notes_zh)} in "
                "Chinese; give one for one in notes and notes_zh"
            )
        self.column_ids()

    def notes_in(self, language: str) -> tuple[str, ...]:
        """Return the notes in a language: Chinese ones where there are any, else English."""
        return self.notes_zh if language == "zh" and self.notes_zh else self.notes

    def column_ids(self) -> tuple[str, ...]:
        """Return the id of each column: the dimensions that vary, joined by ':'."""
        varying = [
            name for name in DIMENSIONS if len({getattr(c, name) for c in self.columns}) > 1
        ] or ["estimator"]
        ids = tuple(":".join(getattr(c, name) or "none" for name in varying) for c in self.columns)
        repeated = sorted({i for i in ids if ids.count(i) > 1})
        if repeated:
            raise UserError(
                f"exhibit '{self.title}': column '{repeated[0]}' stands twice; "
                "columns must differ in one of " + ", ".join(DIMENSIONS)
            )
        return ids

    @property
    def sha256(self) -> str:
        """Digest of all literals of the exhibit."""
        return digest(dataclasses.asdict(self))


def digest(literals: object) -> str:
    """Return the SHA-256 of literals, written as JSON with sorted keys."""
    text = json.dumps(literals, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _known(field: str, name: str, table: object) -> None:
    if name not in table:
        raise UserError(f"{field} '{name}' is not declared; known: {', '.join(map(str, table))}")
