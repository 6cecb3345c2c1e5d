"""Rights requests: which steps may be taken, what they do to the person's data, what may be withheld or taken along."""
