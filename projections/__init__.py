"""What we can say now; all of it may be dropped and made again from the events."""
