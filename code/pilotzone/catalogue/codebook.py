"""The codebook of variables and the names of provinces and cities, from ``data``."""

import csv
import functools
from pathlib import Path

DATA = Path(__file__).parents[3] / "data"
CODEBOOK, PROVINCES = DATA / "codebook.csv", DATA / "raw" / "provinces.csv"
CITIES = DATA / "raw" / "cities.csv"
LANGUAGES = ("en", "zh")


@functools.cache
def codebook(panel: str = "") -> dict[str, dict[str, str]]:
    """Return the rows of the codebook by variable: those of one panel, or the first of each.

    A variable of several panels has one label; its unit may differ. Where the package is installed
    without the project's data, there is no row.
    """
    if not DATA.is_dir():
        return {}
    with CODEBOOK.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if panel in ("", row["panel"])]
    book: dict[str, dict[str, str]] = {}
    for row in rows:
        book.setdefault(row["variable"], row)
    return book


@functools.cache
def provinces() -> dict[str, dict[str, str]]:
    """Return names and the cell on the tile-grid map of each province by code, as above."""
    if not DATA.is_dir():
        return {}
    with PROVINCES.open(encoding="utf-8", newline="") as file:
        return {row["province_code"]: row for row in csv.DictReader(file)}


@functools.cache
def cities() -> dict[str, dict[str, str]]:
    """Return names of each city by code, as above."""
    if not DATA.is_dir():
        return {}
    with CITIES.open(encoding="utf-8", newline="") as file:
        return {row["city_code"]: row for row in csv.DictReader(file)}
