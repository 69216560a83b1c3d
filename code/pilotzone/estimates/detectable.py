"""What is meant by a detectable effect."""

from statistics import NormalDist

# Level of the two-sided test, and the share of draws that find the effect.
ALPHA, POWER = 0.05, 0.8
# So many standard deviations of its estimate an effect has that is found in as many normal draws.
NORMAL = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)
USUAL, COHORT = "two_way", "cohort:"
