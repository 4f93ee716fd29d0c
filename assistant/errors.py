"""One tree of errors; each names the offending value, where it stands, and the mend.

EarshotError
├── SettingsError     the settings file or a flag
├── LibraryError      an exercise, routine or line file
├── IntentsError      a sentence template
├── ModelError        a speech model's folder or download
├── RecogniserError   a recogniser cannot be loaded or refuses its grammar
├── VoiceError        no voice, or a line that could not be rendered
├── DeviceError       microphone or loudspeaker
├── VoiceprintError   a taught voice: its name or its file
├── TeachingError     a teaching session that came to nothing
├── HistoryError      the file of what was done cannot be read or written
├── ServiceError      the service cannot be installed, asked or removed
├── ScriptError       a rehearsal script
├── EvaluationError   a corpus or one of its recordings
└── EmergencyError    the user's command for emergencies
"""


class EarshotError(Exception):
    """Something a person can mend.

    `problem` says what is wrong and names the value; `place` is a file (with line or field), a
    flag or a device; `mend` is what to do. `str()` joins the three on one line.
    """

    exit_code = 2

    def __init__(self, problem: str, *, place: str = "", mend: str = "") -> None:
        self.problem = problem
        self.place = place
        self.mend = mend
        text = f"{place}: {problem}" if place else problem
        super().__init__(f"{text}. {mend}" if mend else text)


class SettingsError(EarshotError):
    """A wrong value in the settings file, the environment or a flag."""


class LibraryError(EarshotError):
    """A wrong exercise, routine or line file."""


class IntentsError(EarshotError):
    """A sentence template that cannot be used, or two that collide."""


class ModelError(EarshotError):
    """A speech model whose folder, download or checksum is wrong."""


class RecogniserError(EarshotError):
    """A recogniser that cannot be loaded or that refuses its grammar."""


class VoiceError(EarshotError):
    """No voice on this machine, or a line that could not be rendered."""


class DeviceError(EarshotError):
    """A microphone or loudspeaker that is missing or cannot be opened."""


class VoiceprintError(EarshotError):
    """A taught voice whose name cannot be one, or whose file is absent or of no use."""


class TeachingError(EarshotError):
    """A teaching session in which nothing was taught."""


class HistoryError(EarshotError):
    """A history that cannot be opened, read or written."""


class ServiceError(EarshotError):
    """A service that cannot be installed, asked or removed, or whose health cannot be read."""


class ScriptError(EarshotError):
    """A rehearsal script that cannot be followed."""


class EvaluationError(EarshotError):
    """A corpus that cannot be evaluated, or one of its recordings."""


class EmergencyError(EarshotError):
    """The user's command for emergencies cannot be run, fails, or takes too long."""
