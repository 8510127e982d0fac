"""Read models, named after the page that shows them."""
