"""How much the coach says: only beeps, as usual, and in detail again."""

from assistant.coach import answers
from assistant.coach.actions import DetailWanted, SetVolume, Tone
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.familiarity import is_faded
from assistant.coach.phases import Phase
from assistant.coach.prompts import Talk


def just_beeps(c: Coaching, _heard: Heard) -> None:
    """Tones, and names and sides where nothing else tells them. Pain, emergencies and answers are
    spoken as ever."""
    s = c.session
    s.prompts.talk = Talk.BEEPS
    match s.phase:
        case Phase.EXPLAINING:
            s.explain(s.segment.step)  # the name and the side are still needed
        case Phase.LEAD_IN | Phase.REST:
            pass  # the side may be in what is being said
        case _:
            s.hush()
    s.play(Tone.HEARD)


def talk_normally(c: Coaching, _heard: Heard) -> None:
    """The voice is on, and says as much as the settings want; more than beeps at least."""
    usual = c.usual_talk if c.usual_talk > Talk.BEEPS else Talk.NORMAL
    is_so = c.session.prompts.talk is usual and not c.muted
    c.session.prompts.talk = usual
    c.muted = False
    c.session.out.append(SetVolume(c.gain_db, c.muted))
    c.reply("as_it_is" if is_so else "talking_normally")


def voice_on(c: Coaching, heard: Heard) -> None:
    """Speech again, also after "just beeps"."""
    if c.session.prompts.talk is Talk.BEEPS:
        talk_normally(c, heard)
    else:
        answers.unmute(c, heard)


def more_detail(c: Coaching, heard: Heard) -> None:
    """Explain the movement under way in full again, where it has been left out by and by; else one
    level of talk more."""
    s = c.session
    exercise = s.step.exercise.id
    if not is_faded(s.prompts.times_done.get(exercise, 0)):
        answers.more_talking(c, heard)
        return
    s.record(DetailWanted(s.now, exercise))
    s.prompts.talk = max(s.prompts.talk, Talk.NORMAL)
    if s.phase in (Phase.EXPLAINING, Phase.WAITING):
        s.reply(s.prompts.setup(s.step))
    else:
        c.reply("talking_more")
