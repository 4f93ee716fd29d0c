"""`earshot doctor`: says what is wrong with this machine, and how to mend it.

`finding.py` is what is found, `sound.py` the arithmetic on what was heard, `verdicts.py` what is
made of a measurement; none of them touches the machine. `machine.py`, `devices.py` and `parts.py`
look: one function a check. `examination.py` has them in their order.
"""
