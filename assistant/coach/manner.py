"""How the coach speaks, as it was asked for by voice: kept from one start to the next.

Volume, rate and level of talk. A change of one is a fact, with what the settings said at that
time. Where they say something else at a later start it was changed there since, and that counts.
"Mute" is not kept: a coach that starts mute seems broken.
"""

from dataclasses import dataclass

from assistant.coach.actions import Action, SetRate, SetVolume, SpeakingSet
from assistant.coach.answers import GAINS_DB, RATES_WPM
from assistant.coach.profile import Profile
from assistant.coach.prompts import Talk


@dataclass(frozen=True, slots=True)
class Manner:
    """How the coach speaks."""

    rate_wpm: int
    talk: Talk
    gain_db: float = 0.0

    def as_fact(self, at_s: float, usual: "Manner") -> SpeakingSet:
        """The fact that it is to be so; `usual` is what the settings say."""
        return SpeakingSet(
            at_s,
            gain_db=self.gain_db,
            rate_wpm=self.rate_wpm,
            talk=self.talk,
            usual_rate_wpm=usual.rate_wpm,
            usual_talk=usual.talk,
        )

    def orders(self, usual: "Manner") -> list[Action]:
        """What a voice has to be told that speaks as the settings say."""
        ordered: list[Action] = []
        if self.gain_db != usual.gain_db:
            ordered.append(SetVolume(self.gain_db, speech_muted=False))
        if self.rate_wpm != usual.rate_wpm:
            ordered.append(SetRate(self.rate_wpm))
        return ordered


def remembered(profile: Profile, usual: Manner) -> Manner:
    """As it was asked for before, but for what the settings say anew, and for what nobody can ask
    for: somebody may have edited the facts."""
    fact = profile.speaking
    if fact is None:
        return usual
    keeps_rate = fact.usual_rate_wpm == usual.rate_wpm and fact.rate_wpm in RATES_WPM
    keeps_talk = fact.usual_talk == usual.talk and fact.talk in list(Talk)
    return Manner(
        rate_wpm=fact.rate_wpm if keeps_rate else usual.rate_wpm,
        talk=Talk(fact.talk) if keeps_talk else usual.talk,
        gain_db=fact.gain_db if fact.gain_db in GAINS_DB else usual.gain_db,
    )
