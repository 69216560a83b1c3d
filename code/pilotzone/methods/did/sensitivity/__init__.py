"""Event studies under bounded violations of parallel trends (Rambachan and Roth 2023).

An event study estimates β = (β_pre, β_post) with β = (0, τ_post) + δ: effects after treatment plus
a difference in trends δ, δ = 0 at the reference period. Parallel trends say δ_post = 0. Here δ lies
in a set instead, and the interval covers θ = l'τ_post for every δ in it:

* smoothness, Δ^SD(M): the slope of δ changes by at most M from one period to the next;
* relative magnitudes, Δ^RM(M̄): a step of δ after the reference period is at most M̄ times the
  largest step before it.

Source: Rambachan, A. and J. Roth (2023), A more credible approach to parallel trends, Review of
Economic Studies 90, 2555-2591.
"""
