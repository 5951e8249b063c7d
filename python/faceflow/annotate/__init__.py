"""``faceflow landmarks``: the landmarks of every frame, found, written and shown."""
