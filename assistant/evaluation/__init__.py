"""How well Earshot hears: recordings of people through the same path as a microphone."""
