"""The citizens' pages: file an appeal, follow it, rate the answer."""
