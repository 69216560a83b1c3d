"""What another program says about a number."""

import dataclasses

from pilotzone.errors import NotIdentified, UserError


@dataclasses.dataclass(frozen=True)
class Opinion:
    """A coefficient by another program.

    Attributes
    ----------
    program, exhibit, column, term : str
    estimate : float
    std_error : float or None
        None where the column's error is of another kind than the program's.
    required : bool
        Whether the output must hold this term; controls may be left out of it.
    """

    program: str
    exhibit: str
    column: str
    term: str
    estimate: float
    std_error: float | None = None
    required: bool = False

    @property
    def place(self) -> str:
        """Exhibit, column and term."""
        return f"{self.exhibit}: {self.column} / {self.term}"


@dataclasses.dataclass(frozen=True)
class Silence:
    """A column to which a program has nothing to say, and why.

    Attributes
    ----------
    exhibit, column, reason : str
    expected : bool
        False where the program should have had something to say and failed.
    """

    exhibit: str
    column: str
    reason: str
    expected: bool = True


# What a program or a design raises that cannot be fitted.
UNFIT = (UserError, NotIdentified, ValueError, ArithmeticError)


def unfit(exhibit: str, column: str, error: Exception) -> Silence:
    """Return the silence of a program that failed."""
    return Silence(exhibit, column, str(error).partition("\n")[0], expected=False)
