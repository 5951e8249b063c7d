"""Methods that estimate flow, beside the flow of a dataset."""
