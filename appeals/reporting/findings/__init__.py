"""Findings besides the figures: hot topics, repeat filings, shared devices, anomalies."""
