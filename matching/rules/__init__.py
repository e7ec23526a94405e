"""Arithmetic on instances that needs neither the database nor the engine: changes, broken limits, figures."""
