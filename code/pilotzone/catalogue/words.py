"""A lexicon: every name that a page prints, in one language, and the words of a reader's panel.

Nothing here is looked up in a place that anybody changes: what a reader's panel calls its
variables and its units is handed in.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.codebook import LANGUAGES, cities, codebook, provinces
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.catalogue.effects import SLOPES, effect_set
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.inferences import Inference, crossing
from pilotzone.catalogue.matrices import MATRICES
from pilotzone.catalogue.samples import OWN, SAMPLES, Sample, sample
from pilotzone.catalogue.spec import Specification
from pilotzone.catalogue.treatments import ALL_TIMINGS
from pilotzone.errors import UserError

Words = Mapping[str, tuple[str, str]]
# Names of clusters that have a label; a reader's own column has none.
CLUSTERS = ("unit", "province_code", "city_code")
# What the project's own periods are called; and the holes of a term that stand for a period.
YEAR, PERIOD_HOLES = "year", {"g", "t"}
# So many controls are named within a sentence.
MOST_NAMED = 3


@dataclasses.dataclass(frozen=True)
class Lexicon:
    """The words of all pages in one language.

    Attributes
    ----------
    language : {'en', 'zh'}
    variables : mapping from variable to its English and Chinese label
        Of a reader's panel; they go before the codebook's.
    kind : str
        What the units of a reader's panel are: a key of ``phrasebook.UNITS``.
    periods : mapping from period to how a reader's panel writes it
        Of quarters, months and waves; others are their own number.
    period_word : str
        What a period of a reader's panel is called: a key of ``phrasebook.PERIODS``.
    """

    language: str = "en"
    variables: Words = dataclasses.field(default_factory=dict, hash=False)
    kind: str = "other"
    periods: Mapping[int, str] = dataclasses.field(default_factory=dict, hash=False)
    period_word: str = YEAR

    def __post_init__(self) -> None:
        """Refuse a language without words."""
        if self.language not in LANGUAGES:
            raise UserError(f"labels '{self.language}' is unknown; known: {', '.join(LANGUAGES)}")

    @property
    def english(self) -> bool:
        """Say whether the language is English."""
        return self.language == "en"

    @property
    def space(self) -> str:
        """What stands between sentences."""
        return " " if self.english else ""

    def pick(self, pair: tuple[str, str]) -> str:
        """Return the one of a pair that is in the language, in periods of the panel's kind."""
        own = self._own(pair)
        # Words for a unit come in threes, and hold no period.
        return self.in_periods(own) if isinstance(own, str) else own

    def _own(self, pair: tuple[str, str]) -> str:
        """Return the one of a pair that is in the language, as a reader wrote it."""
        return pair[LANGUAGES.index(self.language)]

    def in_periods(self, text: str) -> str:
        """Return a text in which years are called what the panel's periods are."""
        if self.period_word == YEAR:
            return text
        english, chinese = phrasebook.PERIODS[self.period_word]
        if not self.english:
            # Behind the hole for a period stands no word for it: its label says it.
            return re.sub("年份|年度|年", chinese, re.sub("(?<=})年", "", text))
        # The name of a hole stays.
        for old, new in (("year", english), ("Year", english.capitalize())):
            text = re.sub(rf"\b{old}(?=s?\b)(?![^{{}}]*\}})", new, text)
        return text

    def period(self, code: object) -> str:
        """Return how a period is written."""
        text = str(code)
        return self.periods.get(int(text), text) if text.isdigit() else text

    def word(self, name: str, table: Words = phrasebook.WORDS) -> str:
        """Return the label of a name from a table of words.

        Raises
        ------
        UserError
            If the table has no such name.
        """
        if name not in table:
            first = next(iter(table.values()))[0]
            raise UserError(f"no words for '{name}'; add them to the table of '{first}'")
        return self.pick(table[name])

    def of(self, table: Words) -> Callable[[str], str]:
        """Return what gives the words of one table."""
        return lambda name: self.word(name, table)

    def say(self, name: str, table: Words, /, **parts: object) -> str:
        """Return a sentence of a table with its parts filled in."""
        return self.word(name, table).format(**parts)

    def translated(self, text: str, table: Mapping[str, str]) -> str:
        """Return an English text as it stands, or in Chinese from a table.

        Raises
        ------
        UserError
            If the table has no such text.
        """
        if text not in table:
            first = next(iter(table))
            raise UserError(f"no Chinese for '{text}'; add it to the table of '{first}'")
        return text if self.english else table[text]

    def mark(self, name: str) -> str:
        """Return a mark with the space that belongs behind it."""
        return self.word(name, phrasebook.MARKS)

    # Variables and terms.

    def variable(self, name: str) -> str:
        """Return the label of a variable.

        Raises
        ------
        UserError
            If neither the reader nor the codebook has such a variable.
        """
        if name in self.variables:
            return self._own(self.variables[name])
        row = codebook().get(name)
        if row is None:
            raise UserError(
                f"data/codebook.csv has no variable '{name}'; add a row with its labels"
            )
        return row[f"label_{self.language}"]

    def term(self, name: str) -> str:
        """Return the label of a term: a variable, a parameter, or a prefix before either."""
        prefix, _, rest = name.partition(":")
        if rest and prefix == "unit":
            return self.unit_name(rest)
        if rest and prefix in phrasebook.PREFIXES:
            return self.pick(phrasebook.PREFIXES[prefix]).format(self.term(rest))
        if name in phrasebook.TERMS:
            return self.pick(phrasebook.TERMS[name])
        left, _, right = name.partition("#")
        if right:
            by = self.group(right) if right in phrasebook.GROUPS else self.variable(right)
            return f"{self.term(left)} × {by}"
        form = self._form(name, phrasebook.TERM_FORMS)
        return self.variable(name) if form is None else form.replace("-", "−")

    def _form(self, name: str, forms: tuple[tuple[str, str, str], ...]) -> str | None:
        """Return the words of the first form that a name with a number in it has."""
        for pattern, *pair in forms:
            found = re.fullmatch(pattern, name)
            if found:
                parts = found.groupdict()
                parts |= {key: self.period(parts[key]) for key in PERIOD_HOLES & parts.keys()}
                return self.pick(tuple(pair)).format(**parts)
        return None

    def group(self, name: str) -> str:
        """Return the label of a group of units."""
        return self.word(name, phrasebook.GROUPS)

    def variant(self, name: str, base: str) -> str:
        """Return what tells an index variant from its base: its label without the base's label."""
        rest = self.variable(name).removeprefix(self.variable(base)).strip(" ,()")
        return rest if rest else self.word("main_variant")

    # What a specification names.

    def dimension(self, column: Specification, name: str) -> str:
        """Return the label of what a column has in one of its dimensions."""
        spelt = {
            "controls": lambda: self.controls(column.controls),
            "sample": lambda: self.sample(column.rows),
            "weights": lambda: self.matrix(column.weights),
            "effects": lambda: self.effects(column.effects),
            "estimator": lambda: self.estimator(column.estimator),
            "variant": lambda: self.variant_name(column.variant),
            "inference": lambda: self.inference(column.inference, column.rows.panel),
        }
        return spelt[name]() if name in spelt else self.variable(getattr(column, name))

    def estimator(self, name: str) -> str:
        """Return the label of an estimator."""
        return self.pick(ESTIMATORS[name].words)

    def sample(self, named: str | Sample) -> str:
        """Return the short label of a sample, for a heading; a reader's id is its own name."""
        if isinstance(named, str) and named not in SAMPLES:
            return named
        return self.pick(sample(named).words)

    def sample_label(self, named: str | Sample) -> str:
        """Return what a note says of a sample; a reader's id is its own name."""
        if isinstance(named, str) and named not in SAMPLES:
            return named
        return self.pick(sample(named).label)

    def controls(self, named: str | tuple[str, ...], *, within: bool = False) -> str:
        """Return the label of a set of controls; those that stand inline one by one.

        ``within`` a sentence the name of a set is in lower case, a reader's label as it is, and
        what would be a long list its length.
        """
        if isinstance(named, str):
            label = self.pick(CONTROLS[named].words)
            return label.lower() if within else label
        if within and len(named) > MOST_NAMED:
            return self.say("variables", phrasebook.WORDS, n=len(named))
        each = (
            self.controls(n, within=within) if n in CONTROLS else self.variable(n) for n in named
        )
        return self.mark("list").join(each)

    def effects(self, name: str) -> str:
        """Return the label of a set of effects."""
        return self.pick(effect_set(name).words)

    def matrix(self, name: str) -> str:
        """Return the label of a weight matrix; nothing for no matrix."""
        return self.pick(MATRICES[name].words) if name else ""

    def timing(self, name: str) -> str:
        """Return the label of a timing rule."""
        return self.pick(ALL_TIMINGS[name])

    def choice(self, name: str) -> str:
        """Return the label of a choice in a lattice; a control is named, ``control:finance``."""
        kind, _, variable = name.partition(":")
        word = self.word(kind, phrasebook.CHOSEN)
        return f"{word}{self.mark('colon')}{self.variable(variable)}" if variable else word

    def inference(self, declared: Inference, panel: str) -> str:
        """Return the label of a kind of inference on a panel."""
        by = self.cluster(declared.cluster or "unit", panel)
        return self.pick(declared.kind.words).format(cluster=by)

    def computed(self, kind: str) -> str:
        """Return how errors of a computed kind are made, as it stands within a sentence.

        Holes, if any: ``cluster``, ``clusters``, ``df`` and ``drawn`` (:meth:`drawn`).
        """
        return self.word(kind, phrasebook.COMPUTED)

    def drawn(self, draws: Iterable[float], seeds: Iterable[float]) -> str:
        """Return number of draws and seed as they stand behind a rule; nothing without draws."""
        counts, told = (sorted({int(n) for n in some if n == n}) for some in (draws, seeds))
        if not counts:
            return ""
        joint = " / ".join
        return self.say(
            "drawn",
            phrasebook.SENTENCES,
            draws=joint(f"{count:,}" for count in counts),
            seed=joint(map(str, told)),
        )

    def variant_name(self, name: str) -> str:
        """Return the label of a column's variant: a declared one, or a form with a number in it."""
        form = self._form(name, phrasebook.VARIANT_FORMS)
        return self.word(name, phrasebook.VARIANTS) if form is None else form

    # Units and what is constant within them.

    def units(self, panel: str) -> tuple[str, str, str]:
        """Return the words for a unit of a panel, for several, and for their count."""
        return self.pick(phrasebook.UNITS[self.kind if panel == OWN else panel])

    def effect(self, name: str, panel: str) -> str:
        """Return the label of an effect: ``unit``, ``period``, ``unit#trend``, ``a#period``."""
        parts = name.split("#")
        names = [self._grouping(part, panel) for part in parts if part != "trend"]
        later = [name[0].lower() + name[1:] for name in names[1:]]
        joined = " × ".join(names[:1] + later) if self.english else "×".join(names)
        kind = "trends" if "trend" in parts else "effects"
        return joined + self.word(kind, phrasebook.CONSTANT)

    def cluster(self, name: str, panel: str) -> str:
        """Return by what errors are clustered, as it stands within a sentence."""
        if len(sets := crossing(name)) > 1:
            return self.mark("and").join(self.cluster(one, panel) for one in sets)
        known = name in CLUSTERS or name in self.variables or name in codebook()
        label = self._grouping(name, panel) if known else name
        return label.lower() if self.english else label

    def _grouping(self, name: str, panel: str) -> str:
        if name == "period":
            return self.word("year")
        if name in SLOPES:
            return self.word(f"slope_{name}")
        if name in CLUSTERS:
            of = panel if name == "unit" else name.removesuffix("_code")
            return self.units(of)[0].capitalize()
        return self.variable(name)

    def unit_name(self, code: str) -> str:
        """Return the name of a province or a city; any other code is its own name."""
        row = provinces().get(code) or cities().get(code)
        return row[f"name_{self.language}"] if row else code


# The words of the project's own pages.
ENGLISH, CHINESE = Lexicon("en"), Lexicon("zh")
