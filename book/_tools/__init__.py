"""What makes the book and holds its chapters to account: `python -m book._tools.lint 01`, and so on."""
