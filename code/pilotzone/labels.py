"""Labels of variables and terms in English and Chinese, from ``data/codebook.csv``."""

import csv
import functools
from pathlib import Path

from pilotzone.errors import UserError

DATA = Path(__file__).parents[2] / "data"
CODEBOOK = DATA / "codebook.csv"
PROVINCES = DATA / "raw" / "provinces.csv"
LANGUAGES = ("en", "zh")

# Words around a variable's label in a term such as ``indirect:zone_share``.
PREFIXES = {
    "W": ("W × {}", "W×{}"),
    "direct": ("Direct effect: {}", "直接效应:{}"),
    "indirect": ("Indirect effect: {}", "间接效应:{}"),
    "total": ("Total effect: {}", "总效应:{}"),
    "municipality_share": (
        "Municipalities' share of the variance of {}",
        "直辖市占{}变异的比重",
    ),
    "no_municipalities": ("Without municipalities: {}", "剔除直辖市:{}"),
}
ELEMENTS = {
    "labourers": ("Labourers", "劳动者"),
    "objects_of_labour": ("Objects of labour", "劳动对象"),
    "means_of_labour": ("Means of labour", "劳动资料"),
}
TERMS = {"rho": ("ρ", "ρ"), "lambda": ("λ", "λ")}


@functools.cache
def codebook() -> dict[str, dict[str, str]]:
    """Return the rows of the codebook by variable."""
    with CODEBOOK.open(encoding="utf-8", newline="") as file:
        return {row["variable"]: row for row in csv.DictReader(file)}


@functools.cache
def provinces() -> dict[str, dict[str, str]]:
    """Return names and the cell on the tile-grid map of each province by code."""
    with PROVINCES.open(encoding="utf-8", newline="") as file:
        return {row["province_code"]: row for row in csv.DictReader(file)}


def variable(name: str, language: str = "en") -> str:
    """Return the label of a variable.

    Raises
    ------
    UserError
        If the codebook has no such variable.
    """
    row = codebook().get(name)
    if row is None:
        raise UserError(f"data/codebook.csv has no variable '{name}'; add a row with its labels")
    return row[f"label_{language}"]


def term(name: str, language: str = "en") -> str:
    """Return the label of a term: a variable, a parameter, or a prefix before either."""
    position = LANGUAGES.index(language)
    prefix, _, rest = name.partition(":")
    if rest and prefix in PREFIXES:
        return PREFIXES[prefix][position].format(term(rest, language))
    if name in TERMS:
        return TERMS[name][position]
    return variable(name, language)
