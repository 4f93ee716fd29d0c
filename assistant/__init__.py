"""Earshot: an offline, hands-free voice coach for floor exercise."""

__version__ = "0.1.0"
