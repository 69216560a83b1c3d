"""The table of error rates: shares, and which of them miss their bar."""

import pandas as pd
import pytest

from pilotzone.catalogue import codebook, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.claims.bars import bars
from pilotzone.claims.verdict_audit import JUDGEMENTS
from pilotzone.claims.worlds import NOISES, WORLDS, truth
from pilotzone.tables.style import Style
from pilotzone.tables.verdict_audit import MISSED, verdict_audit


def audit(**shares):
    """Return an audit of effects on cities; a share is that of a world and a verdict."""
    rows = [
        {"kind": "effect", "unit": "city", "world": world, "noise": noise, "verdict": str(verdict)}
        | {"truth": truth("effect", world, verdict, at_least_delta=True), "draws": 400}
        | {"share": shares.get(world, {}).get(str(verdict), 0.0)}
        for noise in NOISES
        for world in WORLDS
        for verdict in JUDGEMENTS
    ]
    whole = pd.DataFrame(rows)
    return {"": whole, "bars": bars(whole)}


def cells(parts, language="en"):
    body = verdict_audit(parts, Style(lexicon=Lexicon(language)))
    assert len(body.panels) == 2
    return body, {row.term: row.cells for row in body.panels[0].rows}


def test_both_forms_of_supported_count_together():
    half = {"supported": 0.035, "supported under an assumption": 0.035}
    _, found = cells(audit(nothing=half))
    assert found["nothing"][0] == f"0.070{MISSED}"


def test_wrong_verdicts_above_their_bar_are_marked_and_right_ones_are_not():
    body, found = cells(
        audit(
            nothing={"ruled out": 0.9, "explained by trend": 0.1},
            delta={"ruled out": 0.2, "explained by trend": 0.09},
            detectable={"supported": 0.5},
        )
    )
    assert found["nothing"][2:4] == ("0.900", "0.100")
    assert found["delta"][2:4] == (f"0.200{MISSED}", "0.090")
    assert found["detectable"][0] == f"0.500{MISSED}"
    # Two noises: two wrong verdicts in five worlds without an effect, three in five with one,
    # except that one group may be ruled out, and the detectable effect that must be found.
    assert "4 of 50 shares that have a bar miss it" in body.notes[0]


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_every_world_has_words(language):
    body, _ = cells(audit(), language)
    assert set(phrasebook.WORLDS) == set(WORLDS)
    assert set(phrasebook.NOISES) == set(NOISES)
    labels = [row.label for panel in body.panels for row in panel.rows]
    assert len(set(labels)) == len(WORLDS)
