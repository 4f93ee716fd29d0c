"""The coach's voice: engines behind one port, a cache, and the tones."""
