"""How exactly sounds come: the coach on a real sound server, beside a timer of the usual kind."""
