"""What the rules see of a command, and what comes of it: findings, answers to proposals, overdue duties."""
