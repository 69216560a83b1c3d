"""The committed report of the audit is of the checks that there are now, in their order."""

import dataclasses
import re

import pytest

from pilotzone.audit import anew, long_again, project, whole
from pilotzone.audit.anew import Made

ROW = re.compile(r"^\| (ok|FAIL) \| ([^|]+) \| ([^|]+) \| ", re.MULTILINE)


@pytest.fixture(scope="module")
def names(root, tmp_path_factory):
    """Area and name of every check, from an empty folder, where each fails at once."""
    real, empty = project.whole(root), tmp_path_factory.mktemp("empty")
    nothing = Made(empty / "derived", empty / "estimates", (), real.made_by_make)
    parts = {
        kind: dataclasses.replace(part, make=lambda *_: {})
        for kind, part in long_again.PARTS.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anew, "make", lambda *_: nothing)
        patch.setattr(long_again, "PARTS", parts)
        checks = list(whole.run(dataclasses.replace(real, root=empty), processes=1))
    return [(check.area, check.name) for check in checks]


def test_the_committed_report_has_the_checks_of_the_code(root, names):
    """Else run make audit: what it wrote has other checks than it would have now."""
    rows = ROW.findall((root / "output/audit.md").read_text(encoding="utf-8"))
    assert [(area, name) for _, area, name in rows] == names
    assert {result for result, _, _ in rows} == {"ok"}
    assert len(set(names)) == len(names)
    assert "could not be made" not in {name for _, name in names}


def test_every_exhibit_of_the_bench_is_made_anew_in_part_and_has_its_shape(root, names):
    long = set(project.whole(root).long)
    assert {name for area, name in names if area == "long runs"} == {
        "benchmark.csv",
        *long,
        *(f"{exhibit_id}, in part anew" for exhibit_id in long),
    }
