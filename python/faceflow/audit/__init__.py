"""How good the labels of a flow dataset are: anyone's, beside no flow and estimators."""
