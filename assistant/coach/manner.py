"""How the coach speaks, as it was asked for by voice: kept from one start to the next.

Volume, rate, level of talk, and which voice. A change of one is a fact, with what the settings said
at that time. Where they say something else at a later start it was changed there since, and that
counts.
"Mute" is not kept: a coach that starts mute seems broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.coach.actions import Action, SetRate, SetVoice, SetVolume, SpeakingSet
from assistant.coach.answers import GAINS_DB, RATES_WPM
from assistant.coach.profile import Profile
from assistant.coach.prompts import Talk


@dataclass(frozen=True, slots=True)
class Manner:
    """How the coach speaks."""

    rate_wpm: int
    talk: Talk
    voice: str = ""
    """By name; "" is the one that the settings name."""
    gain_db: float = 0.0

    def as_fact(self, at_s: float, usual: "Manner", usual_voice: str) -> SpeakingSet:
        """The fact that it is to be so; `usual` is what the settings say, `usual_voice` the name
        of the voice there."""
        return SpeakingSet(
            at_s,
            gain_db=self.gain_db,
            rate_wpm=self.rate_wpm,
            talk=self.talk,
            usual_rate_wpm=usual.rate_wpm,
            usual_talk=usual.talk,
            voice=self.voice,
            usual_voice=usual_voice,
        )

    def orders(self, usual: "Manner") -> list[Action]:
        """What a voice has to be told that speaks as the settings say."""
        ordered: list[Action] = []
        if self.gain_db != usual.gain_db:
            ordered.append(SetVolume(self.gain_db, speech_muted=False))
        if self.rate_wpm != usual.rate_wpm:
            ordered.append(SetRate(self.rate_wpm))
        if self.voice != usual.voice:
            ordered.append(SetVoice(self.voice))
        return ordered


def remembered(profile: Profile, usual: Manner, voices: Sequence[str] = ("",)) -> Manner:
    """As it was asked for before, but for what the settings say anew, and for what nobody can ask
    for: somebody may have edited the facts. `voices` are the names of those that can be asked for,
    the first that of the settings."""
    fact = profile.speaking
    if fact is None:
        return usual
    keeps_rate = fact.usual_rate_wpm == usual.rate_wpm and fact.rate_wpm in RATES_WPM
    keeps_voice = fact.usual_voice == voices[0] and fact.voice in voices[1:]
    keeps_talk = fact.usual_talk == usual.talk and fact.talk in list(Talk)
    return Manner(
        rate_wpm=fact.rate_wpm if keeps_rate else usual.rate_wpm,
        talk=Talk(fact.talk) if keeps_talk else usual.talk,
        voice=fact.voice if keeps_voice else usual.voice,
        gain_db=fact.gain_db if fact.gain_db in GAINS_DB else usual.gain_db,
    )
