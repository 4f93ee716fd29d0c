"""Answers that had no room when they were asked for, and are said at the next chance.

A question in the middle of a hold is acknowledged by a tone and answered in the rest that follows.
Several may be owed; each is said once, in the order of asking. What fits no rest of its movement is
said before the next movement is explained, or, where it is about the movement itself, dropped then:
it would confuse.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.coach.prompts import Parts

MOST_OWED = 3
"""Answers owed at a time; of more the oldest is dropped. A rest has room for one or two. Ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in its forms."""

    full: Parts
    brief: Parts = ()
    """What says it in fewer words; () where there are none."""
    is_of_movement: bool = True
    """Whether it means nothing once the movement is over."""

    @property
    def forms(self) -> tuple[Parts, ...]:
        """The ways to say it, the best first."""
        return (self.full, self.brief) if self.brief else (self.full,)


class Owed:
    """The answers that are owed, the oldest first."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []

    def add(self, answer: Answer) -> None:
        """Owe an answer; one that is owed already is not owed twice."""
        if answer not in self._answers:
            self._answers = [*self._answers, answer][-MOST_OWED:]

    def clear(self) -> None:
        """Owe nothing any more."""
        self._answers.clear()

    def choices(self) -> tuple[Parts, ...]:
        """What may be said of them in a gap, the best first: as many as possible, in full if
        possible."""
        return tuple(dict.fromkeys(self._choices()))

    def _choices(self) -> Iterator[Parts]:
        for count in range(len(self._answers), 0, -1):
            some = self._answers[:count]
            yield _joined(answer.full for answer in some)
            yield _joined(answer.forms[-1] for answer in some)

    def settle(self, said: Parts) -> None:
        """A prompt is going to be said: what it holds is owed no more."""
        self._answers = [a for a in self._answers if not any(_holds(said, f) for f in a.forms)]

    def take_all(self) -> Parts:
        """Everything that is owed, in full; nothing is owed any more."""
        answers, self._answers = self._answers, []
        return _joined(answer.full for answer in answers)

    def take_lasting(self) -> Parts:
        """The movement is over: what is owed and not about it; nothing is owed any more."""
        self._answers = [answer for answer in self._answers if not answer.is_of_movement]
        return self.take_all()


def _joined(all_parts: Iterator[Parts]) -> Parts:
    return tuple(part for parts in all_parts for part in parts)


def _holds(said: Parts, form: Parts) -> bool:
    width = len(form)
    return any(said[i : i + width] == form for i in range(len(said) - width + 1))
