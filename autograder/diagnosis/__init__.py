"""From an answer to what is known of it; the same code in the notebook and in the grader."""
