"""A session of a wanted length, put together from the library.

Strength and stretches share the time; what was not done for longest comes first; where the length
allows for more than every movement once, they come round again. The same person on the same day
gets the same session: nothing is drawn.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from assistant.coach.commands import plan_of
from assistant.coach.plan import remaining_s
from assistant.coach.profile import Profile
from assistant.library import Group, Library
from assistant.library.models import Exercise, Routine, Step

SHARING = (Group.STRENGTH, Group.STRETCH)
"""The groups that share the time equally. Breathing is a session of its own."""
ROUNDS = 4
"""How often a movement comes at most."""
OPENING_S = 10.0
"""What is said before the first movement, seconds: name, length, the safety line (9.5 s by
espeak-ng)."""
NAMING_S = 4.0
"""What is said of each movement besides its setup, seconds: its name, the side, "say ready"
(3.4 to 3.9 s by espeak-ng)."""


def compose(
    library: Library,
    profile: Profile,
    length_s: float,
    *,
    id_: str,
    name: str,
    avoid: Collection[str] = (),
) -> Routine | None:
    """Compose a session that takes `length_s` seconds at most, or return None where no movement
    is so short.

    `avoid` are the movements to leave out; what `profile` says hurts is the caller's to name.
    """
    composer = _Composer(library, profile, avoid)
    chosen: list[Exercise] = []
    while (found := composer.next(chosen, length_s)) is not None:
        chosen.append(found)
    if not chosen:
        return None
    steps = tuple(Step(exercise=e.id) for e in _in_order(chosen))
    return Routine(id=id_, name=name, summary="Composed for the day.", steps=steps)


class _Composer:
    def __init__(self, library: Library, profile: Profile, avoid: Collection[str]) -> None:
        self._library = library
        self._profile = profile
        self._candidates = [
            e for e in library.exercises.values() if e.group in SHARING and e.id not in avoid
        ]
        self._length_s = {e.id: self.length_s([e]) - OPENING_S for e in self._candidates}

    def next(self, chosen: Sequence[Exercise], length_s: float) -> Exercise | None:
        """The movement to add, of the group that has had less time; None where none fits."""
        times = Counter(e.id for e in chosen)
        # What has waited longest, and no second round before the first is over.
        ranked = sorted(
            (
                e
                for e in self._candidates
                if times[e.id] < ROUNDS and e.group is self._behind(chosen)
            ),
            key=lambda e: (times[e.id], self._profile.progress.of(e.id).last_utc_s or 0.0),
        )
        fitting = (e for e in ranked if self.length_s(_in_order([*chosen, e])) <= length_s)
        return next(fitting, None)

    def _behind(self, chosen: Sequence[Exercise]) -> Group | None:
        spent = {
            group: sum(self._length_s[e.id] for e in chosen if e.group is group)
            for group in SHARING
        }
        present = [group for group in SHARING if any(e.group is group for e in self._candidates)]
        return min(present, key=lambda group: spent[group], default=None)

    def length_s(self, exercises: Sequence[Exercise]) -> float:
        """Length of a session of these, seconds, with the talk in it."""
        steps = tuple(Step(exercise=e.id) for e in exercises)
        routine = Routine(id="composed", name="composed", summary="Composed.", steps=steps)
        plan = plan_of(self._library, routine, self._profile)
        return OPENING_S + NAMING_S * len(steps) + remaining_s(plan, 0, {})


def _in_order(chosen: Sequence[Exercise]) -> list[Exercise]:
    """Strength before stretches, a round of each after the other: muscles stretch best warm."""
    times: Counter[str] = Counter()
    ranked: list[tuple[bool, int, int, Exercise]] = []
    for place, exercise in enumerate(chosen):
        is_stretch = exercise.group is Group.STRETCH
        ranked.append((is_stretch, times[exercise.id], place, exercise))
        times[exercise.id] += 1
    return [exercise for *_, exercise in sorted(ranked, key=lambda rank: rank[:3])]
