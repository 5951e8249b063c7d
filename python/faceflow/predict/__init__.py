"""Flow of neighbouring frames by any method, into files: what ``faceflow predict`` does."""
