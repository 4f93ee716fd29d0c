"""What was asked and answered last, so that "tell me more", "yes" and "no" mean something."""

from dataclasses import dataclass

from assistant.coach.prompts import Parts

CHECK_OPEN_S = 20.0
"""How long "yes" and "no" answer a self-check, seconds from when it was asked: as long as a
question of the coach's own stays open."""


@dataclass
class Conversation:
    """The thread of questions and answers. Times are monotonic seconds."""

    is_asked: bool = False
    """Whether anything was asked that "tell me more" could be about."""
    rest: Parts = ()
    """Sentences of the last answer that were not said yet."""
    about: str | None = None
    """Id of the movement that they are about; None: of any time."""
    check_until_s: float = float("-inf")
    """Until when "yes" and "no" answer the self-check that was asked."""
    checks_asked: int = 0
    """How often a self-check was asked: they take turns."""

    def answered(self, rest: Parts, about: str | None) -> None:
        """A question was answered, but for `rest`; a self-check asked before is off."""
        self.is_asked, self.rest, self.about = True, rest, about
        self.check_until_s = float("-inf")

    def forget(self) -> None:
        """The movement that it was about is over."""
        self.is_asked, self.rest, self.about = False, (), None
