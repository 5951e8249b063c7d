"""Whether a dataset is what its records say, and what it would take to mend it."""
