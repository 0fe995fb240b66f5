"""Reports: each format is one file with one pure function from reports to text."""
