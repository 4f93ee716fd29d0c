"""Earshot on a shelf: a service of systemd's, its watchdog, its health and its logs."""
