"""What runs in the student's notebook: the check, its panel, its words."""
