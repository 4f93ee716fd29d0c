"""The pure core: what happened goes in, what is to be done comes out."""

from assistant.coach.coach import Coach, View

__all__ = ["Coach", "View"]
