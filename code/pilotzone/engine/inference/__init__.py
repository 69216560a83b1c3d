"""The treatment's row under other kinds of inference: one module each, from the same arrays."""
