"""Understanding: sentence templates become phrases, and a phrase becomes a command."""

from assistant.nlu.loading import load_phrasebook
from assistant.nlu.phrasebook import Phrasebook, weight

__all__ = ["Phrasebook", "load_phrasebook", "weight"]
