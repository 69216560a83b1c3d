"""Words of the report in both languages, and the other words under which a thing is looked for."""

import csv
import functools
from pathlib import Path

from pilotzone import textfile
from pilotzone.catalogue import codebook
from pilotzone.catalogue.phrasebook import Words

_TABLES = textfile.toml(Path(__file__).parent / "words.toml")


def _pairs(name: str) -> Words:
    return {key: tuple(pair) for key, pair in _TABLES[name].items()}


PAGE, GROUPS, ROLES, USES = map(_pairs, ("PAGE", "GROUPS", "ROLES", "USES"))
# The other words under which a reader looks for one thing; hyphens count as spaces.
SYNONYMS = (
    (
        *("parallel trend", "parallel trends", "pre trend", "pre trends", "pretrend", "lead"),
        *("leads", "ahead", "平行趋势", "预趋势", "事前趋势", "提前项"),
    ),
    ("difference in differences", "did", "双重差分"),
    ("spillover", "spillovers", "indirect effect", "溢出", "间接效应"),
    ("staggered", "multi period did", "多期双重差分"),
    ("synthetic did", "synthetic difference in differences", "sdid", "合成双重差分"),
    ("clustered", "cluster", "clusters", "聚类"),
    ("placebo", "permutation", "安慰剂"),
    ("mediator", "mechanism", "机制", "中介"),
    ("moderator", "moderation", "调节"),
    ("heterogeneity", "groups", "异质性"),
    ("new quality productive forces", "nqp", "新质生产力"),
    ("cross border e commerce", "cbec", "跨境电商", "跨境电子商务"),
)


@functools.cache
def synonyms() -> tuple[tuple[str, ...], ...]:
    """Return words that find one another, provinces in both languages among them."""
    with (codebook.DATA / "raw" / "provinces.csv").open(encoding="utf-8", newline="") as file:
        provinces = [(row["name_en"].lower(), row["name_zh"]) for row in csv.DictReader(file)]
    return (*SYNONYMS, *provinces)
