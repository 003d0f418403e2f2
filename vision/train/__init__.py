"""Training rooms: readable programs that make the weights which ship; the only floor that changes a network."""
