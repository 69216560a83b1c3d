"""What a check found, as a line on the terminal and in ``output/audit.md``."""

import dataclasses
from collections.abc import Sequence

# More failures of one check than this stand in the file only.
SHOWN = 20
NOTHING = "nothing was compared"


@dataclasses.dataclass(frozen=True)
class Check:
    """One check and what it found.

    Attributes
    ----------
    area, name : where it belongs and what it compares.
    summary : what was compared; the same on every machine.
    failures : what is wrong, each naming exhibit and cell, or file.
    measured : what differs from machine to machine or from run to run, for the terminal only.
    compared : how many things were compared, where that is counted; none is a failure.
    """

    area: str
    name: str
    summary: str
    failures: tuple[str, ...] = ()
    measured: str = ""
    compared: int | None = None

    def __post_init__(self) -> None:
        """Fail a check that compared nothing."""
        if self.compared == 0:
            object.__setattr__(self, "failures", (*self.failures, NOTHING))

    @property
    def passed(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.failures


def terminal(check: Check) -> str:
    """Return the line of a check, and below it what is wrong."""
    said = "; ".join(filter(None, (check.summary, check.measured)))
    lines = [f"{verdict(check):4}  {check.area}, {check.name}: {said}"]
    lines += [f"      {failure}" for failure in check.failures[:SHOWN]]
    if len(check.failures) > SHOWN:
        lines.append(f"      and {len(check.failures) - SHOWN} more in output/audit.md")
    return "\n".join(lines)


def verdict(check: Check) -> str:
    """Return one word."""
    return "ok" if check.passed else "FAIL"


def closing(checks: Sequence[Check]) -> str:
    """Return the last line on the terminal: how many checks there were and which failed."""
    failed = [check for check in checks if not check.passed]
    return f"{len(checks)} checks, {len(failed) or 'none'} failed{_names(failed)}"


def _names(failed: Sequence[Check]) -> str:
    return ": " * bool(failed) + ", ".join(f"{check.area}, {check.name}" for check in failed)


def markdown(checks: Sequence[Check]) -> str:
    """Return the report: a row for every check, then everything that is wrong.

    It holds no count and nothing of the machine, so that it is new only if a check is, or fails.
    """
    failed = [check for check in checks if not check.passed]
    rows = [
        f"| {verdict(check)} | {check.area} | {check.name} | {_cell(check.summary)} |"
        for check in checks
    ]
    parts = [
        "# Audit",
        "Written by `make audit` from `data/raw` and what lies in `output/`.",
        "\n".join(["| Result | Area | Check | Compared |", "| --- | --- | --- | --- |", *rows]),
        f"{'Failed' if failed else 'No check failed'}{_names(failed)}.",
    ]
    for check in checks:
        if check.failures:
            parts.append(f"## {check.area}, {check.name}")
            parts.append("\n".join(f"- {failure}" for failure in check.failures))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
