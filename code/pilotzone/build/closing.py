"""What stands at the end of a build: where to look, what was found, what to run next."""

import json
from collections import Counter
from pathlib import Path

from pilotzone.claims.facts import Verdict

LOOK, CHINESE, BOARD = "report.html", "report.zh.html", "claims.json"
NEXT = "next: make test (the tests), make audit (every number anew), make help (all targets)"


def lines(output: Path) -> list[str]:
    """Return three lines; the second counts the verdicts of the claims board in ``output``."""
    return [
        f"look: {output / LOOK}, in Chinese (中文) {output / CHINESE}",
        f"found: {found(json.loads((output / BOARD).read_text(encoding='utf-8')))}",
        NEXT,
    ]


def found(board: dict[str, list[dict[str, object]]]) -> str:
    """Return how many claims there are, and the verdicts on those that can be judged.

    A claim that several papers make on one regression counts once.
    """
    evidence = {(c["claim"], c["evidence"]["column"]): c["evidence"] for c in board["claims"]}
    judged = Counter(e["verdict"] for e in evidence.values() if e["estimate"] is not None)
    numbers = ", ".join(f"{verdict} {judged[verdict]}" for verdict in Verdict if judged[verdict])
    total, papers = judged.total(), {claim["study"]["number"] for claim in board["claims"]}
    return (
        f"{len(evidence)} claims of {len(papers)} papers, {total} can be judged on open figures: "
        f"{numbers or 'none'}"
    )
