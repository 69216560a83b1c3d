"""The report: one line per check, everything that is wrong, nothing of clock or machine."""

import dataclasses

from pilotzone.audit import report
from pilotzone.audit.report import Check

GOOD = Check("inputs", "checksums", "18 files", measured="exactly 3.2e-13")
BAD = Check("drift", "a | b", "9 files", tuple(f"file {i}: changed" for i in range(25)))


def test_a_check_is_one_line_with_its_failures_below():
    assert report.terminal(GOOD) == "ok    inputs, checksums: 18 files; exactly 3.2e-13"
    lines = report.terminal(BAD).splitlines()
    assert lines[0] == "FAIL  drift, a | b: 9 files"
    assert lines[1] == "      file 0: changed"
    assert lines[-1] == "      and 5 more in output/audit.md"
    assert len(lines) == 2 + report.SHOWN


def test_the_file_holds_every_failure_and_nothing_measured():
    text = report.markdown([GOOD, BAD])
    assert "| ok | inputs | checksums | 18 files |" in text
    assert "\n\nFailed: drift, a | b.\n" in text
    assert text.count(": changed") == 25
    assert "3.2e-13" not in text
    assert report.markdown([GOOD]).endswith("\n\nNo check failed.\n")


def test_the_last_line_counts_and_the_file_does_not():
    assert report.closing([GOOD]) == "1 checks, none failed"
    assert report.closing([GOOD, BAD, GOOD]) == "3 checks, 1 failed: drift, a | b"
    other = dataclasses.replace(GOOD, measured="of another machine", compared=7)
    assert report.markdown([GOOD, other]) == report.markdown([GOOD, GOOD])
