"""Which phrases of a grammar a model can serve."""

from collections.abc import Callable, Mapping, Sequence

from assistant.errors import RecogniserError
from assistant.stt.port import Grammar


class NoPhraseLeftError(RecogniserError):
    """A grammar of which a model can serve no phrase."""

    def __init__(self, missing: Sequence[str], *, place: str) -> None:
        self.missing = tuple(missing)
        """The words that the model lacks, sorted."""
        named = ", ".join(self.missing[:10])
        super().__init__(
            f"no phrase is left; the model lacks: {named}" if named else "the grammar is empty",
            place=place,
            mend="Use phrases of words that the model has, or another model.",
        )


def serviceable(
    grammar: Grammar, knows: Callable[[str], bool], *, place: str
) -> tuple[Mapping[str, int], Sequence[str]]:
    """Return the phrases whose words are all known, with weights, and the unknown words, sorted.

    Raises NoPhraseLeftError where no phrase is left.
    """
    words = {word for phrase in grammar.phrases for word in phrase.split()}
    missing = sorted(word for word in words if not knows(word))
    lacking = set(missing)
    served = {
        phrase: weight
        for phrase, weight in grammar.phrases.items()
        if phrase and lacking.isdisjoint(phrase.split())
    }
    if not served:
        raise NoPhraseLeftError(missing, place=place)
    return served, missing
