"""Generation: from folders of images and landmarks to a dataset of flow."""
