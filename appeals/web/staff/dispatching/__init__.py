"""Work in the queues of the centre: the way back, the message after a move, several at once."""
