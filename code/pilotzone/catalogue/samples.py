"""Samples: which rows of a panel a column uses."""

import dataclasses
import functools
from collections.abc import Callable, Iterable

from pilotzone.catalogue.names import known
from pilotzone.catalogue.places import MUNICIPALITIES, SERVICE_PILOTS, TIBET, ZHEJIANG
from pilotzone.errors import UserError

Words = tuple[str, str]
# The name of a reader's panel, of its sample, its set of controls and its matrix.
OWN = "own"
BROUGHT = ("firm", "own")
PANELS = ("province", "province_2024", "city", "city_sums", *BROUGHT)
# A sample of firms has the years of the reader's panel; none is outside these.
FIRST_OF_ALL, LAST_OF_ALL = 1, 9999
# Attributes by which the main sample of firms is cut; a reader can switch each off.
FIRM_RULES = ("financial", "special_treatment", "short")
INCOMPLETE = ("refuse", "drop", "drop_units")
# Fields of a sample that is cut, on top of its parent's; how its words join the parent's label.
_ADDED = ("excluded", "without")
_JOINED = ("{} ({})", "{}（{}）")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """Which rows of a panel a column uses.

    Attributes
    ----------
    id : str
        Name in files and ids of columns.
    words : pair of str
        Name in a heading, English and Chinese.
    label : pair of str
        What a note says of it.
    panel : str
        One of :data:`PANELS`.
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

    id: str
    words: Words
    panel: str
    first_year: int
    last_year: int
    label: Words = ("", "")
    excluded: tuple[str, ...] = ()
    without: tuple[tuple[str, str | int], ...] = ()
    incomplete: str = "refuse"
    parent: str = ""

    def __post_init__(self) -> None:
        """Refuse what no panel can be cut by, and take the heading where no label is given."""
        where = f"sample '{self.id}': "
        known("panel", self.panel, PANELS, where)
        known("incomplete", self.incomplete, INCOMPLETE, where)
        if not _texts(self.words) or len(self.words) != 2 or not _texts((self.id,)):
            raise UserError(f"{where}give an id, and words in English and Chinese")
        if not _texts(self.excluded):
            raise UserError(f"{where}excluded {self.excluded!r}: give a tuple of codes of units")
        if not isinstance(self.without, tuple) or not all(map(_pair, self.without)):
            raise UserError(f"{where}without {self.without!r}: give a tuple of (column, value)")
        if not all(isinstance(year, int) for year in (self.first_year, self.last_year)):
            raise UserError(f"{where}first_year and last_year are whole numbers")
        if self.first_year > self.last_year:
            raise UserError(f"{where}the years {self.first_year}-{self.last_year} are none")
        if not all(self.label):
            object.__setattr__(self, "label", self.words)

    @property
    def years(self) -> range:
        """All years from the first to the last."""
        return range(self.first_year, self.last_year + 1)

    @property
    def rows(self) -> dict[str, object]:
        """Everything that decides which rows are used, without words."""
        return {name: value for name, value in vars(self).items() if name not in ("words", "label")}


def cut(parent: str | Sample, *, id: str, words: Words, **changes: object) -> Sample:
    """Return a sample cut from another: what is left out comes on top, the rest is replaced.

    Parameters
    ----------
    parent : str or Sample
    id, words
        See :class:`Sample`.
    **changes
        Further fields of :class:`Sample`; ``excluded`` and ``without`` are added to the parent's.

    Examples
    --------
    >>> cut("main", id="no_guangdong", excluded=("440000",), words=("No Guangdong", "剔除广东")).id
    'no_guangdong'
    """
    base = sample(parent)
    where = f"sample '{id}': "
    known("sample", base.id, SAMPLES, where + "cut it from a declared one; ")
    for name in changes:
        known("field", name, ("first_year", "last_year", "label", "incomplete", *_ADDED), where)
    own = {"label": tuple(map(str.format, _JOINED, base.label, words)), **changes}
    made = dataclasses.replace(base, id=id, words=words, parent=base.id, **own)
    if made.first_year < base.first_year or made.last_year > base.last_year:
        span = f"{base.first_year}-{base.last_year}"
        raise UserError(f"{where}its years lie outside those of '{base.id}', {span}; cut another")
    both = {name: (*getattr(base, name), *changes.get(name, ())) for name in _ADDED}
    return sample(dataclasses.replace(made, **both))


def _texts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str) and one for one in value)


def _pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)


def sample(name: str | Sample, where: str = "") -> Sample:
    """Return a sample by name; an object is itself. A complaint begins with ``where``.

    Raises
    ------
    UserError
        If no sample has this name, or the object has the id of another one.
    """
    if isinstance(name, Sample):
        # A reader's own samples have the ids of the declared ones, on other years.
        if name.panel not in BROUGHT:
            known("parent", name.parent or name.id, SAMPLES, f"{where}sample '{name.id}': ")
            if SAMPLES.get(name.id, name) != name:
                raise UserError(f"{where}sample '{name.id}' is declared otherwise; rename it")
        return name
    known("sample", name, SAMPLES, where)
    return SAMPLES[name]


def in_order(names: Iterable[str]) -> list[str]:
    """Return ids of samples once each: declared ones in order, then those that stand inline."""
    there = dict.fromkeys(names)
    declared = [name for name in SAMPLES if name in there]
    return declared + [name for name in there if name not in SAMPLES]


def _provinces(id: str, first: int, last: int, words: Words, **fields: object) -> Sample:
    """Return a sample of provinces; Tibet is in none."""
    excluded = (TIBET, *fields.pop("excluded", ()))
    label = fields.pop("label", (f"30 provinces without Tibet, {first}-{last}", _no_tibet("")))
    label = (label[0], f"{label[1]}，{first}-{last}年")
    given = {"panel": "province", "parent": "main", **fields, "excluded": excluded}
    years = {"first_year": first, "last_year": last}
    return Sample(id=id, words=words, label=label, **years, **given)


def _to_2024(id: str, first: int, words: Words, parent: str = "province_2024") -> Sample:
    """Return a sample of the panel to 2024."""
    return _provinces(id, first, 2024, words, panel="province_2024", parent=parent)


def _no_tibet(others: str) -> str:
    return f"省级面板（不含西藏{others}）"


def _attributes_cut(panel: str, years: tuple[int, int]) -> Callable[..., Sample]:
    """Return a maker of samples that are cut by attributes of the rows."""

    def make(id: str, label: Words, words: Words, *without: tuple, **fields: object) -> Sample:
        rules, balanced = fields.pop("rules", ()), fields.pop("balanced", False)
        alone = (("balanced", 0),) if balanced and panel == "city" else ()
        fields = {"first_year": years[0], "last_year": years[1], "parent": panel} | fields
        fields["without"] = (*rules, *alone, *without)
        fields["incomplete"] = "drop_units" if balanced else "drop"
        return Sample(id=id, panel=panel, words=words, label=label, **fields)

    return make


_cities = _attributes_cut("city", (2011, 2020))
_every_firm = _attributes_cut("firm", (FIRST_OF_ALL, LAST_OF_ALL))
_firms = functools.partial(_every_firm, rules=tuple((rule, 1) for rule in FIRM_RULES))


def _city_without(id: str, en: str, zh: str, words: Words, *without: tuple) -> Sample:
    label = (f"cities without {en}, 2011-2020", f"剔除{zh}的城市样本，2011-2020年")
    return _cities(id, label, words, *without)


def _city_cohort(cohort: int) -> Sample:
    label = (
        f"balanced cities first treated in {cohort} and those untreated to 2020, 2011-2020",
        f"平衡样本中{cohort}年首次处理与2020年止未处理的城市，2011-2020年",
    )
    others = [("cohort", other) for other in (2015, 2016, 2019, 2020) if other != cohort]
    words = (f"Cohort {cohort}", f"{cohort}年队列")
    return _cities(f"city_cohort_{cohort}", label, words, *others, balanced=True)


def _cohort_2016(id: str, first: int, parent: str) -> Sample:
    # Zhejiang, the cohort of 2015, is one province: it is neither in cohort 2016 nor a control.
    english = f"10 provinces first treated in 2016 and the 19 later ones, {first}-2018"
    words = (f"Cohort 2016, {first}-2018", f"2016年队列，{first}-2018")
    given = {"parent": parent, "excluded": (ZHEJIANG,), "label": (english, _no_tibet("、浙江"))}
    return _provinces(id, first, 2018, words, **given)


PROVINCE_SAMPLES = (
    _provinces("long", 2011, 2023, ("Long", "长样本"), parent=""),
    _provinces("main", 2013, 2022, ("Main", "基准样本"), parent="long"),
    _provinces("pre_covid", 2013, 2019, ("Pre-2020", "疫情前")),
    _provinces(
        "no_municipalities",
        2013,
        2022,
        ("No municipalities", "剔除直辖市"),
        excluded=MUNICIPALITIES,
        label=(
            "26 provinces without Tibet and the four municipalities, 2013-2022",
            _no_tibet("、北京、天津、上海、重庆"),
        ),
    ),
    _provinces(
        "no_service_pilots",
        2013,
        2022,
        ("No service pilots", "剔除服务试点"),
        excluded=SERVICE_PILOTS,
        label=(
            "24 provinces without Tibet and those of the service pilots of 2012-2015, 2013-2022",
            _no_tibet("、天津、上海、浙江、河南、广东、重庆"),
        ),
    ),
    _provinces("from_2014", 2014, 2022, ("From 2014", "2014年起")),
    _provinces("from_2016", 2016, 2022, ("From 2016", "2016年起")),
    _provinces("2014_to_2018", 2014, 2018, ("2014-2018", "2014-2018年")),
    _provinces("from_2019", 2019, 2022, ("From 2019", "2019年起")),
    _provinces("to_2018", 2013, 2018, ("To 2018", "2018年止")),
    _cohort_2016("cohort_2016", 2013, "main"),
    _cohort_2016("cohort_2016_long", 2011, "long"),
    _to_2024("province_2024", 2013, ("To 2024", "至2024年"), parent=""),
    # Here batches 6 and 7 alone move the share and the number of zones.
    _to_2024("2020_to_2024", 2020, ("2020-2024", "2020-2024年")),
)
CITY_SAMPLES = (
    _cities(
        "city",
        ("cities with all six indicators, 2011-2020", "六项指标齐全的城市，2011-2020年"),
        ("All rows", "全部观测"),
        parent="",
    ),
    _cities(
        "balanced",
        ("cities observed in all years, 2011-2020", "各年均有观测的城市，2011-2020年"),
        ("Balanced", "平衡面板"),
        balanced=True,
    ),
    # Contiguity can't place a city none of whose neighbours is in the sample.
    _cities(
        "balanced_linked",
        (
            "cities observed in all years that border another one, 2011-2020",
            "各年均有观测且与另一此类城市相邻的城市，2011-2020年",
        ),
        ("Balanced, bordering", "平衡面板(相邻)"),
        ("linked", 0),
        balanced=True,
        parent="balanced",
    ),
    _city_without(
        "city_no_municipalities",
        "municipalities and sub-provincial cities",
        "直辖市与副省级城市",
        ("No municipalities or sub-provincial", "剔除直辖市与副省级城市"),
        ("municipality", 1),
        ("sub_provincial", 1),
    ),
    _city_without(
        "city_no_batch_5",
        "the zones of batch 5",
        "第五批综试区",
        ("No batch 5", "剔除第五批"),
        ("zone_batch", 5),
    ),
    _city_without(
        "city_no_later_zones",
        "those that get a zone after 2020",
        "2020年后设区城市",
        ("No zones after 2020", "剔除2020年后设区城市"),
        ("zone_batch", 6),
        ("zone_batch", 7),
    ),
    _city_without(
        "city_no_service_pilots",
        "those of the service pilots of 2012-2015",
        "2012-2015年服务试点城市",
        ("No service pilots", "剔除服务试点城市"),
        ("service_pilot", 1),
    ),
    # City product of Liaoning, Jilin and Heilongjiang changes its vintage in 2014-2018.
    _city_without(
        "city_no_north_east",
        "the north-east",
        "东北",
        ("No north-east", "剔除东北"),
        ("region4", "northeast"),
    ),
    _city_without(
        "city_no_redrawn",
        "those whose borders were redrawn",
        "行政区划调整城市",
        ("No redrawn borders", "剔除区划调整城市"),
        ("redrawn", 1),
    ),
    _cities(
        "city_pre_covid",
        ("cities with all six indicators, 2011-2019", "六项指标齐全的城市，2011-2019年"),
        ("To 2019", "2019年止"),
        last_year=2019,
    ),
    *map(_city_cohort, (2016, 2019, 2020)),
    Sample(
        id="city_sums",
        panel="city_sums",
        first_year=2011,
        last_year=2020,
        words=("Sums by province", "按省加总"),
        label=(
            "balanced cities summed to provinces, 2011-2020",
            "平衡样本城市按省加总，2011-2020年",
        ),
    ),
)
FIRM_SAMPLES = (
    _every_firm(
        "firm_all",
        ("firms with all indicators of the index", "指数各指标齐全的企业"),
        ("All complete rows", "全部完整观测"),
        parent="",
    ),
    _firms(
        "firm",
        ("firms with all indicators, by the sample rules", "指标齐全且符合样本规则的企业"),
        ("By the sample rules", "按样本规则"),
        parent="firm_all",
    ),
    _firms(
        "firm_balanced",
        ("firms observed in all years", "各年均有观测的企业"),
        ("Balanced", "平衡面板"),
        ("balanced", 0),
        balanced=True,
    ),
    _firms(
        "firm_stayers",
        ("firms that never move", "从未迁址的企业"),
        ("Firms that never move", "未迁址企业"),
        ("moved", 1),
    ),
    _firms(
        "firm_no_municipalities",
        ("firms outside the municipalities", "直辖市以外的企业"),
        ("No municipalities", "剔除直辖市"),
        ("municipality", 1),
    ),
    _firms(
        "firm_pre_covid",
        ("firms to 2019", "2019年止的企业样本"),
        ("To 2019", "2019年止"),
        last_year=2019,
    ),
)
SAMPLES = {one.id: one for one in (*PROVINCE_SAMPLES, *CITY_SAMPLES, *FIRM_SAMPLES)}
