"""What staff put with answers and notes: photos, documents, mentions."""
