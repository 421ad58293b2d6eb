"""The history of contacts. What other tables know is not repeated in it: see resolvers.query.history_sql."""
