"""The files of an edition: JSON, CSV, XLSX and PDF."""
