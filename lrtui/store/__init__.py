"""Study folders: written as training goes, readable at any moment."""
