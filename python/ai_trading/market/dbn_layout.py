"""How DBN records are laid out: NumPy structures and the codes in them.

Prices are in 1e-9 and `UNDEFINED` where there is none; times are UTC nanoseconds.
"""

from __future__ import annotations

import numpy as np

from ai_trading.core.records import TradingState

__all__ = [
    "BAR_NANOS",
    "DEFINITION",
    "EQUITY_DATASETS",
    "IMBALANCE",
    "LAST",
    "LAYOUTS",
    "LEVEL",
    "NAMES",
    "NANO_DECIMALS",
    "RTYPES",
    "SNAPSHOT",
    "STATES",
    "STATISTICS",
    "STATUS",
    "TOP",
    "UNDEFINED",
    "VARYING",
]

UNDEFINED = np.iinfo(np.int64).max
NANO_DECIMALS = 9
LAST = 128
SNAPSHOT = 32

_HEAD = [
    ("length", "u1"),
    ("rtype", "u1"),
    ("publisher", "<u2"),
    ("id", "<u4"),
    ("ts_event", "<i8"),
]
_TRADE = [
    *_HEAD,
    ("price", "<i8"),
    ("size", "<u4"),
    ("action", "S1"),
    ("side", "S1"),
    ("flags", "u1"),
    ("depth", "u1"),
    ("ts_recv", "<i8"),
    ("ts_in_delta", "<i4"),
    ("sequence", "<u4"),
]
LEVEL = np.dtype(
    [
        ("bid", "<i8"),
        ("ask", "<i8"),
        ("bid_size", "<u4"),
        ("ask_size", "<u4"),
        ("bid_count", "<u4"),
        ("ask_count", "<u4"),
    ]
)
_MBO = np.dtype(
    [
        *_HEAD,
        ("order_id", "<u8"),
        ("price", "<i8"),
        ("size", "<u4"),
        ("flags", "u1"),
        ("channel", "u1"),
        ("action", "S1"),
        ("side", "S1"),
        ("ts_recv", "<i8"),
        ("ts_in_delta", "<i4"),
        ("sequence", "<u4"),
    ]
)
_TRADES = np.dtype(_TRADE)
_MBP1 = np.dtype([*_TRADE, ("levels", LEVEL, (1,))])
_MBP10 = np.dtype([*_TRADE, ("levels", LEVEL, (10,))])
_OHLCV = np.dtype(
    [
        *_HEAD,
        ("open", "<i8"),
        ("high", "<i8"),
        ("low", "<i8"),
        ("close", "<i8"),
        ("volume", "<u8"),
    ]
)

LAYOUTS = {
    0xA0: _MBO,
    0x00: _TRADES,
    0x01: _MBP1,
    0xB1: _MBP1,
    0xC0: _MBP1,
    0xC1: _MBP1,
    0xC3: _MBP1,
    0xC4: _MBP1,
    0x0A: _MBP10,
    0x20: _OHLCV,
    0x21: _OHLCV,
    0x22: _OHLCV,
    0x23: _OHLCV,
    0x24: _OHLCV,
}
BAR_NANOS = {
    0x20: 10**9,
    0x21: 60 * 10**9,
    0x22: 3600 * 10**9,
    0x23: 86400 * 10**9,
    0x24: 86400 * 10**9,
}
TOP = frozenset({0x01, 0xB1, 0xC0, 0xC1, 0xC3, 0xC4})
DEFINITION, IMBALANCE, STATUS, STATISTICS = 0x13, 0x14, 0x12, 0x18
# Version of the encoding by record size, for the types whose fields are read by the
# vendor's package; it must not be handed anything else.
VARYING = {
    DEFINITION: {360: 1, 400: 2, 520: 3},
    STATISTICS: {64: 1, 80: 3},
    STATUS: {40: 3},
    IMBALANCE: {112: 3},
}

# Databento's StatusAction to ours; absent ones leave the state as it is.
STATES = {
    1: TradingState.PRE_OPEN,
    2: TradingState.AUCTION,
    3: TradingState.QUOTATION,
    4: TradingState.AUCTION,
    5: TradingState.AUCTION,
    6: TradingState.AUCTION,
    7: TradingState.CONTINUOUS,
    8: TradingState.HALTED,
    9: TradingState.HALTED,
    10: TradingState.HALTED,
    11: TradingState.CLOSED,
    12: TradingState.CLOSED,
    15: TradingState.CLOSED,
}

# Publishers of US equities, whose prices have four decimals.
EQUITY_DATASETS = frozenset(
    {
        "ARCX", "BATS", "BATY", "DBEQ", "EDGA", "EDGX", "EPRL", "EQUS", "IEXG", "MEMX",
        "XASE", "XBOS", "XCHI", "XCIS", "XNAS", "XNYS", "XPSX",
    }
)  # fmt: skip

RTYPES = {
    "mbo": 0xA0, "trades": 0x00, "mbp-1": 0x01, "tbbo": 0x01, "mbp-10": 0x0A,
    "ohlcv-1s": 0x20, "ohlcv-1m": 0x21, "ohlcv-1h": 0x22, "ohlcv-1d": 0x23,
    "definition": 0x13, "imbalance": 0x14, "status": 0x12, "statistics": 0x18,
    "bbo-1s": 0xC3, "bbo-1m": 0xC4, "cmbp-1": 0xB1, "cbbo-1s": 0xC0, "cbbo-1m": 0xC1,
}  # fmt: skip


NAMES = {code: name for name, code in RTYPES.items() if name != "tbbo"}
