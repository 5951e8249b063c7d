"""What makes labels true, and says how true they are."""
