#include "py_handler.hpp"

#include <string>

#include "py_compiled.hpp"
#include "py_records.hpp"

namespace ai_trading::bindings {

namespace {

std::vector<std::string> symbols_of(const Vocabulary& vocabulary) {
  std::vector<std::string> out;
  for (const Terms& terms : vocabulary.terms) out.emplace_back(py::str(terms.symbol));
  return out;
}

Callbacks callbacks_of(const py::dict& methods) {
  const auto get = [&](const char* name) -> py::object {
    return methods.contains(name) ? py::object(methods[name]) : py::none();
  };
  return {get("on_quote"), get("on_book"),  get("on_trade"), get("on_bar"),
          get("on_timer"), get("on_order"), get("on_fill")};
}

}  // namespace

PyHandler::PyHandler(sim::Session& session, const Vocabulary& vocabulary,
                     const py::list& strategies, py::object start, py::object stop)
    : session_(session),
      vocabulary_(vocabulary),
      crew_(session, symbols_of(vocabulary)),
      start_(std::move(start)),
      stop_(std::move(stop)) {
  for (const auto& item : strategies) {
    const auto index = static_cast<sim::StrategyIndex>(callbacks_.size());
    if (!py::isinstance<CompiledStrategy>(item)) {
      callbacks_.push_back(callbacks_of(py::reinterpret_borrow<py::dict>(item)));
      continue;
    }
    callbacks_.emplace_back();
    item.cast<CompiledStrategy&>().join(crew_, index);
    compiled_.push_back(py::reinterpret_borrow<py::object>(item));
  }
}

PyHandler::~PyHandler() {
  for (const py::object& strategy : compiled_)
    strategy.cast<CompiledStrategy&>().leave();
  for (PyObject* kept : {quote_, trade_, bar_, fill_, order_, timer_}) Py_XDECREF(kept);
}

void PyHandler::tell_touch(const py::object& callback, InstrumentIndex instrument) {
  if (callback.is_none()) return;
  const auto bid = session_.best(instrument, Side::buy);
  const auto ask = session_.best(instrument, Side::sell);
  const Terms& terms = vocabulary_.terms[instrument];
  interpreter.take();
  auto& row = fresh<QuoteObject>(quote_, quote_type);
  assign(row.symbol, terms.symbol.ptr());
  row.timestamp = session_.now().n;
  row.bid = bid ? terms.price(bid->price) : kNaN;
  row.bid_quantity = bid ? terms.quantity(bid->quantity.n) : 0.0;
  row.ask = ask ? terms.price(ask->price) : kNaN;
  row.ask_quantity = ask ? terms.quantity(ask->quantity.n) : 0.0;
  row.mid = (row.bid + row.ask) / 2;
  row.spread = bid && ask ? terms.price(ask->price - bid->price) : kNaN;
  call(callback, quote_);
}

void PyHandler::on_trade(sim::StrategyIndex strategy, const feed::Event& event,
                         Ticks price) {
  if (crew_.has(strategy)) return crew_.on_trade(strategy, event, price);
  const py::object& callback = callbacks_[strategy].on_trade;
  if (callback.is_none()) return;
  const Terms& terms = vocabulary_.terms[event.instrument];
  interpreter.take();
  auto& row = fresh<TradeObject>(trade_, trade_type);
  assign(row.symbol, terms.symbol.ptr());
  // The record names the side that rested; the aggressor came from the other one.
  const Words& words = vocabulary_.words;
  assign(row.aggressor, event.side == 0   ? words.sell.ptr()
                        : event.side == 1 ? words.buy.ptr()
                                          : Py_None);
  row.timestamp = session_.now().n;
  row.price = terms.price(price);
  row.quantity = terms.quantity(event.quantity);
  call(callback, trade_);
}

void PyHandler::on_bar(sim::StrategyIndex strategy, const feed::Bar& bar) {
  if (crew_.has(strategy)) return crew_.on_bar(strategy, bar);
  const py::object& callback = callbacks_[strategy].on_bar;
  if (callback.is_none()) return;
  const Terms& terms = vocabulary_.terms[bar.instrument];
  interpreter.take();
  auto& row = fresh<BarObject>(bar_, bar_type);
  assign(row.symbol, terms.symbol.ptr());
  row.start = bar.start;
  row.timestamp = bar.timestamp;
  row.open = terms.price(Ticks{bar.open});
  row.high = terms.price(Ticks{bar.high});
  row.low = terms.price(Ticks{bar.low});
  row.close = terms.price(Ticks{bar.close});
  row.volume = terms.quantity(bar.volume);
  call(callback, bar_);
}

void PyHandler::on_timer(sim::StrategyIndex strategy, std::uint64_t number) {
  if (crew_.has(strategy)) return crew_.on_timer(strategy, number);
  const py::object& callback = callbacks_[strategy].on_timer;
  if (callback.is_none()) return;
  interpreter.take();
  auto& row = fresh<TimerObject>(timer_, timer_type);
  row.timestamp = session_.now().n;
  row.number = number;
  call(callback, timer_);
}

void PyHandler::on_order(const desk::OrderRecord& order) {
  if (crew_.has(order.strategy)) return crew_.on_order(order);
  const py::object& callback = callbacks_[order.strategy].on_order;
  if (callback.is_none()) return;
  // A copy: the callback may send orders, and the desk's list then moves.
  const desk::OrderRecord now = order;
  const Terms& terms = vocabulary_.terms[now.instrument];
  interpreter.take();
  auto& row = fresh<OrderObject>(order_, order_type);
  assign(row.symbol, terms.symbol.ptr());
  assign(row.side, vocabulary_.words.side(now.side));
  assign(row.status, vocabulary_.words.status[now.status].ptr());
  assign(row.reason, now.reason == 0 ? Py_None : vocabulary_.reason(now.reason));
  row.submitted = now.submitted;
  row.timestamp = session_.now().n;
  row.order_id = now.order_id;
  row.price = terms.price(Ticks{now.price});
  row.quantity = terms.quantity(now.quantity);
  row.filled = terms.quantity(now.filled);
  call(callback, order_);
}

void PyHandler::on_fill(const desk::FillRecord& fill) {
  if (crew_.has(fill.strategy)) return crew_.on_fill(fill);
  const py::object& callback = callbacks_[fill.strategy].on_fill;
  if (callback.is_none()) return;
  const Terms& terms = vocabulary_.terms[fill.instrument];
  interpreter.take();
  auto& row = fresh<FillObject>(fill_, fill_type);
  assign(row.symbol, terms.symbol.ptr());
  assign(row.side, vocabulary_.words.side(fill.side));
  assign(row.liquidity, fill.liquidity == static_cast<std::uint8_t>(Liquidity::maker)
                            ? vocabulary_.words.maker.ptr()
                            : vocabulary_.words.taker.ptr());
  row.timestamp = fill.timestamp;
  row.order_id = fill.order_id;
  row.fill_id = fill.fill_id;
  row.price = terms.price(Ticks{fill.price});
  row.quantity = terms.quantity(fill.quantity);
  row.fee = static_cast<double>(fill.fee) / 1e9;
  row.realized = static_cast<double>(fill.realized) / 1e6;
  row.position = terms.quantity(fill.position);
  call(callback, fill_);
}

}  // namespace ai_trading::bindings
