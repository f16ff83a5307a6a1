"""The lab: experiments on what the guide says, by subject. A file reads as what the guide says of it."""
