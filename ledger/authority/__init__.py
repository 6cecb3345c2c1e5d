"""Who may say, read, change and destroy what."""
