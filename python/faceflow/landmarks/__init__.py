"""Where landmarks come from: files made earlier, or detectors that look at the images."""
