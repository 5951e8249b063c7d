"""Who runs the parts of work, and in which order: the same parts, wherever they run."""
