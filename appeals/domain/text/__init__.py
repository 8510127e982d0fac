"""What people type: cleaned before it is kept, folded before it is compared."""
