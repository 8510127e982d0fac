"""Photos: decoding, storage, and filing with a move."""
