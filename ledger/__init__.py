"""What happened, whether it was allowed, and proof."""
