"""Every veto of every claim that is judged on estimates."""

from pilotzone.catalogue import Description, Exhibit
from pilotzone.claims import testable
from pilotzone.claims.studies import claims

EXHIBIT = Exhibit(
    title="Vetoes of the claims: second estimate, early zone, leads, size, influence",
    title_zh="各论断的否决检验：第二估计、提前设立、提前项、规模与影响",
    describe=Description(kind="claim_checks"),
    needs=testable.checked(claims()),
)
