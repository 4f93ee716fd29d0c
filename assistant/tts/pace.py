"""A bound on how fast a line is spoken, whatever rate is set.

An engine's words per minute are an average over long texts: a line of short words comes out much
faster. espeak-ng at 200 words a minute says "I will tell you all of it" at 6.5 words a second.
"""

from assistant.sound import Clip
from assistant.tts.port import Synthesiser

MOST_WORDS_PER_S = 5.0
"""More cannot be followed while moving, seconds of speech without the silence around it. Ours."""

LEAST_RATE_WPM = 80
"""As slow as an engine is asked to be."""

_MARGIN = 0.97  # an engine's length does not follow its rate exactly
_TRIES = 4


class PacedVoice:
    """A `Synthesiser` that renders a line again, slower, where it came out too fast."""

    def __init__(self, synthesiser: Synthesiser) -> None:
        self._synthesiser = synthesiser

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        """Return the spoken line, at `rate_wpm` or slower. Raises VoiceError."""
        clip = self._synthesiser.render(text, rate_wpm=rate_wpm, voice=voice)
        for _ in range(_TRIES):
            excess = words_per_s(text, clip) / MOST_WORDS_PER_S
            if excess <= 1.0 or rate_wpm <= LEAST_RATE_WPM:
                break
            rate_wpm = max(LEAST_RATE_WPM, int(rate_wpm * _MARGIN / excess))
            clip = self._synthesiser.render(text, rate_wpm=rate_wpm, voice=voice)
        return clip

    def close(self) -> None:
        """Free the engine."""
        self._synthesiser.close()


def words_per_s(text: str, clip: Clip) -> float:
    """Words of a line over its length, silence at its ends trimmed."""
    return len(text.split()) / clip.duration_s if clip.duration_s > 0 else 0.0
