"""Training of what the package ships as numbers; needs the extra `train` and recordings."""
