"""Understanding: sentence templates become phrases, and a phrase becomes a command."""

from assistant.nlu.phrasebook import Phrasebook, load_phrasebook, weight

__all__ = ["Phrasebook", "load_phrasebook", "weight"]
