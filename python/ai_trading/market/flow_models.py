"""The models that make order flow up, and their terms.

`synthetic_day`, `synthetic_stream`, `write_itch`, `ExecutionEngine` and the
``[[data]]`` of a configuration take one of these, or its name.
docs/synthetic-markets.md says what each reproduces and where it comes from.

Units: rates per second, prices in price increments ("steps"), quantities in shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import needs_core

with needs_core():
    from ai_trading._core import matching as _matching

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = [
    "FLOW_MODELS",
    "AgentMarket",
    "FlowModel",
    "Hawkes",
    "QueueRates",
    "QueueReactive",
    "ZeroIntelligence",
    "flow_model",
]


def _fill(terms: Any, model: Any) -> Any:
    """Copy the fields of a dataclass into the core's struct of the same names."""
    for item in fields(model):
        value = getattr(model, item.name)
        try:
            setattr(terms, item.name, value)
        except TypeError:
            wrong = f"must be of type {item.type}"
            if isinstance(value, int) and not isinstance(value, bool):
                wrong = "must be 0 or more, and no more than the core can count"
            msg = f"{type(model).__name__}.{item.name} {wrong}; received {value!r}"
            raise ArgumentError(msg) from None
    return terms


def _check(model: FlowModel) -> None:
    try:
        _matching.check_flow_model(model.core())
    except ValueError as error:
        msg = f"{type(model).__name__}: {error}"
        raise ArgumentError(msg) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hawkes:
    """Order flow that excites itself, around a value that walks slowly.

    Limit orders, market orders and cancellations arrive as a mutually exciting point
    process [1]_; limit orders at a power-law distance from the touch [2]_. How many
    there are is the number of events asked for.

    Parameters
    ----------
    excitation : float, default 0.5
        Share of the events that other events cause, from 0 (Poisson) to 0.9.
    decay : float, default 10.0
        Of the excitation, per second.
    depth_exponent : float, default 1.3
        Of the distance: it is at least k steps with probability ``k**-depth_exponent``.

    Raises
    ------
    ArgumentError
        If a term is outside its domain.

    References
    ----------
    .. [1] A. G. Hawkes, "Spectra of some self-exciting and mutually exciting point
       processes", Biometrika 58, 1971.
    .. [2] J.-P. Bouchaud, M. Mezard and M. Potters, "Statistical properties of stock
       order books", Quantitative Finance 2, 2002.

    Examples
    --------
    >>> Hawkes(excitation=0.7).decay
    10.0
    """

    excitation: float = 0.5
    decay: float = 10.0
    depth_exponent: float = 1.3

    def __post_init__(self) -> None:
        _check(self)

    def core(self) -> _matching.HawkesTerms:
        """Return the terms as the core takes them."""
        terms: _matching.HawkesTerms = _fill(_matching.HawkesTerms(), self)
        return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroIntelligence:
    r"""Orders of one size at random: nobody thinks.

    Market orders, limit orders at every step from the opposite best price outwards and
    cancellations of every resting order are independent Poisson processes [1]_ [2]_.

    Parameters
    ----------
    market : float, default 1.0
        Market orders per second, both sides together; at most ``2 * band * limit``, the
        limit orders they trade with.
    limit : float, default 0.15
        Limit orders per second and step, on each side.
    cancel : float, default 0.02
        Share of the resting orders withdrawn per second.
    band : int, default 50
        Steps from the opposite best price within which limit orders arrive.
    size : int, default 100
        Shares of every order.

    Raises
    ------
    ArgumentError
        If a term is outside its domain.

    Notes
    -----
    Far from the touch a queue holds a Poisson number of orders with mean ``limit /
    cancel``. The spread is :math:`(\mu/\alpha)\,(a + b\,u^{3/4})` with
    :math:`u = \sigma\delta/\mu`, here ``cancel / market``, and :math:`\mu/\alpha =`
    ``market / limit`` steps.

    References
    ----------
    .. [1] E. Smith, J. D. Farmer, L. Gillemot and S. Krishnamurthy, "Statistical theory
       of the continuous double auction", Quantitative Finance 3, 2003.
    .. [2] J. D. Farmer, P. Patelli and I. I. Zovko, "The predictive power of zero
       intelligence in financial markets", PNAS 102, 2005.

    Examples
    --------
    >>> ZeroIntelligence(cancel=0.05).market
    1.0
    """

    market: float = 1.0
    limit: float = 0.15
    cancel: float = 0.02
    band: int = 50
    size: int = 100

    def __post_init__(self) -> None:
        _check(self)

    def core(self) -> _matching.ZeroIntelligenceTerms:
        """Return the terms as the core takes them."""
        terms: _matching.ZeroIntelligenceTerms = _fill(
            _matching.ZeroIntelligenceTerms(), self
        )
        return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRates:
    """What flows into and out of one queue, by the number of orders in it.

    Parameters
    ----------
    limit, cancel, market : sequence of float
        Orders per second that join, leave and are taken, for a queue of 0, 1, 2, ...
        orders; the last holds for all longer ones. `cancel` and `market` begin with 0.
    size : int, default 100
        Shares of an order, the unit in which the queue is measured.

    Examples
    --------
    >>> QueueRates(limit=(1.0,), cancel=(0.0, 0.5, 1.0, 1.5), market=(0.0, 0.1)).size
    100
    """

    limit: tuple[float, ...]
    cancel: tuple[float, ...]
    market: tuple[float, ...]
    size: int = 100

    def __post_init__(self) -> None:
        for name in ("limit", "cancel", "market"):
            given: Any = getattr(self, name)
            if isinstance(given, str) or not hasattr(given, "__iter__"):
                msg = (
                    f"QueueRates.{name} must be numbers for queues of 0, 1, 2, ... "
                    f"orders; received {given!r}"
                )
                raise ArgumentError(msg)
            object.__setattr__(self, name, tuple(float(rate) for rate in given))

    def core(self) -> _matching.QueueRates:
        """Return the rates as the core takes them."""
        rates: _matching.QueueRates = _fill(_matching.QueueRates(), self)
        return rates

    def distribution(self, *, nearest: bool = True) -> tuple[float, ...]:
        """Return how long the queue is in the long run while the price stays.

        Parameters
        ----------
        nearest : bool, default True
            Whether it is the best queue, the only one that market orders meet.

        Returns
        -------
        tuple of float
            Probabilities of 0, 1, 2, ... orders, by the product formula of a birth and
            death process.

        Examples
        --------
        >>> rates = QueueRates(limit=(2, 1), cancel=(0, 1), market=(0, 1))
        >>> [round(p, 3) for p in rates.distribution()[:4]]
        [0.333, 0.333, 0.167, 0.083]
        """
        _check(QueueReactive(levels=(self,)))
        return tuple(_matching.queue_distribution(self.core(), nearest))


def _default_levels() -> tuple[QueueRates, ...]:
    return tuple(
        QueueRates(
            limit=tuple(rates.limit),
            cancel=tuple(rates.cancel),
            market=tuple(rates.market),
            size=rates.size,
        )
        for rates in _matching.QueueReactiveTerms().levels
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReactive:
    """Queues that react to their own length, around a reference price that jumps [1]_.

    Parameters
    ----------
    levels : sequence of QueueRates
        From the touch outwards, the same on both sides; by default four queues with the
        shapes the authors found. `market.queue_reactive.estimate_queues` measures them.
    move : float, default 0.7
        Probability that the reference price follows a move of the middle.
    redraw : float, default 0.85
        Probability that the whole book is drawn anew when it does.

    Raises
    ------
    ArgumentError
        If a term is outside its domain, or a queue would grow without bound.

    References
    ----------
    .. [1] W. Huang, C.-A. Lehalle and M. Rosenbaum, "Simulating and analyzing order
       book data: the queue-reactive model", JASA 110, 2015.

    Examples
    --------
    >>> len(QueueReactive().levels)
    4
    """

    levels: tuple[QueueRates, ...] = field(default_factory=_default_levels)
    move: float = 0.7
    redraw: float = 0.85

    def __post_init__(self) -> None:
        given: Any = self.levels
        if isinstance(given, QueueRates | str) or not isinstance(given, Sequence):
            msg = f"levels must be several QueueRates; received {given!r}"
            raise ArgumentError(msg)
        levels = tuple(
            QueueRates(**level) if isinstance(level, Mapping) else level
            for level in given
        )
        object.__setattr__(self, "levels", levels)
        _check(self)

    def core(self) -> _matching.QueueReactiveTerms:
        """Return the terms as the core takes them."""
        terms = _matching.QueueReactiveTerms()
        terms.levels = [level.core() for level in self.levels]
        terms.move = self.move
        terms.redraw = self.redraw
        return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMarket:
    """Noise traders, speculators on value or momentum, and market makers.

    Speculators change between the two rules by a discrete choice [1]_ whose
    attractiveness is herding and misalignment [2]_; what they demand is their rule plus
    noise [3]_, larger in momentum. Seconds are those of the model's clock, which runs
    faster or slower where a number of events is asked for.

    Parameters
    ----------
    speculators : int, default 100
    visits : float, default 0.05
        Of each speculator, per second.
    switching : float, default 0.1
        Probability that a visitor thinks its rule over. Smaller: longer clusters.
    value_pull, value_noise : float, default 0.5 and 0.8
        Demand of the value rule, in hundreds of shares: per typical move that the price
        is away from the value, and the standard deviation of its noise.
    momentum_pull, momentum_noise : float, default 0.2 and 4.0
        The same of the momentum rule, per typical move from the trend.
    trend : float, default 60.0
        Seconds of the trend; a typical move is the value's over as many.
    herding : float, default 2.1
        Attraction of the rule that more follow.
    predisposition : float, default 0.0
        Attraction of value, at all times.
    misalignment : float, default 0.05
        Attraction of value by the square of the mispricing in typical moves.
    noise_limit, noise_market : float, default 6.0 and 0.3
        Limit and market orders of noise traders per second.
    noise_depth, noise_life : float, default 4.0 and 30.0
        Mean distance of their limit orders from the last price, in steps, and the mean
        number of seconds that they stand.
    makers : int, default 3
    maker_visits : float, default 0.5
        Of each maker, per second.
    maker_spread, maker_fear : float, default 1.0 and 0.5
        Steps from the middle at which they quote, and how many more per step that the
        price has moved per second of late.
    maker_size, maker_limit : int, default 1,000 and 20,000
        Shares of a quote, and the inventory at which they stop adding to it.

    Raises
    ------
    ArgumentError
        If a term is outside its domain.

    References
    ----------
    .. [1] W. A. Brock and C. H. Hommes, "Heterogeneous beliefs and routes to chaos in a
       simple asset pricing model", JEDC 22, 1998.
    .. [2] R. Franke and F. Westerhoff, "Structural stochastic volatility in asset
       pricing dynamics: estimation and model contest", JEDC 36, 2012.
    .. [3] C. Chiarella and G. Iori, "A simulation analysis of the microstructure of
       double auction markets", Quantitative Finance 2, 2002.

    Examples
    --------
    >>> AgentMarket(switching=0.02).makers
    3
    """

    speculators: int = 100
    visits: float = 0.05
    switching: float = 0.1
    value_pull: float = 0.5
    value_noise: float = 0.8
    momentum_pull: float = 0.2
    momentum_noise: float = 4.0
    trend: float = 60.0
    herding: float = 2.1
    predisposition: float = 0.0
    misalignment: float = 0.05
    noise_limit: float = 6.0
    noise_market: float = 0.3
    noise_depth: float = 4.0
    noise_life: float = 30.0
    makers: int = 3
    maker_visits: float = 0.5
    maker_spread: float = 1.0
    maker_fear: float = 0.5
    maker_size: int = 1_000
    maker_limit: int = 20_000

    def __post_init__(self) -> None:
        _check(self)

    def core(self) -> _matching.AgentTerms:
        """Return the terms as the core takes them."""
        terms: _matching.AgentTerms = _fill(_matching.AgentTerms(), self)
        return terms


FlowModel: TypeAlias = Hawkes | ZeroIntelligence | QueueReactive | AgentMarket

FLOW_MODELS: Final[dict[str, type[FlowModel]]] = {
    "hawkes": Hawkes,
    "zero_intelligence": ZeroIntelligence,
    "queue_reactive": QueueReactive,
    "agents": AgentMarket,
}
"""The models by name."""


def flow_model(model: FlowModel | str, **terms: Any) -> FlowModel:
    """Return a model by its name and terms; one that is made already is given back.

    Raises
    ------
    ArgumentError
        If there is no such model or term, or a term is outside its domain.

    Examples
    --------
    >>> flow_model("zero_intelligence", band=80).band
    80
    """
    if not isinstance(model, str):
        if not isinstance(model, tuple(FLOW_MODELS.values())):
            msg = f"model must be one of {_names()} or a model; received {model!r}"
            raise ArgumentError(msg)
        if terms:
            msg = f"terms go with the name of a model; {model!r} has its own"
            raise ArgumentError(msg)
        return model
    kind = FLOW_MODELS.get(model)
    if kind is None:
        msg = f"model must be one of {_names()}; received {model!r}"
        raise ArgumentError(msg)
    known = [item.name for item in fields(kind)]
    for name in terms:
        if name not in known:
            msg = f"{model} has no term {name!r}; it has {', '.join(known)}"
            raise ArgumentError(msg)
    return kind(**terms)


def _names() -> str:
    return ", ".join(FLOW_MODELS)
