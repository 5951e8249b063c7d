"""Pages with pictures and charts of what was made."""
