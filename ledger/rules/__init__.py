"""The rules of the sources as data: id, sentence and what they ask for; pure, and imported by nothing but decisions and views."""
