"""Landmarks whose motion is corrected by what the images show around them."""
