"""Learning a user's voice: `earshot teach`, led by the coach's voice."""
