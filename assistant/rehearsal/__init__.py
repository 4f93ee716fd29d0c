"""Rehearsals: a synthetic person talks to the real program in simulated time."""
