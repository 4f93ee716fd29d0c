"""Puts this folder on the path: coach_rig.py serves several folders of tests."""
