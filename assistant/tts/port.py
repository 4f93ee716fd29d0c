"""What a voice is: the port that every synthesiser fits."""

from typing import Protocol

from assistant.sound import Clip


class Synthesiser(Protocol):
    """Turns a line of text into sound. Called from one thread at a time."""

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        """Return the spoken line, silence at both ends trimmed. `voice` is a name; "" is the one
        that it was made with.

        Raises VoiceError where the line cannot be rendered.
        """

    def close(self) -> None:
        """Free the engine."""
