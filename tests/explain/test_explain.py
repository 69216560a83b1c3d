"""``make check`` and ``make trace``: one line and status 2 for what cannot be answered."""

import pytest

import explain


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["--check", ""], "explain: name an exhibit: EXHIBIT=id"),
        (["--trace", "", ""], "explain: name an exhibit: EXHIBIT=id"),
        (["--check", "bees"], "explain: no exhibit 'bees'"),
        (["--trace", "did_baseline", ""], "explain: 'did_baseline' has no column ''"),
    ],
)
def test_what_cannot_be_answered(argv, line, capsys):
    assert explain.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_answers(capsys):
    assert explain.main(["--check", "did_baseline"]) == 0
    assert capsys.readouterr().out == "did_baseline: complete\n"
    assert explain.main(["--trace", "did_baseline", "nqp:zone_first:none"]) == 0
    assert "output/tables/did_baseline.docx" in capsys.readouterr().out
