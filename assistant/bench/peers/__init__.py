"""Other recognisers, each used as its own examples show, on the recordings that we are measured on.

They get what we get: the same samples, noise and rooms, the same quiet before and after, the same
counting. What is added to an example is only what any program around it has to do: leave out words
that the engine lacks, and count a text only where all of it is a phrase.
"""
