"""Whether what can be said can also be told apart: `earshot check`."""
