"""A demonstration that needs no data: one public-domain photograph, set in motion."""
