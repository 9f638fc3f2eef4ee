"""How often an encrypted row is decoded: most of the time of a dry run of such rows goes there."""

import asyncio
from dataclasses import replace

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.all_findings import findings_in
from lessons.kit.inspect.findings.case import Case
from lessons.kit.ledger import rows as rows_module
from lessons.kit.stores.encrypted import envelope as envelope_module
from lessons.kit.stores.encrypted.envelope import sealed
from tests.kit.inspect.test_private_copy import stored


def test_an_encrypted_row_is_decoded_once_for_the_findings_and_all_of_their_dry_runs(monkeypatch):
    texts, decode = list[str | bytes](), envelope_module.decoded
    monkeypatch.setattr(envelope_module, "decoded", lambda text: texts.append(text) or decode(text))
    monkeypatch.setattr(rows_module, "decoded", None)
    seal = sealed("a key", "a")
    one = stored("a", 1, 2, 3)
    rows = tuple(replace(row, data=seal(row.data)) for row in one.rows)
    case = Case(replace(one, rows=rows), Settings(key="a key", ttl=10))
    for limit in (None, 1, 2):
        assert len(asyncio.run(case.run(limit=limit)).lines) == 3
    assert asyncio.run(findings_in(case))
    assert sorted(map(str, texts)) == sorted(
        map(str, [*(row.data for row in rows), *(row.data.encode() for row in one.rows)])
    )
