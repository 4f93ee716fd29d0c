"""What helps to write a routine by hand: a commented template, and JSON Schemas for editors."""

import json
import re

from assistant.errors import LibraryError
from assistant.library.checks import Item
from assistant.library.models import IDENTIFIER_PATTERN, Routine

SCHEMA_FILE = "routine.schema.json"
"""Stands beside the routines in the user's folder."""
SCHEMA_COMMENT = f"# yaml-language-server: $schema={SCHEMA_FILE}"
"""Tells editors with that language server (VS Code, Neovim, Emacs) where the schema is."""

_TEMPLATE = """\
{schema}
# A routine of your own. It can be used as it stands. After a change:
#   earshot routines check {id}.yaml
#   earshot plan {id}.yaml --estimate

# The file's name without .yaml:
id: {id}
# What you say, after "start": words in small letters, no digits. Other ways to say it go here:
name: {name}
aliases: []
summary: A movement to hold, and one for both sides.

steps:
  # An exercise at a level, from 1, the easiest. "earshot routines show full" names all eight.
  - exercise: plank
    level: 1

  # An exercise with a dose of your own, in place of the level's.
  - exercise: bird_dog
    dose:
      hold_s: 5           # seconds; or hold_breaths: 3
      reps: 3             # on each side, where there are sides
      sides: alternate    # none, alternate (each rep), or per_set
      # first_side: right
      # sets: 2           # or the reps of each set: [5, 3, 1]
      # prepare_s: 5      # from "ready" to the start
      # reset_s: 3        # between two reps on a side
      # switch_s: 5       # between the sides
      # rest_s: 15        # between sets
      # rest_after_s: 10  # before the next movement

  # Repetitions instead of a hold, at a tempo; without one, each counts when you say "done".
  # - exercise: glute_bridge
  #   dose:
  #     mode: reps
  #     reps: 8
  #     tempo: {{up_s: 2, pause_s: 1, down_s: 2, reset_s: 1}}
"""


def routine_template(name: str) -> tuple[str, str]:
    """Id and text of a new routine's file, valid as it stands. `name` is what will be said, or an
    id. Raises LibraryError for a name that none can be made of."""
    spoken = " ".join(name.casefold().replace("_", " ").split())
    id_ = spoken.replace(" ", "_").replace("'", "")
    if not re.fullmatch(IDENTIFIER_PATTERN, id_) or any(c.isdigit() for c in spoken):
        raise LibraryError(
            f"{name!r} cannot be a routine's name",
            place="earshot routines new",
            mend="Use words of the letters a to z, such as 'evening stretch'; numbers in words.",
        )
    return id_, _TEMPLATE.format(schema=SCHEMA_COMMENT, id=id_, name=spoken)


def schema_text(kind: type[Item] = Routine) -> str:
    """The JSON Schema of a routine's or an exercise's file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema()}
    return json.dumps(schema, indent=2) + "\n"
