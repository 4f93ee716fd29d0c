"""A person who leads sessions by voice: starts one, and says what each phase waits for."""

from dataclasses import dataclass, field

import numpy as np

from assistant.coach.events import Heard
from assistant.coach.intents import Command
from assistant.coach.phases import INACTIVE, Phase
from assistant.nlu import Phrasebook
from assistant.rehearsal.speakers import VOICES, Speaker
from assistant.rehearsal.surroundings import Surroundings
from assistant.sound import SPEECH_RATE_HZ, Float32

BEGINNINGS = (
    "hey coach start the plank",
    "hey coach start the short routine",
    "hey coach start stretches",
)
"""What sessions are begun with, one after the other: of one movement, five minutes, and four."""

GO_ON = {
    Phase.WAITING: ("i'm ready", 2.0),
    Phase.PAUSED: ("carry on", 4.0),
    Phase.ASKING: ("no", 2.5),
}
"""What is said in a phase that waits for somebody, and after how many seconds."""

REP_DONE = ("done", 3.0)
"""The same in a repetition that nothing counts."""

ASIDES = ("how long left", "louder", "quieter", "pause", "ten more seconds", "what's next")
"""One of these is said in some holds."""

ASIDE_SHARE = 0.3
ASIDE_AFTER_S = 4.0

PATIENCE_S = 2.5
"""How long after its end an utterance may be understood."""

TRIES = 3
AGAIN_AFTER_S = 1.0
GIVEN_UP_S = 15.0
"""After so many tries the person waits for so long."""


@dataclass(slots=True)
class Utterance:
    """What is being said, or waits to be understood."""

    command: Command | None
    text: str
    samples: Float32
    """As it reaches the microphone, with the room's echoes; float32, 16 000 Hz."""
    starts_s: float
    ends_s: float


@dataclass(slots=True)
class Tally:
    """What was counted of a day."""

    commands: int = 0
    missed: list[str] = field(default_factory=list)
    """What was not understood the first time it was said."""
    taken: list[str] = field(default_factory=list)
    """What was understood where nobody had said it to the coach."""


class Person:
    """Leads one session at a time; keeps the score."""

    def __init__(
        self, phrasebook: Phrasebook, surroundings: Surroundings, seed: int, tally: Tally
    ) -> None:
        self._phrasebook = phrasebook
        self._surroundings = surroundings
        self._rng = np.random.default_rng(seed)
        self._tally = tally
        self._said = 0
        self._begun = 0
        self._beginning = BEGINNINGS[0]
        self._tries = 0
        self._pending = ""
        """What is to be said again."""
        self._free_at_s = 0.0
        self._aside_in: float | None = None
        """When the phase began in which an aside was said or left out."""
        self.now: Utterance | None = None
        self.is_leading = False
        self._has_begun = False

    def lead(self) -> None:
        """Begin a session as soon as possible."""
        self._beginning = BEGINNINGS[self._begun % len(BEGINNINGS)]
        self._begun += 1
        self.is_leading, self._has_begun, self._pending, self._tries = True, False, "", 0

    def join(self) -> None:
        """A session has begun that nobody wanted: lead it all the same."""
        self.is_leading, self._has_begun, self._pending, self._tries = True, True, "", 0

    def leave(self) -> None:
        """Give the session up."""
        self.is_leading, self._pending, self.now = False, "", None

    def due(self, t: float, phase: Phase, since_s: float, *, is_timed: bool) -> Utterance | None:
        """What the person begins to say at `t`, if anything."""
        if not self.is_leading or self.now is not None or t < self._free_at_s:
            return None
        if phase in INACTIVE:
            if self._has_begun:
                self.leave()
                return None
            text = self._beginning
        else:
            self._has_begun = True
            # A new phase asks for something else than what was not understood in the last one.
            text = self._fitting(t, phase, since_s, is_timed=is_timed)
        if not text:
            return None
        return self._say(text, t)

    def _fitting(self, t: float, phase: Phase, since_s: float, *, is_timed: bool) -> str:
        text, after_s = GO_ON.get(phase, ("", 0.0))
        if phase is Phase.REP and not is_timed:
            text, after_s = REP_DONE
        if text:
            return text if t >= since_s + after_s else ""
        if phase is Phase.HOLD and self._aside_in != since_s and t >= since_s + ASIDE_AFTER_S:
            self._aside_in = since_s
            if self._rng.random() < ASIDE_SHARE:
                return ASIDES[int(self._rng.integers(len(ASIDES)))]
        return ""

    def _say(self, text: str, t: float) -> Utterance:
        self._tries = self._tries + 1 if text == self._pending else 1
        self._pending = text
        if self._tries == 1:
            self._tally.commands += 1
        # A speaker of its own each time: one keeps what it said, and memory is watched here.
        clip = Speaker().speak(text, VOICES[self._said % len(VOICES)])
        self._said += 1
        samples = self._surroundings.speech(clip, self._said)
        length_s = len(clip.samples) / SPEECH_RATE_HZ
        command = self._phrasebook.parse(text)
        self.now = Utterance(command, text, samples, t, t + length_s)
        return self.now

    def hear_out(self, heard: Heard | None, t: float) -> None:
        """Compare what was understood at `t`, if anything, with what was said."""
        said = self.now
        if heard is None:
            if said is not None and t >= said.ends_s + PATIENCE_S:
                self._over(said, t, is_understood=False)
            return
        is_right = said is not None and Command(heard.intent, heard.slots) == said.command
        if not is_right:
            self._tally.taken.append(f"{heard.intent} for {said.text if said else 'nothing'!r}")
        if said is not None:
            self._over(said, t, is_understood=is_right)

    def _over(self, said: Utterance, t: float, *, is_understood: bool) -> None:
        self.now = None
        self._free_at_s = t + AGAIN_AFTER_S
        if is_understood:
            self._pending, self._tries = "", 0
            return
        if self._tries == 1:
            self._tally.missed.append(said.text)
        if self._tries >= TRIES:
            self._pending, self._tries = "", 0
            self._free_at_s = t + GIVEN_UP_S
