"""Questions that change nothing, and how the coach itself sounds."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from assistant.coach.actions import SetRate, SetVoice, SetVolume, Tone
from assistant.coach.commands import Coaching, Handler
from assistant.coach.events import Heard
from assistant.coach.phases import Phase
from assistant.coach.plan import Kind
from assistant.coach.prompts import Talk

PACES = (0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 2.0)
"""Factors on every rest and preparation that "faster" and "slower" step through."""
RATES_WPM = (110, 125, 140, 155, 170, 185, 195)
"""Rates of speech that "talk faster" and "talk slower" step through, words per minute. At 200 the
voice says a line of short words at 5.04 words a second; 5 is the most that can be followed."""
GAINS_DB = (-24.0, -18.0, -12.0, -6.0, 0.0, 6.0, 12.0)


def answer(name: str) -> Handler:
    """A handler that only says a line."""

    def say_line(c: Coaching, _heard: Heard) -> None:
        c.reply(name)

    say_line.__name__ = f"answer_{name}"
    return say_line


@dataclass(frozen=True, slots=True)
class Refusal:
    """A handler that says, by a line, why a command makes no sense as things stand."""

    line: str

    def __call__(self, c: Coaching, _heard: Heard) -> None:
        """Say the line."""
        c.reply(self.line)


def acknowledge(c: Coaching, _heard: Heard) -> None:
    """Show by a tone that it was heard; it is happening already, or there is nothing to say."""
    c.session.play(Tone.HEARD)


def list_routines(c: Coaching, _heard: Heard) -> None:
    """Name the routines."""
    names = c.session.prompts.choice(r.name for r in c.library.routines.values())
    c.reply("routines_are", routines=names)


# What was said, and how to do it --------------------------------------------------------------


def repeat(c: Coaching, _heard: Heard) -> None:
    """Say the movement's last instruction again."""
    if c.session.last_said:
        c.session.reply(c.session.last_said)
    else:
        c.reply("nothing_to_repeat")


def how_to(c: Coaching, _heard: Heard) -> None:
    """Say how to get into the movement."""
    c.session.reply(c.session.prompts.setup(c.session.step))


# Time and place -------------------------------------------------------------------------------


def time_left(c: Coaching, heard: Heard) -> None:
    """How much of what is under way is left, to the second."""
    s = c.session
    left = s.left_s
    if left is None:
        if s.phase is Phase.REP:
            c.reply("left_open")
        else:
            session_left(c, heard)
        return
    names = {
        Phase.LEAD_IN: "left_in_lead_in",
        Phase.REST: "left_in_rest",
        Phase.PAUSED: "left_paused",
    }
    line = names.get(s.phase, "left_in_hold")
    s.reply(s.prompts.say(line, duration=s.prompts.duration(left)), keeps=False)


def session_left(c: Coaching, _heard: Heard) -> None:
    """How much of the session is left, about."""
    s = c.session
    left = s.prompts.duration(s.session_left_s)
    s.reply(s.prompts.say("left_in_session", duration=left), keeps=False)


def reps_left(c: Coaching, _heard: Heard) -> None:
    """How many more pieces of work the movement has after this one."""
    s = c.session
    ahead = s.running.segments[s.index + 1 :]
    more = sum(1 for x in ahead if x.step == s.segment.step and x.kind is Kind.WORK)
    if more:
        c.reply("reps_left", count=more)
    else:
        c.reply("reps_left_last")


def which_set(c: Coaching, _heard: Heard) -> None:
    """Which set and which repetition."""
    x = c.session.segment
    c.reply("which_set", set=x.set_no, sets=x.sets, rep=x.rep_no, reps=x.reps)


def which_side(c: Coaching, _heard: Heard) -> None:
    """Which side."""
    side = c.session.segment.side
    if side is None:
        c.reply("no_sides")
    else:
        c.reply("which_side", side=side.value)


def which_exercise(c: Coaching, _heard: Heard) -> None:
    """Which movement."""
    c.reply("which_exercise", exercise=c.session.step.exercise.name)


def whats_next(c: Coaching, _heard: Heard) -> None:
    """Which movement comes next."""
    s = c.session
    step = s.segment.step + 1
    if step < len(s.running.steps):
        c.reply("next_is", exercise=s.running.steps[step].exercise.name)
    else:
        c.reply("last_movement")


# Volume, pace and talk ------------------------------------------------------------------------


_Number = TypeVar("_Number", int, float)


def _stepped(values: Sequence[_Number], now: _Number, up: bool) -> _Number:
    """The value after or before `now`; the same at the end of the row."""
    if up:
        return values[min(bisect_right(values, now), len(values) - 1)]
    return values[max(bisect_left(values, now) - 1, 0)]


def _volume(c: Coaching, up: bool) -> None:
    gain = _stepped(GAINS_DB, c.gain_db, up)
    if gain == c.gain_db:
        c.reply("volume_limit")
        return
    c.gain_db = gain
    c.session.out.append(SetVolume(c.gain_db, c.muted))
    c.session.play(Tone.HEARD)


def louder(c: Coaching, _heard: Heard) -> None:
    """6 dB louder; the tone that answers is the measure."""
    _volume(c, True)


def quieter(c: Coaching, _heard: Heard) -> None:
    """6 dB quieter."""
    _volume(c, False)


def mute(c: Coaching, _heard: Heard) -> None:
    """No more speech; the tones stay."""
    c.muted = True
    c.session.hush()
    c.session.out.append(SetVolume(c.gain_db, c.muted))
    c.session.play(Tone.HEARD)


def unmute(c: Coaching, _heard: Heard) -> None:
    """Speech again."""
    c.muted = False
    c.session.out.append(SetVolume(c.gain_db, c.muted))
    c.session.play(Tone.HEARD)


def _pace(c: Coaching, up: bool) -> None:
    pace = _stepped(PACES, c.session.pace, up)
    if pace == c.session.pace:
        c.reply("pace_limit")
        return
    c.session.set_pace(pace)
    c.reply("pace_slower" if up else "pace_faster")


def slower(c: Coaching, _heard: Heard) -> None:
    """Longer rests, from the next one on."""
    _pace(c, True)


def faster(c: Coaching, _heard: Heard) -> None:
    """Shorter rests, from the next one on."""
    _pace(c, False)


def _rate(c: Coaching, up: bool) -> None:
    s = c.session
    rate = _stepped(RATES_WPM, s.prompts.rate_wpm, up)
    if rate == s.prompts.rate_wpm:
        c.reply("as_it_is")
        return
    s.prompts.rate_wpm = rate
    s.out.append(SetRate(rate))
    _render_anew(c)
    c.reply("talk_faster" if up else "talk_slower")


def _render_anew(c: Coaching) -> None:
    """No line is as long as it was."""
    c.session.prompts.lengths_s.clear()
    if c.session.plan is not None:
        c.session.prepare()


def talk_slower(c: Coaching, _heard: Heard) -> None:
    """Speak slower."""
    _rate(c, False)


def talk_faster(c: Coaching, _heard: Heard) -> None:
    """Speak faster."""
    _rate(c, True)


def another_voice(c: Coaching, _heard: Heard) -> None:
    """Speak in the next voice; after the last comes the first."""
    prompts = c.session.prompts
    others = c.voices[1:]
    if not others:
        c.reply("as_it_is")
        return
    by_turns = ["", *others]  # the usual one has no name, so that it can be another by tomorrow
    prompts.voice = by_turns[(by_turns.index(prompts.voice) + 1) % len(by_turns)]
    c.session.out.append(SetVoice(prompts.voice))
    _render_anew(c)
    c.reply("another_voice")


def _talk(c: Coaching, up: bool) -> None:
    prompts = c.session.prompts
    level = min(max(prompts.talk + (1 if up else -1), Talk.QUIET), Talk.FULL)
    if level == prompts.talk:
        c.reply("as_it_is")
        return
    prompts.talk = Talk(level)
    c.reply("talking_more" if up else "talking_less")


def less_talking(c: Coaching, _heard: Heard) -> None:
    """One level of talk less."""
    _talk(c, False)


def more_talking(c: Coaching, _heard: Heard) -> None:
    """One level of talk more."""
    _talk(c, True)
