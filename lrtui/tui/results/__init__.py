"""The results table and the sentence that says who won."""
