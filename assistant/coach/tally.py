"""What was done: short spoken answers from the history."""

from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.profile import PastPain, PastSession
from assistant.coach.progress import MILD_PAIN

DAY_S = 86_400.0
WEEK_S = 7 * DAY_S
TREND_S = 14 * DAY_S
"""Pain is compared over two weeks and the two before."""
CHANGED_BY = 0.5
"""From such a difference of the average pain it is called better or worse."""


def _days(c: Coaching, sessions: tuple[PastSession, ...]) -> set[int]:
    """The local days of sessions, counted from 1970."""
    offset_s = 0.0 if c.clock is None else c.clock.utc_offset_s
    return {int((s.ended_utc_s + offset_s) // DAY_S) for s in sessions}


def week(c: Coaching, _heard: Heard) -> None:
    """How many sessions in the last seven days, on how many days."""
    since = c.utc_s - WEEK_S
    sessions = tuple(s for s in c.profile.sessions if since < s.ended_utc_s <= c.utc_s)
    if not sessions:
        c.reply("week_none")
        return
    count = c.session.prompts.count
    days = count("day", len(_days(c, sessions)))
    c.reply("week", sessions=count("session", len(sessions)), days=days)


def streak(c: Coaching, _heard: Heard) -> None:
    """How many days in a row, up to today or yesterday: today is not over yet."""
    days = _days(c, c.profile.sessions)
    offset_s = 0.0 if c.clock is None else c.clock.utc_offset_s
    today = int((c.utc_s + offset_s) // DAY_S)
    last = today if today in days else today - 1
    length = 0
    while last - length in days:
        length += 1
    if length:
        c.reply("streak", days=c.session.prompts.count("day", length))
    else:
        c.reply("streak_none")


def pain_trend(c: Coaching, _heard: Heard) -> None:
    """The average of each session's worst pain in two weeks, beside the two weeks before."""
    now_s = c.utc_s
    recent = _average_pain(c, now_s - TREND_S, now_s)
    before = _average_pain(c, now_s - 2 * TREND_S, now_s - TREND_S)
    if recent is None or before is None:
        c.reply("pain_unknown")
    elif recent == 0.0:
        c.reply("pain_none")
    elif abs(recent - before) < CHANGED_BY:
        c.reply("pain_same", now=round(recent))
    else:
        line = "pain_better" if recent < before else "pain_worse"
        c.reply(line, now=_tenths(recent), before=_tenths(before))


def _average_pain(c: Coaching, from_utc_s: float, to_utc_s: float) -> float | None:
    """Average over the sessions of a time of the worst pain in each, 0 where none was told; None
    where there was no session."""
    worst: list[int] = []
    before_s = 0.0
    for session in c.profile.sessions:
        ended_s = session.ended_utc_s
        if from_utc_s < ended_s <= to_utc_s:
            told = [p for p in c.profile.pains if before_s < p.at_utc_s <= ended_s]
            worst.append(max(map(_score, told), default=0))
        before_s = ended_s
    return sum(worst) / len(worst) if worst else None


def _score(pain: PastPain) -> int:
    """Its number; without one it counts as more than mild."""
    return MILD_PAIN + 1 if pain.score is None else pain.score


def _tenths(value: float) -> str:
    """A number as it is said: "3", "2.5"."""
    return f"{round(value, 1):g}"


def longest_hold(c: Coaching, heard: Heard) -> None:
    """The longest hold of a movement, or of all."""
    exercises = c.library.exercises
    progress = c.profile.progress
    names = [heard.slots.exercise] if heard.slots.exercise else list(exercises)
    best = max(names, key=lambda name: progress.of(name).longest_s, default=None)
    longest_s = 0.0 if best is None else progress.of(best).longest_s
    if best is None or longest_s <= 0.0:
        c.reply("longest_none")
        return
    duration = c.session.prompts.duration(longest_s)
    line = "longest" if heard.slots.exercise else "longest_any"
    c.reply(line, exercise=exercises[best].name, duration=duration)
