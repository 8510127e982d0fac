"""What is found beside the figures: hot topics, repeat filings, shared devices, anomalies."""
