"""What is true after a history: of a customer, a rights request, the registers; pure folds over events."""
