"""The store with RedisSession, on a Redis server or on fakeredis in this process."""
