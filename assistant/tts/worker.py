"""The process in which pyttsx3 runs: orders as JSON lines on stdin, replies as lines on stdout.

`pyttsx3_engine` starts this file as a script, so that nothing but the standard library and pyttsx3
is loaded (about 20 MB). It renders one utterance at a time, because pyttsx3 2.99 over espeak-ng
goes wrong in these ways, each of them met here:

* A rate set just before an utterance is lost in about half of all tries. espeak-ng queues the
  change; pyttsx3 then finds the engine "playing" and cancels what is queued. Waiting until the
  queue is empty (`Synchronize`) mends it: 400 of 400 right.
* The same cancellation can cut an utterance short or leave a WAV of 44 bytes. So the event
  "finished-utterance" is awaited, and one with completed=False counts as a failure.
* The very first `runAndWait` returns before the sound is finished. An empty one goes first.
* Errors inside the engine do not raise; they come as "error" events.
* It prints a line for every file. stdout is therefore kept for replies and hidden from it.
* `espeak_SetVoiceByName` takes neither "en-gb" nor the names in its own list, and it accepts any
  variant after "+". Names are looked up in the list, and the outcome is read back.
"""

import contextlib
import difflib
import importlib
import json
import os
import queue
import shutil
import sys
import threading
from typing import Any, TextIO

_FINISH_LIMIT_S = 5.0  # after runAndWait came back; commonly the event is there already


class OrderError(Exception):
    """An order that cannot be carried out; `kind` tells the parent what to make of it."""

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(problem)
        self.kind = kind


class Voice:
    """pyttsx3's engine, set to one voice. Owned by the main thread."""

    def __init__(self, name: str) -> None:
        try:
            pyttsx3: Any = importlib.import_module("pyttsx3")
            self._engine = pyttsx3.init("espeak")
            self._espeak: Any = importlib.import_module("pyttsx3.drivers._espeak")
        except (ImportError, OSError, RuntimeError) as error:
            raise OrderError("missing", str(error)) from error
        self._finished = threading.Event()
        self._outcomes: list[bool | Exception] = []
        self._engine.connect("finished-utterance", self._on_finished)
        self._engine.connect("error", self._on_error)
        self._engine.runAndWait()
        self.voice_id = self._choose(name)

    def _on_finished(self, name: str | None, completed: bool) -> None:
        del name
        self._outcomes.append(completed)
        self._finished.set()

    def _on_error(self, name: str | None, exception: Exception) -> None:
        del name
        self._outcomes.append(exception)
        self._finished.set()

    def _choose(self, wanted: str) -> str:
        base, plus, variant = wanted.lower().partition("+")
        names: dict[str, str] = {}
        for voice in self._engine.getProperty("voices"):
            for alias in (voice.id, voice.name.lower(), *voice.languages, voice.id.split("/")[-1]):
                names.setdefault(alias, voice.id)
        if base not in names:
            near = difflib.get_close_matches(base, names, n=5, cutoff=0.5)
            raise OrderError("voice", ", ".join(near or sorted(n for n in names if n[:2] == "en")))
        chosen = names[base] + plus + wanted.partition("+")[2]
        self._engine.setProperty("voice", chosen)
        self._espeak.Synchronize()
        if self._engine.getProperty("voice") != names[base] + plus + variant:
            raise OrderError("voice", f"{base}, {base}+f3, {base}+m3")
        return chosen

    def save(self, text: str, rate_wpm: int, path: str) -> None:
        """Write the spoken text as a WAV of int16 mono. Raises OrderError."""
        self._finished.clear()
        self._outcomes.clear()
        self._engine.setProperty("rate", rate_wpm)
        self._espeak.Synchronize()
        self._engine.save_to_file(text, path)
        self._engine.runAndWait()
        if not self._finished.wait(_FINISH_LIMIT_S):
            raise OrderError("sound", "the engine did not say that it had finished")
        if self._outcomes != [True]:
            raise OrderError("sound", f"the engine broke off ({self._outcomes})")


def _read_orders(orders: "queue.SimpleQueue[dict[str, Any]]", folder: str) -> None:
    """Pass on orders; when the parent is gone, however it went, tidy up and end the process."""
    for line in sys.stdin:
        orders.put(json.loads(line))
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # the main thread may hang inside espeak-ng


def _serve(voice: Voice, orders: "queue.SimpleQueue[dict[str, Any]]", replies: TextIO) -> None:
    while True:
        order = orders.get()
        try:
            voice.save(order["text"], order["rate_wpm"], order["path"])
        except OrderError as error:
            _reply(replies, {"kind": error.kind, "problem": str(error)})
        else:
            _reply(replies, {"kind": "done"})


def _reply(replies: TextIO, reply: dict[str, str]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def main(voice_name: str, folder: str) -> None:
    """Serve orders until stdin ends; `folder` is removed then."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - pathlib costs memory
        os.dup2(nowhere.fileno(), 1)
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders, folder), daemon=True).start()
    try:
        voice = Voice(voice_name)
    except OrderError as error:
        _reply(replies, {"kind": error.kind, "problem": str(error)})
        return
    _reply(replies, {"kind": "ready", "voice": voice.voice_id})
    with contextlib.suppress(BrokenPipeError):
        _serve(voice, orders, replies)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
