"""Tables in every format, reports, plots for the terminal and for files."""
