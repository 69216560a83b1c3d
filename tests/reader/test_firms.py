"""Firms through code/firm.py: all exhibits from a file, stamped if made up, and what is refused."""

import importlib.util
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pilotzone import exhibits, plots, tables
from pilotzone.catalogue import codebook
from pilotzone.catalogue.samples import FIRM_SAMPLES, SAMPLES
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.claims.studies import studies
from pilotzone.reader import firms
from pilotzone.reader.firm import read_firms
from pilotzone.tables import latex, markdown
from pilotzone.tables.style import Style

ROOT = Path(__file__).parents[2]


def script():
    """Return the module code/firm.py."""
    found = importlib.util.spec_from_file_location("firm", ROOT / "code/firm.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


FIRM = script()


def models(folder, exhibit):
    frame = pd.read_csv(folder / f"{exhibit}.models.csv", keep_default_na=False)
    return frame.set_index("column")


@pytest.fixture(scope="module")
def source(made_up, places, tmp_path_factory):
    """The two files of a few made-up firms."""
    folder = tmp_path_factory.mktemp("source")
    made = made_up.make(2, figures=places, firms=160, years=10, cities=24)
    return made_up.write(folder, made)


def few(patch, *ids):
    """Make some exhibits alone, without pictures."""
    patch.setattr(firms, "ORDER", ids)
    patch.setattr(plots, "draw", lambda *arguments: None)
    patch.setattr(plots, "captioned", lambda *arguments: None)
    patch.setattr(plots, "save", lambda *arguments: None)


@pytest.fixture(scope="module")
def drawn(source, tmp_path_factory, on_screen):
    """The output of made-up firms, with pictures for the screen."""
    output = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        on_screen(patch)
        assert FIRM.main([*map(str, source), f"--output={output}"]) == 0
    return output


@pytest.fixture(scope="module")
def read(source):
    """The panel of these firms."""
    return read_firms(*source, ROOT / "data/raw")


def run(source, output, *arguments, config=lambda text: text, panel=lambda frame: frame):
    path = output / "firms.csv"
    frame = pd.read_csv(source[0], dtype={"city_code": str})
    panel(frame).to_csv(path, index=False)
    (output / "firm.toml").write_text(config(source[1].read_text(encoding="utf-8")))
    return FIRM.main([str(path), str(output / "firm.toml"), f"--output={output}", *arguments])


def on_a_licence(text):
    return text.replace("synthetic = true\n", "")


# --- all exhibits --------------------------------------------------------------------------------


def test_every_exhibit_of_the_group_is_in_the_order_of_the_argument():
    assert sorted(exhibits.paths(exhibits.READERS)) == sorted(firms.ORDER)


def test_every_column_of_made_up_firms_is_identified(drawn):
    folder = drawn / "synthetic"
    for exhibit_id in firms.ORDER:
        exhibit = exhibits.load(exhibit_id)
        assert (folder / f"{exhibit_id}.csv").exists()
        assert latex.parse((folder / f"tables/{exhibit_id}.tex").read_text(encoding="utf-8"))
        if exhibit.columns:
            rows = models(folder, exhibit_id)
            assert set(rows.index) == set(exhibit.column_ids())
            assert (rows["identified"] == "yes").all(), rows["reason"].unique()


def test_made_up_firms_are_stamped_in_every_title_and_stay_out_of_the_project(drawn):
    folder = drawn / "synthetic"
    assert not (drawn / "firm").exists()
    for exhibit_id in firms.ORDER:
        text = (folder / f"tables/{exhibit_id}.md").read_text(encoding="utf-8")
        assert firms.STAMP[0] in text.partition("\n")[0], exhibit_id
        assert "output/estimates" not in text
        assert text.rstrip().endswith("Source: firms.csv.")
    report = (folder / firms.REPORT).read_text(encoding="utf-8")
    assert report.splitlines()[2] == f"* {firms.STAMP[0]}"
    shown = re.findall(r"!\[(.*)\]\((.*)\)", report)
    assert len(shown) == 4
    for title, link in shown:
        assert firms.STAMP[0] in title
        assert (folder / link).exists()


def test_the_picture_itself_bears_the_stamp(drawn, read):
    found, _ = firms.exhibits_of(read)
    figure = plots.draw("firm_placebo", found["firm_placebo"], drawn / "synthetic", ENGLISH)
    assert any(firms.STAMP[0] in text.get_text() for text in figure.texts)
    assert found["firm_placebo"].title_zh.endswith(f"（{firms.STAMP[1]}）")


def test_firms_on_a_licence_bear_no_stamp_and_have_a_folder_of_their_own(
    source, tmp_path, monkeypatch, capsys
):
    few(monkeypatch, "firm_sample_flow", "firm_did")
    assert run(source, tmp_path, config=on_a_licence) == 0
    printed = capsys.readouterr().out
    assert firms.STAMP[0] not in printed
    assert f"done: see {tmp_path / 'firm/report.md'}" in printed
    assert not (tmp_path / "synthetic").exists()
    assert all("synthetic" not in p.read_text() for p in (tmp_path / "firm").rglob("*.md"))


def test_chinese_tables_of_made_up_firms(drawn, read):
    for exhibit_id, exhibit in firms.exhibits_of(read)[0].items():
        grid = tables.build(exhibit_id, exhibit, drawn / "synthetic", Style(lexicon=CHINESE))
        text = markdown.render(grid)
        assert firms.STAMP[1] in text.partition("\n")[0]
        # Four English words in a row are a sentence; names of methods are shorter.
        assert not re.search(r"(?:\b[a-z]{2,} ){3}[a-z]{2,}\b", text), exhibit_id


def test_what_a_field_is_needed_for_is_left_out_and_named(source, tmp_path, monkeypatch, capsys):
    few(monkeypatch, "firm_did", "firm_psm_did", "firm_heterogeneity")
    gone = ("industry", "marketisation", "listing_year", "rd_leasing")
    lost = re.compile(rf"^({'|'.join(gone)}) = .*\n", flags=re.MULTILINE)
    assert run(source, tmp_path, config=lambda text: lost.sub("", text)) == 0
    printed = capsys.readouterr().out
    assert "no column for 'listing_year': off: ln_listed_years, sa_index" in printed
    assert "firm_did: 4 columns left out for want of industry" in printed
    assert "firm_heterogeneity: 2 columns left out for want of marketisation" in printed
    assert "firm_psm_did: 6 columns left out for want of ln_listed_years" in printed
    folder = tmp_path / "synthetic"
    assert not (folder / "firm_psm_did.csv").exists()
    assert set(models(folder, "firm_did")["fixed_effects"]) == {"two_way"}
    assert (models(folder, "firm_did")["identified"] == "yes").all()


def test_files_of_an_earlier_panel_go_and_others_stay(source, tmp_path, monkeypatch):
    few(monkeypatch, "firm_did", "firm_psm_did")
    (tmp_path / "synthetic").mkdir()
    for name in ("firm_psm_did.csv", "firms.csv", "notes.csv"):
        (tmp_path / "synthetic" / name).write_text("as it was\n")
    assert (
        run(source, tmp_path, config=lambda t: t.replace('listing_year = "listing_year"\n', ""))
        == 0
    )
    left = {p.name for p in (tmp_path / "synthetic").glob("*.csv")}
    assert "firm_psm_did.csv" not in left
    assert {"firms.csv", "notes.csv", "firm_did.csv"} <= left


# --- bad input -----------------------------------------------------------------------------------


def twice(frame):
    return pd.concat([frame, frame[:1]])


def in_two_cities(frame):
    other = "110000" if frame["city_code"].iloc[0] != "110000" else "120000"
    return pd.concat([frame, frame[:1].assign(city_code=other)])


@pytest.mark.parametrize(
    ("panel", "config", "words"),
    [
        (twice, None, "stands in line 2 already"),
        (in_two_cities, None, "a firm has one registered place in a year"),
        (lambda f: f.assign(digital_words=-1), None, "column 'digital_words': is below 0"),
        (
            lambda f: f.assign(city_code="000001"),
            None,
            "no code of a prefecture-level unit: 000001",
        ),
        (lambda f: f.drop(columns="cash"), None, "no column 'cash' (cash)"),
        (lambda f: f, 'colour = "red"\n', "unknown key 'colour'"),
        (lambda f: f.assign(equity="x"), None, "column 'equity': 'x' is no number"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(source, tmp_path, capsys, panel, config, words):
    assert run(source, tmp_path, panel=panel, config=lambda text: (config or "") + text) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("firm: ")
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert not (tmp_path / "synthetic").exists()
    assert SAMPLES["firm"] in FIRM_SAMPLES


def test_a_unit_in_thousands_is_said_and_the_rest_done(source, tmp_path, monkeypatch, capsys):
    few(monkeypatch, "firm_did")
    assert run(source, tmp_path, panel=lambda f: f.assign(revenue=f["revenue"] / 1000)) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "column 'revenue'" in line]
    assert len(told) == 1
    assert "revenue in thousands" in told[0]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["", ""], "make firm PANEL=firms.csv CONFIG=firm.toml"),
        (["p.csv", ""], "give both"),
        (["p.csv", "p.toml", "--style=bold"], "style 'bold' is unknown"),
        (["p.csv", "p.toml"], "examples/firm.toml is one to copy"),
    ],
)
def test_a_command_line_that_cannot_be_meant(capsys, arguments, word):
    assert FIRM.main(arguments) == 2
    assert word in capsys.readouterr().err


# --- the project without firms -------------------------------------------------------------------


def test_firms_are_no_part_of_the_build():
    assert not set(firms.ORDER) & set(exhibits.paths())
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    groups = re.search(r"^GROUPS +:= (.+)$", makefile, flags=re.MULTILINE)[1].split()
    assert tuple(groups) == exhibits.GROUPS
    for part in ("README.md", "output/manifest.csv"):
        text = (ROOT / part).read_text(encoding="utf-8")
        assert not any(f"`{name}`" in text or f",{name}," in text for name in firms.ORDER)


def test_made_up_firms_are_not_under_version_control():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {f"output/{folder}/" for folder in firms.FOLDERS.values()} <= set(ignored)


def test_claims_on_listed_firms_need_licensed_data_and_name_what_would_settle_them():
    told = " ".join(exhibits.load("claims").notes)
    assert exhibits.READERS["firm"] in told
    for study in studies():
        for claim in study.claims:
            assert bool(claim.settled_by) == (study.unit == "firm")
            for name in claim.settled_by:
                assert claim.kind == "licensed"
                assert name in firms.ORDER
                assert name in told


def test_every_name_of_the_group_has_its_words():
    book = codebook.codebook("firm")
    for exhibit_id in firms.ORDER:
        for column in exhibits.load(exhibit_id).columns:
            for language in codebook.LANGUAGES:
                assert Lexicon(language).variable(column.outcome)
                Lexicon(language).sample(column.sample)
                Lexicon(language).variant_name(column.variant)
                Lexicon(language).controls(column.controls)
                Lexicon(language).effects(column.effects)
            assert column.outcome in book
            assert column.outcome not in column.control_variables
            assert column.rows in FIRM_SAMPLES
    assert len({row["stata_name"] for row in book.values()}) == len(book)
    assert all(len(row["stata_name"]) <= 32 for row in book.values())


def test_notes_of_the_group_stand_in_chinese_too():
    for exhibit_id in firms.ORDER:
        exhibit = exhibits.load(exhibit_id)
        assert len(exhibit.notes_zh) == len(exhibit.notes), exhibit_id
        for note in exhibit.notes_zh:
            assert note.endswith("。")
            assert not re.search("[\u4e00-\u9fff][,:;(]|[,:;)][\u4e00-\u9fff]", note), note


@pytest.mark.cli
def test_make_runs_the_readers_files_or_made_up_ones():
    def lines(*arguments):
        done = subprocess.run(
            ["make", "-n", "firm", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        # What brings the environment up to date is another line.
        return [s for s in done.stdout.splitlines() if ".py" in s and "all.py" not in s]

    (own,) = [line for line in lines("PANEL=my firms.csv", "CONFIG=c.toml") if "firm.py" in line]
    assert 'code/firm.py "my firms.csv" "c.toml"' in own
    assert not any("fixtures" in line for line in lines("PANEL=p.csv"))
    first, second = lines()
    assert "tests/fixtures/firms.py output/synthetic" in first
    assert "code/firm.py output/synthetic/firms.csv output/synthetic/firm.toml" in second


@pytest.mark.slow
def test_the_fixture_says_first_that_its_firms_are_made_up(tmp_path, monkeypatch, capsys):
    path = str(ROOT / "tests/fixtures/firms.py")
    monkeypatch.setattr(sys, "argv", [path, str(tmp_path)])
    runpy.run_path(path, run_name="__main__")
    assert firms.STAMP[0] in capsys.readouterr().out.splitlines()[0]
    assert "synthetic = true" in (tmp_path / "firm.toml").read_text(encoding="utf-8")
