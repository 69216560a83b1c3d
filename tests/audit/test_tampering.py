"""Everything that a reader can be shown is altered once; the check that answers for it names it.

A small project whose output is complete is copied, one thing in it is altered, and the check is
asked; that it says nothing about the sound project is asserted first.
"""

import csv
import shutil
import zipfile

import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.audit import opinion, whole

LATIN = b"caf\xe9 \xff\xfe"
PANEL = "data/derived/province_panel.csv"
LOG = "tests/reference/estimates/LOG.md"
FROZEN = "tests/reference/estimates/did_baseline.csv"


# How things are altered.


def edit(name, old, new):
    def alter(project):
        path = project.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return alter


def bytes_of(name, content=LATIN):
    return lambda project: (project.root / name).write_bytes(content)


def remove(name):
    return lambda project: (project.root / name).unlink()


def add(name):
    def alter(project):
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")

    return alter


def real(folder, alter):
    """Alter what is a link, after its content is copied."""

    def altered(project):
        path = project.root / folder
        there = path.resolve()
        path.unlink()
        shutil.copytree(there, path)
        alter(project)

    return altered


def raw(alter):
    return real("data/raw", alter)


def derived(alter):
    return real("data/derived", alter)


def cell(name, field, value, row=0):
    """Set a cell of an estimates file, as a careful hand would."""

    def alter(project):
        path = project.estimates / f"{name}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        old = frame.loc[row, field]
        frame.loc[row, field] = value(old) if callable(value) else value
        assert frame.loc[row, field] != old
        frame.to_csv(path, index=False, lineterminator="\n")

    return alter


def anew_row(name, field, value):
    """Alter the row of a quick column, the first of which is made anew."""

    def alter(project):
        frame = pd.read_csv(project.estimates / f"{name}.csv")
        quick = frame["estimator"].eq("twfe") & frame["effects"].eq("two_way")
        own = quick & frame["inference"].eq("crv1") & frame["treatment"].eq("zone_first")
        cell(name, field, value, int(own.idxmax()))(project)

    return alter


def where(name, field, value, /, **keys):
    """Alter the one row that has these keys."""

    def alter(project):
        frame = pd.read_csv(project.estimates / f"{name}.csv", dtype=str, keep_default_na=False)
        rows = (frame[list(keys)] == pd.Series(keys)).all(axis=1)
        assert rows.sum() == 1
        cell(name, field, value, int(rows.idxmax()))(project)

    return alter


def times(factor):
    return lambda text: estimates.number_text(float(text) * factor)


def first_number(name, field):
    """Return an alteration of the first row that has a number in a field."""

    def alter(project):
        frame = pd.read_csv(project.estimates / f"{name}.csv")
        cell(name, field, times(1.01), int(frame[field].first_valid_index()))(project)

    return alter


def rows(name, change):
    def alter(project):
        path = project.root / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(change(lines)), encoding="utf-8")

    return alter


def word_part(name, old, new, part="word/document.xml"):
    def alter(project):
        path = project.root / name
        with zipfile.ZipFile(path) as archive:
            parts = {one: archive.read(one) for one in archive.namelist()}
        before = parts.get(part, b"")
        assert old in before
        parts[part] = before.replace(old, new, 1)
        with zipfile.ZipFile(path, "w") as archive:
            for one, content in parts.items():
                archive.writestr(one, content)

    return alter


def benchmark(field, value, row=0):
    def alter(project):
        path = project.output / "benchmark.csv"
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            found = list(reader)
        found[row][field] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)

    return alter


def other_label(project):
    """Write the Stata file of a panel with another label of a variable."""
    path = project.derived / "province_panel.dta"
    frame = pd.read_stata(path)
    labels = dict.fromkeys(frame.columns[:1], "x")
    frame.to_stata(path, write_index=False, version=118, variable_labels=labels)


def loses_derived(project):
    project.derived.unlink()


MD, TEX = "output/tables/did_baseline.md", "output/tables/did_baseline.tex"
DOCX, ALL = "output/tables/did_baseline.docx", "output/main_tables.docx"
HTML, DID = "output/report.html", "output/estimates/did_baseline.csv"
MODELS = "output/estimates/did_baseline.models.csv"
LONG = "output/estimates/"
AUDIT, CHOICES = f"{LONG}design_audit.csv", "city_multiverse.choices"
FIRST = "province,zone_first,twfe,two_way,main,"
WORLD = {"kind": "dose", "unit": "province", "world": "own_trends", "noise": "real"}
TAMPERINGS = {
    "inputs": [
        ("a figure", raw(edit("data/raw/exchange_rate.csv", "\n", " \n")), "exchange_rate.csv: ch"),
        ("a lost file", raw(remove("data/raw/provinces.csv")), "data/raw/provinces.csv: missing"),
        ("a file more", raw(add("data/raw/more.csv")), "data/raw/more.csv: not in SHA256SUMS"),
        (
            "a checksum",
            rows("data/SHA256SUMS", lambda x: ["0" * 64 + x[0][64:], *x[1:]]),
            "changed",
        ),
        ("a line", rows("data/SHA256SUMS", lambda x: ["x\n", *x[1:]]), "line 1: not a checksum"),
        ("no sums", remove("data/SHA256SUMS"), "SHA256SUMS: not there"),
        ("sums in latin", bytes_of("data/SHA256SUMS"), "line 1: not a checksum"),
        ("no source", raw(rows("data/raw/sources.csv", lambda x: x[:-1])), "no row in sources.csv"),
    ],
    "completeness": [
        ("no md", remove(MD), "tables/did_baseline.md: missing"),
        ("no tex", remove(TEX), "tables/did_baseline.tex: missing"),
        ("no estimates", remove(MODELS), "did_baseline.models.csv: missing"),
        ("a table more", add("output/tables/old.md"), "output/tables/old.md: orphaned"),
        (
            "a Word file more",
            add("output/tables/old.docx"),
            "tables/old.docx: nothing makes",
        ),
        ("a picture more", add("output/figures/old.png"), "output/figures/old.png: orphaned"),
        ("a picture of a kind", add("output/figures/old.svg"), "output/figures/old.svg: orphaned"),
        ("below estimates", add("output/estimates/old/a.csv"), "estimates/old/a.csv: orphaned"),
        ("deep below", add("output/a/b/c.txt"), "output/a/b/c.txt: nothing makes it"),
        ("a draft", add("output/.report.html.17"), "output/.report.html.17: nothing makes it"),
        ("below data", add("data/notes.txt"), "data/notes.txt: nothing makes it"),
        ("a figure", bytes_of("output/figures/goodman_bacon.png"), "goodman_bacon.png: changed"),
        ("for print", bytes_of("output/figures/print/goodman_bacon.pdf"), "bacon.pdf: changed"),
        ("none for print", remove("output/figures/print/goodman_bacon.png"), "bacon.png: missing"),
        ("more for print", add("output/figures/print/old.pdf"), "print/old.pdf: orphaned"),
        ("a row", rows("output/manifest.csv", lambda x: x[:-1]), "no row in the manifest"),
        ("a digest", edit("output/manifest.csv", ",make,", "0,make,"), "outdated, another"),
        ("manifest in latin", bytes_of("output/manifest.csv"), "manifest.csv: outdated, cannot be"),
        ("no manifest", remove("output/manifest.csv"), "no row in the manifest"),
    ],
    "drift": [
        ("an estimate", cell("did_baseline", "estimate", times(1.01)), "estimate is"),
        ("an error", cell("did_baseline", "std_error", times(0.9)), "std_error is"),
        ("a p-value", cell("did_baseline", "p_value", "0.01"), "p_value is"),
        ("a bound", cell("did_baseline", "ci_low", times(1.1)), "ci_low is"),
        ("a word", cell("did_baseline", "distribution", "normal"), "distribution is"),
        ("a count", cell("did_baseline.models", "nobs", "299"), "nobs is 299"),
        ("a seed", cell("spatial_baseline.models", "seed", "1"), "seed is 1"),
        ("a line less", rows(DID, lambda x: x[:-1]), "only"),
        ("a line twice", rows(DID, lambda x: [*x, x[-1]]), "did_baseline.csv"),
        ("a file less", remove(DID), "did_baseline.csv: missing in output/estimates"),
        ("in latin", bytes_of(DID), "did_baseline.csv: cannot be read"),
        (
            "the frozen copy",
            edit(FROZEN, "0.0", "0.1"),
            "frozen",
        ),
        ("no frozen file", remove(FROZEN), "not in the frozen"),
        (
            "an old entry",
            edit(LOG, "## first", "## 1st"),
            "changed above the seal of '1st'",
        ),
        (
            "an old line",
            edit(LOG, "did_baseline.csv: new", "did_baseline.csv: old"),
            "above the seal",
        ),
        ("a digest of the log", edit(LOG, "digest ", "digest 0"), "LOG.md: "),
        ("an old seal", edit(LOG, "sealed ", "sealed 0"), "LOG.md: "),
        ("no seal", rows(LOG, lambda x: x[:-1]), "the last entry has no seal"),
        ("the log in latin", bytes_of(LOG), "no move of the frozen copy is logged"),
    ],
    "panels": [
        ("a cell", derived(rows(PANEL, lambda x: [*x[:-1], x[-1].replace(",0", ",1", 1)])), "anew"),
        ("a row", derived(rows(PANEL, lambda x: x[:-1])), "province_panel.csv: "),
        ("a file less", derived(remove(PANEL)), "province_panel.csv: missing"),
        ("a file more", derived(add("data/derived/old.csv")), "old.csv: is not made by anything"),
        ("in latin", derived(bytes_of(PANEL)), "province_panel.csv: "),
        ("a label", derived(other_label), "province_panel.dta: "),
        ("no panels", loses_derived, "data/derived: not there"),
    ],
    "consistency": [
        ("a statistic", cell("did_baseline", "statistic", times(1.01)), "statistic is"),
        ("a bound", cell("did_baseline", "ci_high", times(1.01)), "ci_high is"),
        ("a p-value", cell("did_baseline", "p_value", "0.012345"), "p_value is"),
        ("N", cell("did_baseline.models", "nobs", "301"), "301"),
        ("in latin", bytes_of(DID), "did_baseline.csv: cannot be read"),
    ],
    "declared": [
        ("draws", first_number("spatial_baseline.models", "draws"), "draws declared as"),
        ("kind", cell("did_baseline.models", "inference", "crv3:unit"), "inference declared as"),
    ],
    "printed": [
        ("a number in md", edit(MD, "0.058***", "0.068***"), "cell 3: '0.068***'"),
        ("a star in md", edit(MD, "0.058***", "0.058**"), "cell 3: '0.058**'"),
        ("a label in md", edit(MD, "Share of units", "Part of units"), "label: 'Part of units"),
        (
            "a title in md",
            edit(MD, "did_baseline.**", "did_baseline.** New"),
            "did_baseline.md: title",
        ),
        ("a note in md", edit(MD, "CRV1", "CRV2"), "did_baseline.md: title, notes or layout"),
        ("md in latin", bytes_of(MD), "did_baseline.md: cannot be read"),
        ("a number in tex", edit(TEX, "0.058^", "0.068^"), "did_baseline.tex: "),
        ("a note in tex", edit(TEX, "CRV1", "CRV2"), "did_baseline.tex: title, notes or layout"),
        ("a label in tex", edit(TEX, "Share of units", "Part of units"), "did_baseline.tex: "),
        ("a number in Word", word_part(DOCX, b"(0.020)", b"(0.002)"), "cell 3: '(0.002)'"),
        ("a note in Word", word_part(DOCX, b"CRV1", b"CRV2"), "differs: '"),
        ("Word's markup", word_part(DOCX, b"<w:jc ", b"<w:jc  "), "differs: markup"),
        ("Word's styles", word_part(DOCX, b"<", b"< ", "word/styles.xml"), "part word/styles.xml"),
        ("a part of Word", word_part(DOCX, b"", b"x", "word/more.xml"), "word/more.xml too many"),
        ("no Word file", bytes_of(DOCX), "did_baseline.docx: cannot be read"),
        ("no docx", remove(DOCX), "did_baseline.docx: not there"),
        (
            "a cell in HTML",
            edit(HTML, "<td>0.058***</td>", "<td>0.058</td>"),
            "did_baseline: '",
        ),
        (
            "a table in HTML",
            edit(HTML, 'data-exhibit="sample_flow"', ""),
            "no table of sample_flow",
        ),
        ("HTML in latin", bytes_of(HTML), "report.html, did_baseline: cannot be read"),
        ("no report", remove(HTML), "report.html: not there"),
        ("estimates in latin", bytes_of(DID), "did_baseline: the estimates make no table"),
    ],
    "whole files": [
        ("a note in HTML", edit(HTML, "CRV1", "CRV2"), "report.html, did_baseline: '"),
        ("a style in HTML", edit(HTML, "<style>", "<style>p{}"), "report.html"),
        ("a script in HTML", edit(HTML, "</body>", "<script>1</script></body>"), "report.html"),
        ("lines in HTML", rows(HTML, lambda x: x[:-3]), "negative_weights: ''"),
        ("HTML in latin", bytes_of(HTML), "report.html: cannot be compared: UnicodeDecodeError"),
        ("no report", remove(HTML), "report.html: not there; run make"),
        ("a schema", edit("output/claims.schema.json", '"review"', '"reviewed"'), "schema.json: '"),
        ("a number in README", edit("README.md", "N = ", "N = 1"), "README.md, baseline: '"),
        ("README unmarked", bytes_of("README.md", b"# x"), "README.md: cannot be compared"),
        (
            "a note in all tables",
            word_part(ALL, b"CRV1", b"CRV2"),
            "main_tables.docx: part word",
        ),
        ("no all tables", remove(ALL), "main_tables.docx: not there"),
        ("all tables in latin", bytes_of(ALL), "main_tables.docx: cannot be read: BadZipFile"),
    ],
    "long runs": [
        ("no rate", cell("design_audit", "size", "1.2", 4), "size is 1.2, no rate"),
        (
            "no share of draws",
            cell("design_audit", "power", "0.9991"),
            "not a whole number of draws",
        ),
        ("draws", cell("design_audit", "draws", "5000"), "more than the 500 that are declared"),
        ("below zero", cell("design_audit", "sd", "-1"), "sd is -1.0, below zero"),
        ("a row twice", rows(AUDIT, lambda x: [*x, x[-1]]), "design_audit.csv: "),
        (
            "a column",
            edit("output/estimates/design_audit.csv", "truth", "true"),
            "design_audit.csv: ",
        ),
        ("no row", rows(AUDIT, lambda x: x[:1]), "design_audit.csv: no row"),
        ("no file", remove(AUDIT), "nothing was compared"),
        ("in latin", bytes_of(AUDIT), "design_audit.csv: cannot be read"),
        ("coverage", cell("inference_audit", "coverage", "0.9235"), "coverage is 0.9235"),
        ("a share", cell(CHOICES, "share_sign", times(0.5)), "share_sign of its values does not"),
        ("specifications", cell(CHOICES, "specifications", "17"), "specifications of 20522"),
        ("a p of deals", first_number("city_multiverse", "p_value"), "no share"),
        (
            "a Shapley share",
            where("city_multiverse", "value", "0.9", statistic="shapley:effects"),
            "shapley: shares add up to",
        ),
        ("a way", where("city_multiverse", "value", "9", statistic="by:sums"), "ways of fitting"),
        ("a curve", cell("city_multiverse.curve", "estimate", "1", 5), "curve, free: estimate"),
        ("a band", cell("city_multiverse.curve", "low", "9", 499), "curve, free: the band is up"),
        ("no curve", remove("output/estimates/city_multiverse.curve.csv"), "cannot be added up"),
        ("a score", cell("faultbench.scores", "named", "9"), "named is 9, what is named gives"),
        ("what is named", cell("faultbench", "count", "99"), "cases is 20, what is named gives"),
        ("an effect", cell("detectable", "detectable", times(1.01)), "not detectable over sd"),
        ("its reason", cell("detectable", "reason", "x"), "neither an effect nor a reason"),
        ("its unit", cell("detectable", "sd_outcome", times(1.01)), "sd_outcome differs"),
        ("a verdict", cell("verdict_audit", "share", "0.95"), "add up to no whole"),
        ("a rate of verdicts", cell("verdict_audit", "share", "0.9501"), "not a whole number"),
        ("a bar", cell("verdict_audit.bars", "bar", "0.06"), "bar is 0.06, anew 0.05"),
        ("a lost bar", rows(f"{LONG}verdict_audit.bars.csv", lambda x: x[:-1]), "lost, or of no"),
        ("a lost case", rows(f"{LONG}verdict_audit.csv", lambda x: x[:-8]), "in no list of cases"),
        ("a ratio", benchmark("ratio", "17", 2), "ratio is 17, its seconds give"),
        ("the ratio of our own", benchmark("ratio", "17", 1), "of this task is our own with"),
        ("a time", benchmark("seconds", "fast"), "seconds 'fast' is no number"),
        ("a case twice", rows("output/benchmark.csv", lambda x: [*x, x[-1]]), "stands twice"),
        ("a heading", edit("output/benchmark.csv", "peak_mb", "peak"), "columns are not"),
        ("benchmark in latin", bytes_of("output/benchmark.csv"), "benchmark.csv: cannot be read"),
        ("no benchmark", remove("output/benchmark.csv"), "benchmark.csv: not there"),
    ],
}
TAMPERINGS["long runs anew"] = [
    ("bias", cell("design_audit", "bias", "0.01"), "bias is 0.01, in the first"),
    ("truth", cell("design_audit", "truth", "0.03"), "truth is 0.03, anew"),
    ("spread", cell("design_audit", "sd", "0.01"), "sd is 0.01, in the first"),
    ("power", cell("design_audit", "power", "0.2"), "power is 0.2, in the first"),
    ("size", anew_row("inference_audit", "size", "0.5"), "size is 0.5, in the first"),
    ("coverage", anew_row("inference_audit", "coverage", "0.2"), "coverage is 0.2, in the first"),
    ("in latin", bytes_of(AUDIT), "design_audit.csv: cannot be compared"),
    (
        "an effect",
        where(
            *("detectable", "detectable", times(1.01)),
            **{"panel": "province", "estimator": "twfe", "effects": "two_way", "sample": "main"},
        ),
        "main / permutation / zone_first: detectable is",
    ),
    (
        "an effect less",
        rows(f"{LONG}detectable.csv", lambda x: [one for one in x if FIRST not in one]),
        "main / permutation / zone_first: no such row",
    ),
    ("a median", where(CHOICES, "median", times(1.01), value="imputation"), "median is 0.26"),
    (
        "a name",
        where("faultbench", "count", "0", auditor="refit", fault="none", called="none"),
        "count is 0, of the first cases",
    ),
    (
        "a verdict",
        where("verdict_audit", "share", "0", **WORLD, verdict="cannot tell"),
        "cannot tell: share is 0, in the first 6 draws",
    ),
]
EVERY = [(group, *one) for group, ones in TAMPERINGS.items() for one in ones]


@pytest.mark.slow
def test_the_sound_project_passes(ask, complete):
    assert {group: ask(group, complete) for group in TAMPERINGS} == {
        group: [] for group in TAMPERINGS
    }


@pytest.mark.parametrize(
    ("group", "alter", "named"),
    [(group, alter, named) for group, _, alter, named in EVERY],
    ids=[f"{group}: {name}" for group, name, *_ in EVERY],
)
def test_a_tampering_is_named(ask, copied, long_runs_of, group, alter, named):
    project = copied(group)
    alter(long_runs_of(project) if group.startswith("long runs") else project)
    found = ask(group, project)
    assert any(named in text for text in found), found[:5]
    assert all(text.isprintable() for text in found)


def test_sixty_are_tried_and_no_two_bear_one_name():
    names = [(group, name) for group, name, *_ in EVERY]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError(), ZeroDivisionError("a\nb")])
def test_whatever_an_estimator_raises_is_a_silence_that_fails(error):
    def raises(*_):
        raise error

    (found,) = opinion.of_each("e", {"c": None}, None, raises)
    assert not found.expected
    assert found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("a\nb"), UnicodeError("y")])
def test_a_check_that_cannot_be_made_is_a_failed_one(error):
    def raises():
        raise error

    (check,) = whole._guarded("printed", raises)
    assert not check.passed
    assert check.failures[0].startswith(type(error).__name__)
    assert "\n" not in check.failures[0]
