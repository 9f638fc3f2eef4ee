"""The store that wraps the sessions of another store in EncryptedSession, and the encryption keys."""
