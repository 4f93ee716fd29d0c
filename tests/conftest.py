"""Puts this folder on the path: coach_rig.py serves several folders of tests."""

import gc
import os
from functools import lru_cache

from hypothesis import settings

# As `earshot` itself has it, before NumPy is loaded: more threads would only wait busily.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What is true is tried, not how fast it is: a shared machine may be ten times slower for a moment.
# In CI the examples are the same each time: it fails for what was changed. By hand they vary.
settings.register_profile("earshot", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("earshot")


def pytest_configure() -> None:
    """Take each of the 1,250 shipped sentences apart once: very many tests load them."""
    from assistant.nlu import templates

    templates.parse_sentence = lru_cache(maxsize=None)(templates.parse_sentence)


def pytest_collection_finish() -> None:
    """Leave alone what collecting made for lasting: Python's collector of cycles would go through
    it again and again, a twentieth of the coach's tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
