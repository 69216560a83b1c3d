"""Reading B of a claim as columns: which regressions the rules read, by kind of claim.

One column for each thing that ``claims.facts.Evidence`` names. None has time-varying controls.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from pilotzone.catalogue import Inference, Sample, Specification, cut
from pilotzone.catalogue.codebook import codebook
from pilotzone.catalogue.treatments import ZERO_ONE
from pilotzone.claims.facts import Evidence
from pilotzone.claims.rules import EARLY, EXPOSURE_LEAD, LEAD
from pilotzone.claims.studies import Basis

DRAWS = {"draws": 2_999, "seed": 20261129}
PATHS = Inference("permutation", **DRAWS)
WILD = Inference("wild_rademacher", **DRAWS)
WILD_PATHS = Inference("wild_paths", **DRAWS)
TRENDS, NET_OF_SIZE = "unit_trends", "unit_trends+size_year"
REGIONS = {
    "east": ("No east", "剔除东部"),
    "central": ("No centre", "剔除中部"),
    "west": ("No west", "剔除西部"),
}


# Outcomes that a zone should not move, named before they were run (exhibits placebo, city_placebo).
PLACEBO_OUTCOMES = {
    "province": ("cpi_prev_year_100", "education_budget_share"),
    "city": ("ln_primary_value_added", "ln_land_area"),
}
BESIDE = "beside:"


# Units are left out whole, so that a matrix is taken anew among those that stay.
WHOLE = {"incomplete": "drop_units"}


@dataclasses.dataclass(frozen=True)
class Window:
    """The rows of a panel on which claims are judged.

    Attributes
    ----------
    sample : str
        The years with at least ten untreated clusters, for effects of a zone.
    cohorts : tuple of int
        Those of the sample that can be left out.
    whole : str
        All years, for levels, doses and moderators.
    whole_cohorts : tuple of int
    """

    sample: str
    cohorts: tuple[int, ...]
    whole: str
    whole_cohorts: tuple[int, ...]


WINDOWS = {
    # In 2019 four provinces are left untreated. The cohort of 2015 is one province, which is in no
    # average, so that one cohort stays, which cannot be left out.
    "province": Window("to_2018", (), "main", (2015, 2016, 2019, 2020)),
    "city": Window("balanced", (2016, 2019, 2020), "balanced", (2016, 2019, 2020)),
}


def _window(basis: Basis) -> Window:
    """Return the rows of a claim; it names its own where the outcome lacks some."""
    window, own = WINDOWS[basis.panel], basis.sample
    return dataclasses.replace(window, sample=own, whole=own) if own else window


@dataclasses.dataclass(frozen=True)
class Read:
    """A column and the term of it that the rules read."""

    column: Specification
    term: str


def reads(kind: str, basis: Basis) -> dict[str, Read]:
    """Return what is estimated for a claim of this kind, by what it is evidence of.

    Keys are fields of :class:`claims.facts.Evidence` with an estimate, ``left_out:…``, the
    standard deviations ``spread`` (of the outcome) and ``regressor``, and ``beside:…``, θ of
    another outcome, which no rule reads. For effects of a zone, of which the rules choose θ, keys
    begin with ``callaway:`` or ``trend:``.

    Parameters
    ----------
    kind : str
        One of ``rules.JUDGED``.
    basis : Basis
        What the claim is judged on.
    """
    scale = _scale(kind, basis)
    spreads = {"spread": Read(scale, "sd:outcome"), "regressor": Read(scale, "sd:treatment")}
    judged = _MADE[kind](basis)
    made = {**judged, **_beside(basis, judged), **spreads}
    kinds = {"mechanism": "effect", "level": "gradual", "dose": "gradual"}
    told = (basis.by, basis.moderator, basis.weights)
    regression = basis.outcome, basis.treatment
    place = (kinds.get(kind, kind), *regression, *filter(None, told))
    # What is read twice is one column; that of the scale is shared by all kinds.
    ids = {scale: ":".join(("scale", *regression, scale.rows.id))}
    for key, read in made.items():
        ids.setdefault(read.column, ":".join((*place, key)))
    return {
        key: Read(dataclasses.replace(read.column, id=ids[read.column]), read.term)
        for key, read in made.items()
    }


def _beside(basis: Basis, judged: Mapping[str, Read]) -> dict[str, Read]:
    """Return θ in logs, with equal weights, and of outcomes that a zone should not move."""
    book = codebook(basis.panel)
    forms = {"logs": f"ln_{basis.outcome}", "equal_weights": f"{basis.outcome}_equal"}
    wanted = {name: outcome for name, outcome in forms.items() if outcome in book}
    if book[basis.outcome]["kind"] == "index":
        wanted |= {f"placebo:{outcome}": outcome for outcome in PLACEBO_OUTCOMES[basis.panel]}
    return {
        f"{key.removesuffix('theta')}{BESIDE}{name}": Read(
            dataclasses.replace(read.column, outcome=outcome), read.term
        )
        for key, read in judged.items()
        if key.endswith("theta")
        for name, outcome in wanted.items()
    }


def sign_of(kind: str, basis: Basis) -> int:
    """Return -1 where the term is the effect on the lower group less that on the higher one."""
    return -1 if kind == "group" and basis.lower > basis.higher else 1


def gradual(basis: Basis) -> bool:
    """Say whether the treatment is a dose or a level and no 0/1."""
    return basis.treatment not in ZERO_ONE


def _effect(basis: Basis) -> dict[str, Read]:
    """Callaway-Sant'Anna and imputation with unit trends from untreated rows."""
    window = _window(basis)
    single = {"options": (("without_cohort", "single"),)}
    early = {"options": (("without_cohort", "single"), ("years_early", EARLY))}
    shared = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": window.sample}
    forms = {
        "callaway": ({"estimator": "callaway_santanna"}, {"effects": "size_year"}),
        "trend": (
            {"estimator": "imputation", "effects": TRENDS},
            {"effects": NET_OF_SIZE},
        ),
    }
    made = {}
    for name, (form, sized) in forms.items():
        whole = Specification(**shared, **form, **single, inference=PATHS)
        made[f"{name}:theta"] = whole
        made[f"{name}:early"] = Specification(**shared, **form, **early)
        made[f"{name}:size"] = Specification(**shared, **single, **sized, estimator="imputation")
        for left, sample in _cuts(window.sample, window.cohorts):
            plain = Specification(**{**shared, "sample": sample}, **form, **single)
            made[f"{name}:left_out:{left}"] = plain
    return {key: Read(column, "overall:simple") for key, column in made.items()}


def _group(basis: Basis) -> dict[str, Read]:
    """Change from the last year before, between groups of common cohorts."""
    window, by = _window(basis), ("by", basis.by)
    term = f"difference:{basis.treatment}#{max(basis.higher, basis.lower)}"

    def column(effects: str, sample: str | Sample = window.sample, **fields: object) -> Read:
        extra = fields.pop("options", ())
        given = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": sample}
        given |= {"estimator": "long_difference", "options": (by, *extra)}
        return Read(Specification(**given, effects=effects, **fields), term)

    return {
        "theta": column("group_year", inference=PATHS),
        "second": column(f"group_year+{TRENDS}", inference=PATHS),
        "early": column("group_year", options=(("years_early", EARLY),)),
        "size": column("group_year+size_year"),
        **{
            f"left_out:{left}": column("group_year", sample)
            for left, sample in _cuts(window.sample, window.cohorts)
        },
    }


def _moderator(basis: Basis) -> dict[str, Read]:
    """Two-way with moderator × period and unit trends; second, without trends."""
    window = _window(basis)
    options = (("moderator", basis.moderator), ("timing", "initial"))
    term, trends = f"{basis.treatment}#{basis.moderator}", f"{TRENDS}+moderator_year"

    def column(effects: str, sample: str | Sample = window.whole, **fields: object) -> Read:
        extra = fields.pop("options", ())
        given = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": sample}
        given |= {"estimator": "moderation", "options": (*options, *extra)}
        return Read(Specification(**given, effects=effects, **fields), term)

    return {
        "theta": column(trends, inference=PATHS),
        "second": column("moderator_year", inference=PATHS),
        "early": column(trends, options=(("years_early", EARLY),)),
        "size": column(f"{trends}+size_year"),
        **{
            f"left_out:{left}": column(trends, sample)
            for left, sample in _cuts(window.whole, window.whole_cohorts)
        },
    }


def _gradual(basis: Basis) -> dict[str, Read]:
    """Two-way with unit trends; the lead beside, without and with trends."""
    window, ahead = _window(basis), (("lead", LEAD),)
    shared = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": window.whole}
    beside = Specification(**shared, effects=TRENDS, options=ahead)
    lead, own = f"lead:{basis.treatment}", basis.treatment
    return {
        "theta": Read(Specification(**shared, effects=TRENDS, inference=WILD), own),
        "lead": Read(Specification(**shared, options=ahead), lead),
        "lead_trends": Read(beside, lead),
        "beside_lead": Read(beside, own),
        "size": Read(Specification(**shared, effects=NET_OF_SIZE), own),
        **{
            f"left_out:{left}": Read(
                Specification(**{**shared, "sample": sample}, effects=TRENDS), own
            )
            for left, sample in _cuts(window.whole, window.whole_cohorts)
        },
    }


def _spillover(basis: Basis) -> dict[str, Read]:
    """Exposure W·D beside D, and the Lee-Yu indirect effect, both with unit trends."""
    window = _window(basis)
    shared = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": window.whole}
    shared |= {"weights": basis.weights, "effects": TRENDS}
    name, drawn = basis.treatment, WILD_PATHS if gradual(basis) else PATHS
    exposure = {**shared, "estimator": "exposure"}
    among = "all" if gradual(basis) else "never_treated"
    ahead = (("lead", EXPOSURE_LEAD), ("among", among))
    corrected = {"estimator": "sdm", "options": (("correction", "lee_yu"),)}
    early = Specification(**exposure, options=(("years_early", EARLY),))
    made = {
        "theta": Read(Specification(**shared, estimator="slx", inference=drawn), f"W:{name}"),
        "indirect": Read(Specification(**shared, **corrected, inference=drawn), f"indirect:{name}"),
        "lead_trends": Read(
            Specification(**exposure, options=ahead), f"lead{EXPOSURE_LEAD}:W:{name}"
        ),
        "size": Read(Specification(**{**exposure, "effects": NET_OF_SIZE}), f"W:{name}"),
        **({} if gradual(basis) else {"early": Read(early, f"W:{name}")}),
    }
    for left, sample in _cuts(window.whole, window.whole_cohorts):
        made[f"left_out:{left}"] = Read(
            Specification(**{**exposure, "sample": sample}), f"W:{name}"
        )
    return made


_MADE = {
    "effect": _effect,
    "mechanism": _effect,
    "group": _group,
    "moderator": _moderator,
    "level": _gradual,
    "dose": _gradual,
    "spillover": _spillover,
}


def _scale(kind: str, basis: Basis) -> Specification:
    """Return the column whose diagnostics are standard deviations of outcome and treatment."""
    window = _window(basis)
    sample = window.sample if kind in ("effect", "mechanism", "group") else window.whole
    given = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": sample}
    return Specification(**given, diagnostics=("scale",))


def _cuts(sample: str, cohorts: tuple[int, ...]) -> Iterator[tuple[str, Sample]]:
    """Yield the sample without each cohort and without each region."""
    for cohort in cohorts:
        words = (f"No cohort {cohort}", f"剔除{cohort}年队列")
        without = (("cohort", cohort),)
        made = cut(sample, id=f"{sample}_no_{cohort}", words=words, without=without, **WHOLE)
        yield f"cohort:{cohort}", made
    for region, words in REGIONS.items():
        without = (("region3", region),)
        made = cut(sample, id=f"{sample}_no_{region}", words=words, without=without, **WHOLE)
        yield f"region:{region}", made


def regression(kind: str, basis: Basis) -> str:
    """Return what names the regression of a claim, whatever the claim calls it."""
    made = reads(kind, basis)
    return min(read.column.id for read in made.values())


def theta(kind: str, basis: Basis, evidence: Evidence) -> tuple[str, str]:
    """Return column and term of θ; of an effect those of the form that the rules chose."""
    made = reads(kind, basis)
    if "theta" in made:
        return made["theta"].column.id, made["theta"].term
    key = "trend:theta" if evidence.theta is evidence.trend else "callaway:theta"
    return made[key].column.id, made[key].term


def columns(wanted: Iterable[tuple[str, Basis]]) -> tuple[Specification, ...]:
    """Return every column that claims of these kinds are judged on, once each."""
    made = (read.column for kind, basis in wanted for read in reads(kind, basis).values())
    return tuple({column.id: column for column in made}.values())
