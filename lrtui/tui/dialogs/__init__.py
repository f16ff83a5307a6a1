"""What lies over the workbench for a moment: help, export, a question."""
