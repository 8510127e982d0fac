"""What repeats: delivery, the sweep, the count of months, the files of editions, tidying."""
