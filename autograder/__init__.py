"""The grader: builds labs, checks what students wrote, grades whole classes in sandboxes. Nothing in it is secret."""
