import pytest

from pilotzone import exhibits, tables
from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.codebook import LANGUAGES
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.finish import literals_file
from pilotzone.tables.style import Source, Style


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_note_of_every_table_ends_with_its_exhibit_file(root, language, committed_table):
    for exhibit_id, path in exhibits.paths().items():
        note = committed_table(exhibit_id, language).notes[-1]
        file = path.relative_to(root).as_posix()
        assert note.endswith({"en": f"exhibit file {file}.", "zh": f"设定文件{file}。"}[language])


def test_a_made_up_exhibit_has_no_file(made_up, did):
    assert literals_file("made_up") == ""
    made_up(did)
    assert tables.build("made_up", did, made_up.folder).notes[-1] == "Sources: data/README.md."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_readers_table_names_the_readers_file_and_folder(made_up, language):
    listed = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(outcome="nqp", treatment="zone_first", controls=("none", "baseline")),
        layout="list",
    )
    made_up(listed)
    style = Style(lexicon=Lexicon(language))
    project = tables.build("made_up", listed, made_up.folder, style)
    reader = tables.build(
        "made_up", listed, made_up.folder, style, source=Source(file="my.csv", folder="")
    )
    assert reader.notes[-1] == {"en": "Source: my.csv.", "zh": "数据来源：my.csv。"}[language]
    assert any("output/estimates/made_up.csv" in note for note in project.notes)
    assert any("made_up.csv" in note for note in reader.notes)
    assert not any("output/estimates" in note for note in reader.notes)
