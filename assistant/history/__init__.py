"""What is remembered from one start to the next: facts as text, in one file; no sound ever."""
