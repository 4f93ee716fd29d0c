"""`earshot bench resources`: what it takes to be always on."""
