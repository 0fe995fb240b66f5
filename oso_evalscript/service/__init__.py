"""The service on your own machine: its Process, Statistical and Catalog APIs, answered from local data."""
