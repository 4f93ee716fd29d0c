"""What PortAudio had better not find among ALSA's devices.

It opens each of them to see what it can do. Debian's libasound2-plugins lists a Dolby encoder
there, and opening that brings FFmpeg: 76 libraries and 13 MB of memory that stay (VmRSS after
`import sounddevice`, 35 MB with it and 22 without, on x86-64).
"""

import contextlib
import ctypes

_UNWANTED = b"pcm.a52"


def leave_out_encoder() -> None:
    """Take the encoder out of ALSA's settings as this process has them; call it each time before
    PortAudio is initialised, which reads them anew. Does nothing where there is none, or no ALSA.
    """
    with contextlib.suppress(OSError, AttributeError, ValueError):
        alsa = ctypes.CDLL("libasound.so.2")
        if alsa.snd_config_update() < 0:
            return
        top = ctypes.c_void_p.in_dll(alsa, "snd_config")
        found = ctypes.c_void_p()
        if alsa.snd_config_search(top, _UNWANTED, ctypes.byref(found)) == 0:
            alsa.snd_config_delete(found)
