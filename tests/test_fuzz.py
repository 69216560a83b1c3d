"""The doors under damaged files: every answer is a result or one line (tests/benchmarks/fuzz.py).

Thirty seeded inputs for each door here, five hundred in make bench.
"""

import importlib.util
import sys
import time

import pytest

from pilotzone.panels import raw
from pilotzone.reader import battery, counterfactuals, firm, policy

NUMBERS = range(1, 31)
DOORS = ("panel", "firms", "index", "table", "whose", "policy")


@pytest.fixture(scope="module")
def fuzz(root, places, rosters, on_screen):
    """The module, which is a script and no package.

    Figures are read once, simulations and draws few, pictures for the screen.
    """
    found = importlib.util.spec_from_file_location("fuzz", root / "tests/benchmarks/fuzz.py")
    module = importlib.util.module_from_spec(found)
    sys.modules["fuzz"] = module
    found.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        for name in (raw, firm):
            patch.setattr(name, "read_raw", lambda folder, *, city: places)
        patch.setattr(policy, "read_places", lambda folder: rosters)
        patch.setattr(counterfactuals, "SIMULATIONS", 5)
        patch.setattr(battery, "BAND_DRAWS", 999)
        on_screen(patch)
        yield module
    del sys.modules["fuzz"]


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_door_answers_damaged_files_with_a_result_or_one_line(fuzz, door):
    outcomes = list(fuzz.run([door], NUMBERS))
    assert [one for one in outcomes if one.fault] == []
    kinds = [one.kind for one in outcomes]
    # Most faults are refused; were all of them, the valid file itself would be.
    assert len(kinds) == len(NUMBERS)
    assert len(set(kinds)) == 2
    assert kinds.count("refused") > len(NUMBERS) / 2


def test_every_door_is_asked(fuzz):
    assert tuple(fuzz.DOORS) == DOORS


def test_an_input_follows_from_its_number(fuzz, tmp_path):
    files = fuzz.DOORS["table"].files()
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        fuzz.make("table", files, 7, tmp_path / name)
        written.append(sorted(p.read_bytes() for p in (tmp_path / name).iterdir()))
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("kind", "main"),
    [
        ("traceback", lambda argv: 1 / 0),
        ("not one line", lambda argv: print("a\nb", file=sys.stderr) or 2),
        ("file outside the target", lambda argv: open(argv[1] + ".left", "w").close()),
    ],
)
def test_a_door_at_fault_is_found(fuzz, kind, main):
    class Script:
        pass

    Script.main = staticmethod(main)
    # Input 2 names a file that is there.
    assert fuzz.ask("table", Script, fuzz.DOORS["table"].files(), 2).kind == kind


def test_a_hang_is_found(fuzz, monkeypatch):
    class Script:
        @staticmethod
        def main(argv):
            while True:
                time.sleep(0.01)

    monkeypatch.setattr(fuzz, "SECONDS", 1)
    assert fuzz.ask("table", Script, fuzz.DOORS["table"].files(), 2).kind == "hang"
