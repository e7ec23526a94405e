"""Reading and cleaning the official product list, without a database."""
