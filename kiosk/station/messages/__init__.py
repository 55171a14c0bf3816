"""All words a technician sees."""
