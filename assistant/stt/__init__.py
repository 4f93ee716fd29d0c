"""Recognisers: speech to transcripts, and the first rejection."""
