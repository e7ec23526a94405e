"""Numbers and addresses that identify organisations in Korea; plain Python, no Django."""
