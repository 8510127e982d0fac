"""What the regular mails of staff tell."""
