"""The heap of a process that starts quickly and then runs for months.

Python's collector of cycles rests while a start makes some 700,000 objects, nearly all of which
stay: it took a fifth of the start's processor time. Afterwards it leaves them alone.

glibc's heap is told to give back what is freed.

While models are loaded, large pieces of memory come and go. Each that is freed raises the size up
to which glibc takes memory from its heap instead of mapping it, and the heap keeps holes: making a
listener took 155 MB at the most, with fixed thresholds 134 (VmHWM, then with ONNX Runtime).
"""

import ctypes
import gc
import logging
import platform

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_SETTINGS = {
    _M_MMAP_THRESHOLD: 128 * 1024,  # glibc's own first value; to set it is what fixes it
    _M_TRIM_THRESHOLD: 128 * 1024,
    _M_ARENA_MAX: 2,  # else each thread may get one, with holes of its own
}

_log = logging.getLogger(__name__)


def keep_small() -> None:
    """Fix the thresholds, for the rest of the process. Does nothing where libc is not glibc."""
    libc = _glibc()
    if libc is None:
        return
    for parameter, value in _SETTINGS.items():
        if libc.mallopt(parameter, value) != 1:
            _log.debug("mallopt(%d, %d) was refused", parameter, value)


def rest_collector() -> None:
    """Leave cycles uncollected until `settle`."""
    gc.disable()


def settle() -> None:
    """The start is over: take what it made for lasting, give back what is free. A millisecond: to
    collect here would hold up every thread for 0.1 s, and the loudspeaker's would run dry."""
    gc.freeze()
    gc.enable()
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
