"""Compare every record of one table with every record of another."""
