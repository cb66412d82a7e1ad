"""A whole door on one machine: a server, two kiosks, guests, and a network that fails in the middle."""
