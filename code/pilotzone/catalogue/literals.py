"""What the names in a specification stand for: one place for all pages that ask."""

from pilotzone.catalogue.spec import CONTROLS, EFFECTS, SAMPLES, TIMINGS, Sample, Specification


def sample(named: str | Sample) -> Sample:
    """Return a sample by its name; one that stands in the literal is itself."""
    return SAMPLES[named] if isinstance(named, str) else named


def controls(named: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the variables of a set of controls; those that stand in the literal are themselves."""
    return CONTROLS[named] if isinstance(named, str) else named


def sample_of(literal: Specification) -> Sample:
    """Return the sample of a column."""
    return sample(literal.sample)


def panel_of(literal: Specification) -> str:
    """Return the panel of a column's sample."""
    return sample_of(literal).panel


def controls_of(literal: Specification) -> tuple[str, ...]:
    """Return the controls of a column."""
    return controls(literal.controls)


def effects_of(literal: Specification) -> tuple[str, ...]:
    """Return the effects of a column."""
    return EFFECTS[literal.effects]


def samples_in_order(names: object) -> list[str]:
    """Return the declared samples that are among ``names``, in the order of declaration."""
    return [name for name in SAMPLES if name in set(names)]


def coding_and_timing(literal: Specification) -> tuple[str, str]:
    """Return how a column's treatment is coded and by which rule it is dated."""
    coding, _, timing = literal.treatment.partition("__")
    return coding, timing or TIMINGS[0]


# A variant with this beginning leaves the cohort behind it out.
WITHOUT = "without_"


def cohort_left_out(literal: Specification) -> int | None:
    """Return the cohort that a column leaves out; None if it leaves none out."""
    rest = literal.variant.removeprefix(WITHOUT)
    return int(rest) if literal.variant.startswith(WITHOUT) and rest.isdigit() else None
