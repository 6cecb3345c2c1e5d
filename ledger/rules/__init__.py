"""The rules of the sources as data: id, sentence and what they ask for; pure functions and tuples."""
