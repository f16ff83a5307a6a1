"""The selected preset as a form, or the saved study that is shown."""
