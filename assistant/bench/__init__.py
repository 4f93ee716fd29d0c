"""Benches: figures beside their targets; `earshot bench NAME`."""
