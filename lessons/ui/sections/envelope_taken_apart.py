"""One stored envelope taken apart, how its key is derived, what is readable without it, and what encryption costs."""

from datetime import UTC, datetime

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.background import background
from lessons.kit.problems.counted import counted
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.encrypted.envelope import INFO, Envelope, Proof, derive, open_by_hand, parse
from lessons.kit.stores.encrypted.key_ring import Key, key_ring
from lessons.kit.stores.encrypted.overhead import ROUNDS, Cost, measure_overhead
from lessons.kit.stores.rows import Row, RowPage
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import table_html

SHOWN_BYTES = 16


def draw_envelope(entry: Entry, desk: Desk, choice: Choice) -> None:
    key = key_ring(desk.folder).key
    with st.container(border=True, key="envelope"):
        st.html('<p class="step-title"><strong>One envelope, taken apart</strong></p>')
        page = choice.store.page(choice.session_id)
        row, envelope = _chosen(page, choice.row)
        if row is None or envelope is None:
            st.html(
                f'<p class="quiet empty">No envelope in session <code>{text(choice.session_id)}</code> yet. Run the first '
                "step, or send a message.</p>"
            )
        else:
            proof = open_by_hand(envelope, derive(key.secret, choice.session_id))
            st.html(_parts(row, envelope))
            left, right = st.columns(2, gap="large")
            left.html(_derivation(key, choice.session_id, proof))
            right.html(_readable(page, envelope, choice.session_id))
        _draw_costs(PageState(entry.slug))


def _chosen(page: RowPage, chosen: RowRef | None) -> tuple[Row | None, Envelope | None]:
    """The chosen row and its envelope; if it is not an envelope, the newest row that is one. (None, None) if none is."""
    wanted = chosen.key if chosen is not None else None
    for row in sorted(page.rows, key=lambda row: (row.key != wanted, -row.key)):
        envelope = parse(row.data)
        if envelope is not None:
            return row, envelope
    return None, None


def _parts(row: Row, envelope: Envelope) -> str:
    written = f"{datetime.fromtimestamp(min(envelope.written, 2**37), UTC):%Y-%m-%d %H:%M:%S} UTC"
    parts = (
        ("open", "version", envelope.version, "Fernet"),
        ("open", "timestamp", envelope.timestamp, written),
        ("open", "IV", envelope.iv, "random, new for each row"),
        ("sealed", "ciphertext", envelope.ciphertext, "AES-128-CBC"),
        ("mac", "HMAC", envelope.mac, "SHA-256 over all before it"),
    )
    drawn = "".join(
        f'<li class="{tone}" style="flex-grow:{len(raw)}"><b>{name}</b> <span class="length">'
        f"{counted(len(raw), 'byte')}</span><code>{_hex(raw)}</code><span>{text(says)}</span></li>"
        for tone, name, raw, says in parts
    )
    total = sum(len(raw) for _, _, raw, _ in parts)
    return (
        f'<p class="caption">Row {row.key}: the payload is a Fernet token of {total} bytes, {len(envelope.token)} characters '
        "in base64. Choose another row of the ledger to see it here.</p>"
        f'<ol class="envelope" aria-label="Parts of the token">{drawn}</ol>'
        '<p class="caption"><span class="key open"></span> anyone can read this '
        '<span class="key sealed"></span> needs the key <span class="key mac"></span> proves that nothing was changed</p>'
    )


def _hex(raw: bytes) -> str:
    return text(raw[:SHOWN_BYTES].hex(" ") + (" …" if len(raw) > SHOWN_BYTES else ""))


def _derivation(key: Key, session_id: str, proof: Proof) -> str:
    if proof.hmac_is_right:
        verdict = (
            '<span class="held">✓ Opened by hand just now, without the SDK:</span> the HMAC is right, and AES-128-CBC gave'
            f"<code>{text(proof.plaintext, 300)}</code>"
        )
    else:
        verdict = (
            '<span class="not-held">✗ With this key the HMAC is wrong:</span> another key has made this row, or it was '
            "tampered with. Nothing was decrypted."
        )
    return (
        '<h3>How the key of a session is made</h3><ol class="derivation">'
        f"<li><b>Your key</b><span>fingerprint <code>{key.fingerprint}</code></span></li>"
        f"<li><b>HKDF-SHA256</b><span>salt = <code>{text(session_id, 40)}</code>, the session id</span>"
        f"<span>info = <code>{text(INFO.decode())}</code></span></li>"
        "<li><b>32 bytes</b><span>of this session alone</span></li>"
        '<li class="split"><div><b>16 bytes sign</b><span>HMAC-SHA256</span></div>'
        "<div><b>16 bytes encrypt</b><span>AES-128-CBC, not AES-256</span></div></li></ol>"
        f'<p class="proof">{verdict}</p>'
    )


def _readable(page: RowPage, envelope: Envelope, session_id: str) -> str:
    least, most = envelope.plaintext_sizes
    tokens = [found for found in (parse(row.data) for row in page.rows) if found is not None]
    times = f"{_time(min(one.written for one in tokens))} to {_time(max(one.written for one in tokens))} UTC"
    facts = (
        ("the session id", text(session_id, 60)),
        ("how many rows there are", f"{page.total:,}"),
        ("when each was written", f"{times} (from the tokens, to the second)"),
        ("how long each item is", f"the one above: {least} to {most} bytes"),
        ("which derivation was used", text(envelope.kid, 40)),
        ("who wrote what", "no: role and words are inside"),
    )
    lines = (f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in facts)
    here = "To show your last turns, this page keeps a record of them in plain text. Your own app should not do that."
    return (
        f"<h3>What anyone can read without a key</h3>{table_html('Readable without a key', (), lines, 'calls facts')}"
        f'<p class="caption">The session does not notice a row that was deleted, moved or stored twice. {here}</p>'
    )


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(min(seconds, 2**37), UTC):%m-%d %H:%M:%S}"


def _draw_costs(state: PageState) -> None:
    costs = state.encryption_costs
    with st.container(horizontal=True, vertical_alignment="center", key="costs"):
        st.html('<p class="look-for"><strong>What does encryption cost?</strong></p>', width="content")
        if st.button("Measure the overhead", icon=":material/timer:", key=state.key("measure-overhead")):
            with st.spinner("Running both in turn"):
                costs.put(background().run(measure_overhead(), timeout=60))
    measured = costs.get()
    if measured is not None:
        st.html(_costs(measured))


def _costs(costs: tuple[Cost, ...]) -> str:
    lines = (
        f'<tr><th scope="row">{text(cost.name)}</th><td class="number">{_amount(cost.plain, cost.unit)}</td>'
        f'<td class="number">{_amount(cost.encrypted, cost.unit)}</td><td class="number">{cost.ratio:.2f} ×</td></tr>'
        for cost in costs
    )
    heads = ("", "SQLiteSession", "EncryptedSession over it", "ratio")
    return (
        f"{table_html('Overhead', heads, lines, 'calls facts')}"
        f'<p class="caption">Measured just now on this server, in files that are deleted again: medians of {ROUNDS} calls '
        "each, both sessions in turn in one run.</p>"
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:.2f} ms" if unit == "ms" else f"{value:.0f} bytes"
