"""The three lines at the end: files, verdicts as the board has them, commands that exist."""

import json
import re

from pilotzone.build import closing
from pilotzone.build.stale import COLLECTIONS
from pilotzone.claims.facts import Verdict


def claim(study, text, verdict, estimate, column):
    evidence = {"verdict": verdict, "estimate": estimate, "column": column}
    return {"study": {"number": study}, "claim": text, "evidence": evidence}


def test_verdicts_are_counted_in_the_order_of_the_rules_once_a_regression():
    board = {
        "claims": [
            claim(1, "a", Verdict.CANNOT_TELL, 0.1, "x"),
            claim(1, "b", Verdict.SUPPORTED, 0.2, "y"),
            claim(4, "b", Verdict.SUPPORTED, 0.2, "y"),
            claim(5, "a", Verdict.CANNOT_TELL, 0.1, "z"),
            claim(5, "c", Verdict.THEORY, None, None),
        ]
    }
    assert closing.found(board) == (
        "4 claims of 3 papers, 3 can be judged on open figures: supported 1, cannot tell 2"
    )


def test_where_nothing_can_be_judged_it_says_none():
    board = {"claims": [claim(5, "c", Verdict.THEORY, None, None)]}
    said = "1 claims of 1 papers, 0 can be judged on open figures: none"
    assert closing.found(board) == said


def test_the_lines_name_what_make_writes_and_its_targets(root):
    look, found, then = closing.lines(root / "output")
    assert {closing.LOOK, closing.CHINESE, closing.BOARD} <= set(COLLECTIONS)
    assert look.count(str(root / "output")) == 2
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make (\w+)", then):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert found.startswith("found: ")


def test_the_count_is_the_one_of_the_readme(root):
    board = json.loads((root / "output/claims.json").read_text(encoding="utf-8"))
    readme = (root / "README.md").read_text(encoding="utf-8")
    claims, papers, judged, verdicts = re.search(
        r"Of (\d+) distinct claims of (\d+) papers, open figures can judge (\d+) \(([^)]*)\)",
        readme,
    ).groups()
    assert closing.found(board) == (
        f"{claims} claims of {papers} papers, {judged} can be judged on open figures: "
        f"{verdicts.replace('; ', ', ')}"
    )
