"""Terms that a price of any charge model may have: before the model, in its units, and on its amount."""
