"""Which of the many phrases that mean the same a synthetic voice is to say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
import yaml

from assistant.coach.intents import Intent
from assistant.nlu.loading import shipped_dir


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws phrases so that each beginning comes as often, and of those that share one the short
    oftener: "hold on" is one of 31 phrases that pause, and what many people say."""

    groups: Sequence[tuple[Sequence[str], Sequence[float]]]
    """Phrases with the same first word, each with its share."""

    @classmethod
    def of(cls, phrases: Sequence[str]) -> "Drawing":
        """Make one for phrases, at least one."""
        by_beginning: dict[str, list[str]] = defaultdict(list)
        for phrase in phrases:
            by_beginning[phrase.split()[0]].append(phrase)
        groups = []
        for alike in by_beginning.values():
            weights = [2.0 ** -len(phrase.split()) for phrase in alike]
            groups.append((alike, [weight / sum(weights) for weight in weights]))
        return cls(groups)

    def draw(self, rng: np.random.Generator) -> str:
        """Draw one."""
        phrases, shares = self.groups[int(rng.integers(len(self.groups)))]
        return phrases[int(rng.choice(len(phrases), p=shares))]


def plain_texts(most: int, language: str = "en") -> Mapping[Intent, Sequence[str]]:
    """Return what most people say to mean each intent: its first texts in the tests of the
    sentences, `most` at the most, by turns from its groups of slots."""
    groups: dict[Intent, list[list[str]]] = defaultdict(list)
    for path in sorted((shipped_dir(language) / "tests").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in content.get("tests", []):
            groups[Intent(group["intent"])].append([str(text) for text in group["sentences"]])
    return {
        intent: [text for text in chain(*zip_longest(*lists)) if text is not None][:most]
        for intent, lists in groups.items()
    }
