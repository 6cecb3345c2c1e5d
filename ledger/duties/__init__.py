"""Who has to do what by when after data was shared, received or corrected."""
