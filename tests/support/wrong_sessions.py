"""A session class that keeps every rule of the contract, and classes that each do one thing wrong."""

import asyncio
import copy
import sys
import threading


def is_text(item):
    return isinstance(item.get("content"), str)


class RightSession:
    """Keeps its items in a dictionary of lists, which all handles share."""

    session_settings = None

    def __init__(self, session_id, storage):
        self.session_id, self.storage = session_id, storage

    @property
    def items(self):
        return self.storage.setdefault(self.session_id, [])

    def newest(self, limit):
        return self.items if limit is None else self.items[max(0, len(self.items) - limit) :]

    async def get_items(self, limit=None):
        return copy.deepcopy(self.newest(limit))

    async def add_items(self, items):
        self.items.extend(copy.deepcopy(items))

    async def pop_item(self):
        return self.items.pop() if self.items else None

    async def clear_session(self):
        self.storage.pop(self.session_id, None)


class NoSettings:
    """RightSession without session_settings: the runner takes it, isinstance() does not."""

    __init__, items, newest = RightSession.__init__, RightSession.items, RightSession.newest
    get_items, add_items = RightSession.get_items, RightSession.add_items
    pop_item, clear_session = RightSession.pop_item, RightSession.clear_session


class NotAsync(RightSession):
    def get_items(self, limit=None):
        return copy.deepcopy(self.newest(limit))


class PrefixesItsId(RightSession):
    def __init__(self, session_id, storage):
        super().__init__(f"user:{session_id}", storage)


class BeginsWithAGreeting(RightSession):
    async def get_items(self, limit=None):
        return await super().get_items(limit) or [{"role": "assistant", "content": "Hello."}]


class NewestFirst(RightSession):
    async def get_items(self, limit=None):
        return (await super().get_items(limit))[::-1]


class ReturnsATuple(RightSession):
    async def get_items(self, limit=None):
        return tuple(await super().get_items(limit))


class KeepsTheLastOfABatch(RightSession):
    async def add_items(self, items):
        await super().add_items(items[-1:])


class KeepsTheLastBatch(RightSession):
    async def add_items(self, items):
        self.storage[self.session_id] = copy.deepcopy(items)


class ReversesBatches(RightSession):
    async def add_items(self, items):
        await super().add_items(items[::-1])


class FailsOnAnEmptyBatch(RightSession):
    async def add_items(self, items):
        assert items, "nothing to add"
        await super().add_items(items)


class ThreeWithoutLimit(RightSession):
    async def get_items(self, limit=None):
        return await super().get_items(3 if limit is None else limit)


class IfLimit(RightSession):
    async def get_items(self, limit=None):
        return await super().get_items(limit if limit else None)


class OldestN(RightSession):
    async def get_items(self, limit=None):
        return copy.deepcopy(self.items[:limit])


class NamesItCount(RightSession):
    async def get_items(self, count=None):
        return await super().get_items(count)


class PopsTheOldest(RightSession):
    async def pop_item(self):
        return self.items.pop(0) if self.items else None


class PeeksAtTheNewest(RightSession):
    async def pop_item(self):
        return copy.deepcopy(self.items[-1]) if self.items else None


class RaisesOnEmptyPop(RightSession):
    async def pop_item(self):
        return self.items.pop()


class ClearsNothing(RightSession):
    async def clear_session(self):
        pass


class KeepsTextOnly(RightSession):
    async def add_items(self, items):
        await super().add_items([item if is_text(item) else item | {"content": "?"} for item in items])


class LosesUnicode(RightSession):
    async def add_items(self, items):
        await super().add_items([ascii_only(item) if is_text(item) else item for item in items])


def ascii_only(item):
    return item | {"content": item["content"].encode("ascii", "ignore").decode()}


class CutsAt64K(RightSession):
    async def add_items(self, items):
        await super().add_items(
            [item | {"content": item["content"][:65_536]} if is_text(item) else item for item in items]
        )


class ReturnsItsList(RightSession):
    async def get_items(self, limit=None):
        return self.newest(limit)


class ReturnsItsItems(RightSession):
    async def get_items(self, limit=None):
        return list(self.newest(limit))


class KeepsTheGivenItems(RightSession):
    async def add_items(self, items):
        self.items.extend(items)


class KeepsUsersOnly(RightSession):
    async def add_items(self, items):
        await super().add_items([item for item in items if item.get("role") != "assistant"])


class SharesIds(RightSession):
    @property
    def items(self):
        return self.storage.setdefault("everybody", [])

    async def clear_session(self):
        self.storage.clear()


class FoldsIds(RightSession):
    def __init__(self, session_id, storage):
        super().__init__(session_id, storage)
        self.key = session_id.casefold()

    @property
    def items(self):
        return self.storage.setdefault(self.key, [])

    async def clear_session(self):
        self.storage.pop(self.key, None)


class ClearsByPrefix(RightSession):
    async def clear_session(self):
        for session_id in [name for name in self.storage if name.startswith(self.session_id)]:
            del self.storage[session_id]


class CutsIdsAt255(FoldsIds):
    def __init__(self, session_id, storage):
        super().__init__(session_id, storage)
        self.key = session_id[:255]


class LastWriterWins(RightSession):
    async def add_items(self, items):
        before = list(self.items)
        await asyncio.sleep(0)
        self.storage[self.session_id] = before + copy.deepcopy(items)


class BusyWhenAdding(RightSession):
    adding = False

    async def add_items(self, items):
        if self.adding:
            raise RuntimeError("the session is\n\x1b[31mbusy")
        self.adding = True
        await asyncio.sleep(0)
        self.adding = False
        await super().add_items(items)


class ReadsOnce(RightSession):
    """Every handle keeps the items that it found when it was made."""

    def __init__(self, session_id, storage):
        super().__init__(session_id, storage)
        self.own = list(super().items)

    @property
    def items(self):
        return self.own

    async def add_items(self, items):
        await super().add_items(items)
        self.storage[self.session_id] = list(self.own)

    async def clear_session(self):
        self.own.clear()
        await super().clear_session()


class UpsertsById(RightSession):
    async def add_items(self, items):
        for item in copy.deepcopy(items):
            same = [at for at, stored in enumerate(self.items) if "id" in item and stored.get("id") == item["id"]]
            if same:
                self.items[same[0]] = item
            else:
                self.items.append(item)


class SkipsWhatItHas(RightSession):
    async def add_items(self, items):
        for item in copy.deepcopy(items):
            if item not in self.items:
                self.items.append(item)


class KeepsKnownTypes(RightSession):
    async def add_items(self, items):
        known = ("message", "function_call", "function_call_output", "reasoning", "custom")
        await super().add_items([item for item in items if "role" in item or item.get("type") in known])


class ReturnsAHundred(RightSession):
    async def get_items(self, limit: int = 100):
        return await super().get_items(limit)


class ReturnsAHundredOfAll(RightSession):
    """The same, but None returns all."""

    async def get_items(self, limit: int | None = 100):
        return await super().get_items(limit)


class KeepsForty(RightSession):
    async def add_items(self, items):
        await super().add_items(items)
        del self.items[:-40]


class DropsTheSystem(RightSession):
    async def add_items(self, items):
        await super().add_items([item for item in items if item.get("role") not in ("system", "developer")])


class PopsPairs(RightSession):
    async def pop_item(self):
        item = await super().pop_item()
        if item and item.get("type") == "function_call_output" and self.items:
            self.items.pop()
        return item


class CountsTurns(RightSession):
    def newest(self, limit):
        turns = [at for at, item in enumerate(self.items) if item.get("role") == "user"][-limit:] if limit else []
        return self.items[turns[0] :] if turns else super().newest(limit)


class RemembersWhatItReturned(RightSession):
    returned = None

    async def get_items(self, limit=None):
        self.returned = self.returned or await super().get_items()
        return copy.deepcopy(self.returned if limit is None else self.returned[max(0, len(self.returned) - limit) :])

    async def add_items(self, items):
        self.returned = None
        await super().add_items(items)

    async def pop_item(self):
        self.returned = None
        return await super().pop_item()

    async def clear_session(self):
        self.returned = None
        await super().clear_session()


class DropsNulls(RightSession):
    async def add_items(self, items):
        await super().add_items([{name: value for name, value in item.items() if value is not None} for item in items])


class WritesUtf8(RightSession):
    async def add_items(self, items):
        for item in items:
            if is_text(item):
                item["content"].encode()
        await super().add_items(items)


class NoneIsAsync:
    """RightSession without a single coroutine."""

    session_settings = None
    __init__, items, newest = RightSession.__init__, RightSession.items, RightSession.newest

    def get_items(self, limit=None):
        return copy.deepcopy(self.newest(limit))

    def add_items(self, items):
        self.items.extend(copy.deepcopy(items))

    def pop_item(self):
        return self.items.pop() if self.items else None

    def clear_session(self):
        self.storage.pop(self.session_id, None)


class ExitsWhenMade(RightSession):
    def __init__(self, session_id, storage):
        sys.exit("usage: server --port")


class ExitsWhenAdding(RightSession):
    async def add_items(self, items):
        sys.exit(3)


class InterruptedOnPop(RightSession):
    async def pop_item(self):
        raise KeyboardInterrupt


class LocksAcrossAnAwait(RightSession):
    """Two adds at once block the event loop for ever: the second waits for the lock, so the first cannot go on."""

    def __init__(self, session_id, storage):
        super().__init__(session_id, storage)
        self.lock = threading.Lock()

    def blocks(self):
        """Called before the loop is blocked."""

    async def add_items(self, items):
        if self.lock.locked():
            self.blocks()
        with self.lock:
            await asyncio.sleep(0)
            await super().add_items(items)
