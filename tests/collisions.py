"""Commands that sound alike and mean something else: told apart in text (tests/nlu) and on audio
(tests/e2e)."""

COLLISIONS = (
    ("hold on", "hold it"),
    ("hold on", "hold longer"),
    ("how long left", "left side"),
    ("go back", "my back hurts"),
    ("more rest", "next"),
    ("help", "help me"),
    ("stop", "finish"),
)
