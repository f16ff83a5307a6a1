"""What the keys do: a class of action handlers per subject, each given what it acts on."""
