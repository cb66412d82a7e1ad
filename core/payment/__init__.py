"""What was paid for an order, and what becomes of the money, without any I/O."""
