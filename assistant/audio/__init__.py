"""Microphone, loudspeaker and the mixer between the coach and the loudspeaker.

The mixer, the sample clock and the WAV files need no sound hardware; `playback`, `capture` and
`devices` reach PortAudio, which they load only when a device is asked for.
"""
