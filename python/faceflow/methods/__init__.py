"""What takes two frames and gives a flow."""
