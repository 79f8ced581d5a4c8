"""First run: from an empty data folder to the first premises."""
