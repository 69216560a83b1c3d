"""How values are spread over units: inequality, convergence, density, transitions, coupling."""
