"""Training runs: what they are made with, what they leave, and how they go on."""
