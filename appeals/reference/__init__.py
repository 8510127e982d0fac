"""Reference data of the city: as values for the rules, as text for administrators."""
