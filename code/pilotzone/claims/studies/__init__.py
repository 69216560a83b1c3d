"""The reviewed studies and their claims: one TOML file a study, in this folder.

The review prints no coefficient of its studies, so none is compared: a claim is a sign on a unit
and a design. A claim names columns in the study's own kind of design and what its evidence is made
of, both by fields; whether such columns exist is for those to say who look them up.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

from pilotzone import textfile
from pilotzone.catalogue import samples
from pilotzone.catalogue.columns import ALWAYS_NAMED, SEARCHED, Column
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.inferences import INFERENCES
from pilotzone.catalogue.names import known
from pilotzone.errors import UserError

FOLDER = Path(__file__).parent
REVIEW = "Wang Wei and Zhang Yichi (2025), doi 10.12677/ecl.2025.14103285"
STUDY_KINDS = ("reviewed", "conceptual")
UNITS = ("province", "city", "firm", "none")
PANELS = ("province", "city")
# Why a claim cannot be tested on open figures; words by ``catalogue.reasons``. That a mediator is
# part of the index follows from the index and is not written down.
NOT_TESTABLE = ("other_unit", "other_construct", "identity", "not_measured")


@dataclasses.dataclass(frozen=True)
class Basis:
    """What the evidence on a claim is made of: columns of a panel, and a matrix.

    Attributes
    ----------
    outcome, treatment : str
    panel : {'province', 'city'}
    by : str
        What splits the units, of a claim on groups.
    higher, lower : str
        Groups between which the effect is said to differ; empty where the claim names none.
    moderator : str
        Of a claim on a moderator.
    weights : str
        The matrix, of a claim on spillovers.
    sample : str
        The rows, where the outcome lacks some of those on which claims are judged.
    """

    outcome: str
    treatment: str
    panel: str
    by: str = ""
    higher: str = ""
    lower: str = ""
    moderator: str = ""
    weights: str = ""
    sample: str = ""


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim of a study.

    Attributes
    ----------
    study, number : int
        The study's number, and the claim's among those of its study, from 1.
    text, text_zh : str
    kind : str
        One of :data:`KINDS`.
    sign : int
        +1 or -1, the claimed direction; 0 where a theory or a licensed claim names none.
    term : str
        The term that is judged; ``{treatment}`` is the treatment of the column.
    own : tuple of Column
        Columns in the study's own kind of design: the first is read, the rest is shown beside.
    evidence : Basis or None
        None where nothing is tested.
    not_testable : str
        Why not: one of :data:`NOT_TESTABLE`, or empty.
    shown : tuple of str
        Exhibits that show what open figures can say on a claim that is not tested.
    settled_by : tuple of str
        Exhibits that would settle a licensed claim, once a reader brings the figures.
    earlier : str
        The verdict by the rules of version 0.1, empty for a later claim.
    """

    study: int
    number: int
    text: str
    text_zh: str
    kind: str
    sign: int = 0
    term: str = ""
    own: tuple[Column, ...] = ()
    evidence: Basis | None = None
    not_testable: str = ""
    shown: tuple[str, ...] = ()
    settled_by: tuple[str, ...] = ()
    earlier: str = ""


@dataclasses.dataclass(frozen=True)
class Study:
    """A study: its number in the review, or behind the reviewed ones.

    Attributes
    ----------
    number : int
    authors, authors_zh : str
        What a paper is about where its authors are not known.
    year : int or None
        None where it is not known.
    doi : str
        Empty where it is not known.
    kind : {'reviewed', 'conceptual'}
    unit : {'province', 'city', 'firm', 'none'}
    design, design_zh : str
    claims : tuple of Claim
    """

    number: int
    authors: str
    authors_zh: str
    year: int | None
    doi: str
    kind: str
    unit: str
    design: str
    design_zh: str
    claims: tuple[Claim, ...]


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a kind of claim takes.

    Attributes
    ----------
    term : str
        The term that is judged if the claim names none; empty where it has to.
    needs, may : tuple of str
        Fields of the evidence beside outcome, treatment and panel.
    beside : str
        The field of a claim that is not judged; empty if it is judged.
    """

    term: str = ""
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    beside: str = ""


KINDS = {
    **dict.fromkeys(("effect", "mechanism", "level", "dose"), Kind("{treatment}")),
    "group": Kind("test:equality", needs=("by",), may=("higher", "lower")),
    "moderator": Kind(needs=("moderator",)),
    "spillover": Kind("indirect:{treatment}", needs=("weights",)),
    "licensed": Kind(beside="settled_by"),
    "theory": Kind(beside="shown"),
}
# The type of each field of a file; what a claim may hold beside these follows from its kind.
_STUDY = {
    **{"number": int, "authors": str, "authors_zh": str, "year": int, "doi": str, "kind": str},
    **{"unit": str, "design": str, "design_zh": str, "claims": list},
}
_CLAIM = {"text": str, "text_zh": str, "kind": str, "sign": int, "earlier": str}
_JUDGED = {"term": str, "not_testable": str, "own": list}
_BASIS = ("outcome", "treatment", "panel")
_HINTS = {
    "sign": "; write 1 or -1",
    "evidence": "; where nothing can be tested, 'not_testable' says why",
}
_WORDS = {str: "text in quotes", int: "a whole number", list: "a list", dict: "a table"}


def studies(folder: Path = FOLDER) -> tuple[Study, ...]:
    """Return the studies by their numbers.

    Raises
    ------
    UserError
        If there is no file, one is not TOML, a field is unknown, lacks, is of a wrong type or
        belongs to another kind of claim, or two files have one number: names file, claim, field
        and what is known.
    """
    files: dict[int, str] = {}
    found = []
    for path in sorted(folder.glob("*.toml")):
        study = _study(path)
        if study.number in files:
            raise UserError(
                f"{path.name}: study {study.number} stands in {files[study.number]} too; "
                "give one of them another number"
            )
        files[study.number] = path.name
        found.append(study)
    if not found:
        raise UserError(f"{folder}: no study (*.toml) in it")
    return tuple(sorted(found, key=lambda study: study.number))


def claims(folder: Path = FOLDER) -> tuple[Claim, ...]:
    """Return the claims of all studies, in the order of the studies; raises as they do."""
    return tuple(claim for study in studies(folder) for claim in study.claims)


def _study(path: Path) -> Study:
    where = f"{path.name}: "
    content = textfile.toml(path)
    optional = {"authors_zh", "doi"} | ({"year"} if content.get("kind") == "conceptual" else set())
    _checked(where, content, _STUDY, [name for name in _STUDY if name not in optional])
    known("kind", content["kind"], STUDY_KINDS, where)
    known("unit", content["unit"], UNITS, where)
    listed = _tables(where, "claims", content["claims"])
    made = tuple(
        _claim(path.name, content["number"], number, entry)
        for number, entry in enumerate(listed, start=1)
    )
    defaults = {"authors_zh": content["authors"], "year": None, "doi": ""}
    return Study(**{**defaults, **content, "claims": made})


def _claim(file: str, study: int, number: int, entry: Mapping[str, object]) -> Claim:
    where = f"{file}, claim {number}"
    _needed(f"{where}: ", entry, ["kind"])
    known("kind", entry["kind"], KINDS, f"{where}: ")
    kind, reason = KINDS[entry["kind"]], entry.get("not_testable", "")
    said = f"{entry['kind']}, not testable" if reason else entry["kind"]
    types, needed = _fields_of(kind, bool(reason))
    _checked(f"{where} ({said}): ", entry, types, needed)
    if entry.get("sign", 1) not in (1, -1):
        raise UserError(f"{where}: 'sign' should be 1 or -1, not {entry['sign']}")
    if reason:
        known("not_testable", reason, NOT_TESTABLE, f"{where}: ")
    fields = dict(entry)
    if "own" in entry:
        own = _tables(f"{where}: ", "claims.own", entry["own"])
        fields["own"] = tuple(_column(f"{where}, own {n}: ", c) for n, c in enumerate(own, start=1))
    if "evidence" in entry:
        fields["evidence"] = _basis(f"{where}, evidence ({said}): ", kind, entry["evidence"])
    for name in {"shown", "settled_by"} & set(entry):
        fields[name] = _texts(f"{where}: ", name, entry[name])
    return Claim(study, number, **{"term": kind.term, **fields})


def _fields_of(kind: Kind, not_testable: bool) -> tuple[dict[str, type], tuple[str, ...]]:
    """Return the fields that a claim may hold by their types, and those that it must."""
    if kind.beside:
        return {**_CLAIM, kind.beside: list}, ("text", "text_zh")
    rest = {"shown": list} if not_testable else {"evidence": dict}
    tested = () if not_testable else ("evidence",)
    named = () if kind.term else ("term",)
    return {**_CLAIM, **_JUDGED, **rest}, ("text", "text_zh", "sign", *named, *tested)


def _basis(where: str, kind: Kind, entry: Mapping[str, object]) -> Basis:
    needed = (*_BASIS, *kind.needs)
    _checked(where, entry, dict.fromkeys((*needed, *kind.may, "sample"), str), needed)
    known("panel", entry["panel"], PANELS, where)
    if "sample" in entry:
        samples.sample(entry["sample"], where)
    if ("higher" in entry) != ("lower" in entry):
        raise UserError(f"{where}name 'higher' and 'lower' both, or none of them")
    return Basis(**entry)


def _column(where: str, entry: Mapping[str, object]) -> Column:
    """Return a column by its fields; lists as tuples, as they stand in an exhibit."""
    methods = (*ESTIMATORS.values(), *INFERENCES.values())
    options = sorted({name for method in methods for name in method.options})
    fields = ("exhibit", *SEARCHED, *options)
    for name in entry:
        known("field", name, fields, where)
    _needed(where, entry, ("exhibit", *ALWAYS_NAMED))
    return Column(**{k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()})


def _checked(
    where: str, entry: Mapping[str, object], types: Mapping[str, type], needed: Iterable[str]
) -> None:
    """Refuse a field that is unknown, of another type, or lacks."""
    for name, value in entry.items():
        known("field", name, types, where)
        if type(value) is not types[name]:
            raise UserError(f"{where}'{name}' should be {_WORDS[types[name]]}, not {value!r}")
    _needed(where, entry, needed)


def _needed(where: str, entry: Mapping[str, object], needed: Iterable[str]) -> None:
    for name in needed:
        if entry.get(name, "") in ("", []):
            raise UserError(f"{where}field '{name}' is missing{_HINTS.get(name, '')}")


def _tables(where: str, name: str, value: list[object]) -> list[dict[str, object]]:
    if not all(isinstance(one, dict) for one in value):
        raise UserError(f"{where}'{name}' should be tables, each under [[{name}]]")
    return value


def _texts(where: str, name: str, value: list[object]) -> tuple[str, ...]:
    if not all(isinstance(one, str) for one in value):
        raise UserError(f"{where}'{name}' should be a list of texts, not {value!r}")
    return tuple(value)
