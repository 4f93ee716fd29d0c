"""`earshot bench soak`: a day of a home in simulated time."""
