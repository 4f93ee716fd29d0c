"""Volume, rate and level of talk by voice: kept from one start to the next."""

from collections.abc import Sequence

from assistant.coach import Coach
from assistant.coach.actions import Record, SetRate, SetVoice, SetVolume, SpeakingSet
from assistant.coach.events import Heard, Tick
from assistant.coach.intents import Intent
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.prompts import Talk
from assistant.history.records import Remembered, as_row, remembered_of
from assistant.library import load_library, load_lines

LIBRARY, LINES = load_library(), load_lines("en")


VOICES = ("en-us", "en-gb", "en-us+f3")


def coach(
    profile: Profile = NOBODY,
    *,
    rate_wpm: int = 155,
    talk: Talk = Talk.FULL,
    voices: Sequence[str] = VOICES,
) -> Coach:
    return Coach(LIBRARY, LINES, rate_wpm=rate_wpm, talk=talk, voices=voices, profile=profile)


def facts_of(*intents: Intent) -> list[SpeakingSet]:
    told = coach()
    heard = (Heard(at=float(n), intent=intent) for n, intent in enumerate(intents))
    actions = [action for event in heard for action in told.handle(event)]
    records = [action.fact for action in actions if isinstance(action, Record)]
    return [fact for fact in records if isinstance(fact, SpeakingSet)]


def after(*intents: Intent) -> Profile:
    """What is known at the next start, read from how it is kept."""
    profile = NOBODY
    for fact in facts_of(*intents):
        (kept,) = remembered_of([as_row(Remembered(1.0, fact))])
        profile = profile.after(kept.fact, kept.at_utc_s)
    return profile


def orders(profile: Profile, **settings: object) -> list[object]:
    """What the voice is told at the first event, and only then."""
    begun = coach(profile, **settings)
    kinds = SetRate | SetVolume | SetVoice
    first = [x for x in begun.handle(Tick(at=0.0)) if isinstance(x, kinds)]
    assert not [x for x in begun.handle(Tick(at=1.0)) if isinstance(x, kinds)]
    return first


def test_what_was_asked_for_by_voice_is_so_at_the_next_start() -> None:
    profile = after(Intent.QUIETER, Intent.TALK_SLOWER, Intent.LESS_TALKING)
    assert orders(profile) == [SetVolume(-6.0, speech_muted=False), SetRate(140)]
    fact = facts_of(Intent.QUIETER, Intent.TALK_SLOWER, Intent.LESS_TALKING)[-1]
    assert (fact.gain_db, fact.rate_wpm, fact.talk) == (-6.0, 140, Talk.NORMAL)


def test_only_beeps_stay_only_beeps() -> None:
    assert facts_of(Intent.JUST_BEEPS)[-1].talk == Talk.BEEPS


def test_a_step_goes_on_from_where_it_was_left() -> None:
    begun = coach(after(Intent.QUIETER))
    volumes = [
        x
        for at_s in (0.0, 1.0)
        for x in begun.handle(Heard(at=at_s, intent=Intent.QUIETER))
        if isinstance(x, SetVolume)
    ]
    assert [x.gain_db for x in volumes] == [-6.0, -12.0, -18.0]


def test_a_later_change_in_the_settings_counts() -> None:
    profile = after(Intent.TALK_SLOWER)
    assert orders(profile, rate_wpm=155) == [SetRate(140)]
    assert orders(profile, rate_wpm=170) == []


def test_another_voice_stays_until_the_settings_name_one_or_it_is_gone() -> None:
    profile = after(Intent.ANOTHER_VOICE, Intent.ANOTHER_VOICE)
    assert orders(profile) == [SetVoice("en-us+f3")]
    assert orders(profile, voices=("en-gb", "en-us", "en-us+f3")) == []
    assert orders(profile, voices=("en-us", "en-gb")) == []
    back = after(Intent.ANOTHER_VOICE, Intent.ANOTHER_VOICE, Intent.ANOTHER_VOICE)
    assert orders(back) == []


def test_mute_is_not_kept_and_what_changes_nothing_is_no_fact() -> None:
    assert facts_of(Intent.MUTE, Intent.UNMUTE, Intent.MORE_TALKING) == []


def test_somebody_of_whom_nothing_is_known_is_spoken_to_as_the_settings_say() -> None:
    assert orders(NOBODY) == []


def test_what_nobody_can_ask_for_is_passed_over() -> None:
    edited = SpeakingSet(
        0.0,
        1e9,
        10**6,
        talk=9,
        usual_rate_wpm=155,
        usual_talk=3,
        voice="robot",
        usual_voice="en-us",
    )
    assert orders(NOBODY.after(edited, 0.0)) == []
