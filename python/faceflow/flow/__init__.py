"""Flow: made from landmarks, shown, applied to images, compared."""
