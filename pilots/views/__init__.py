"""The pages: one module each for public rounds, suppliers' plans and institutions' applications."""
