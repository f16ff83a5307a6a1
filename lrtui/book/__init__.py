"""What the sources claim and ask, each judged by one judge."""
