#include "ai_trading/sim/wanted.hpp"

#include <span>
#include <stdexcept>
#include <utility>

namespace ai_trading::sim {

namespace {

const char* word(OrderType type) {
  constexpr const char* kWords[] = {
      "market",          "limit",   "stop",   "stop_limit", "trailing_stop",
      "market_to_limit", "iceberg", "hidden", "post_only",  "pegged"};
  static_assert(std::size(kWords) == kOrderTypes);
  return kWords[static_cast<std::size_t>(type)];
}
std::string one(OrderType type) {
  return (type == OrderType::iceberg ? "an " : "a ") + std::string(word(type));
}
const char* word(TimeInForce lasts) {
  constexpr const char* kWords[] = {"day", "ioc",         "gtc",         "gtd",
                                    "fok", "at_the_open", "at_the_close"};
  static_assert(std::size(kWords) == kTimesInForce);
  return kWords[static_cast<std::size_t>(lasts)];
}
const char* word(Shows::Kind kind) {
  switch (kind) {
    case Shows::Kind::orders:
      return "order-by-order data";
    case Shows::Kind::levels:
      return "data of price levels";
    case Shows::Kind::quotes:
      return "data of quotes without trades";
    case Shows::Kind::trades:
      return "data of trades without a book";
    case Shows::Kind::bars:
      return "bars";
  }
  return "this data";
}

bool is_simple(OrderType type) {
  return type == OrderType::market || type == OrderType::limit;
}

std::string received(std::int64_t value) {
  return "; received " + std::to_string(value);
}

// It may say how much it trades at a time.
bool may_choose(OrderType type) {
  return type == OrderType::market || type == OrderType::limit ||
         type == OrderType::hidden || type == OrderType::pegged;
}

// A number that is outside its range, or belongs to another type of order.
std::string refused_term(OrderType type, TimeInForce lasts, const abi::Terms& terms) {
  const bool stop = has_stop_price(type);
  const bool trails = type == OrderType::trailing_stop;
  const bool pegged = type == OrderType::pegged;
  struct Row {
    const char* name;
    std::int64_t value;
    bool belongs;
  };
  const Row rows[] = {
      {"stop", terms.stop, stop},
      {"trail", terms.trail, trails},
      {"trail_by", terms.trail_by, trails},
      {"trigger", terms.trigger, stop || trails},
      {type == OrderType::iceberg ? "display" : "minimum", terms.display,
       type == OrderType::iceberg || may_choose(type)},
      {"all_or_none", terms.all_or_none, may_choose(type)},
      {"peg", terms.peg, pegged},
      {"peg_limit", terms.peg_limit, pegged},
      {"offset", terms.offset, pegged},
      {"slide", terms.slide, type == OrderType::post_only},
      {"expire_at", terms.expire_at, lasts == TimeInForce::gtd},
  };
  for (const Row& row : rows) {
    if (row.belongs || row.value == 0) continue;
    return std::string(row.name) + " does not go with " + one(type) + " order (" +
           word(lasts) + ")" + received(row.value) + ". Leave it 0";
  }
  for (const std::int64_t price : {terms.stop, terms.peg_limit, terms.offset}) {
    if (price <= -kMaxPrice || price >= kMaxPrice)
      return "prices and offsets must lie within 2^62 ticks" + received(price);
  }
  if (terms.trigger > 3)
    return "trigger must be 0 (usual), 1 (last), 2 (bid and ask) or 3 (middle)" +
           received(terms.trigger);
  if (terms.trail_by > 1)
    return "trail_by must be 0 (ticks) or 1 (hundredths of a per cent)" +
           received(terms.trail_by);
  const std::int64_t most = terms.trail_by == 0 ? kMaxPrice - 1 : 9'999;
  if (trails && (terms.trail < 1 || terms.trail > most))
    return "trail must lie between 1 and " + std::to_string(most) +
           received(terms.trail);
  if (pegged && (terms.peg < 1 || terms.peg > 3))
    return "peg must be 1 (primary), 2 (midpoint) or 3 (market)" + received(terms.peg);
  if (terms.slide > 1) return "slide must be 0 or 1" + received(terms.slide);
  if (terms.all_or_none > 1)
    return "all_or_none must be 0 or 1" + received(terms.all_or_none);
  return {};
}

// Conditions on the size of executions that nobody could keep.
std::string refused_size(const desk::OrderRequest& order, const abi::Terms& terms) {
  const auto type = static_cast<OrderType>(order.type);
  const auto lasts = static_cast<TimeInForce>(order.time_in_force);
  const std::int64_t minimum = type == OrderType::iceberg ? 0 : terms.display;
  if (minimum == 0 && terms.all_or_none == 0) return {};
  if (minimum != 0 && terms.all_or_none != 0)
    return "all_or_none is a minimum of the whole quantity; leave minimum out";
  const std::string name = minimum != 0 ? "minimum" : "all_or_none";
  if (lasts == TimeInForce::fok || lasts == TimeInForce::at_the_open ||
      lasts == TimeInForce::at_the_close)
    return name + " and " + word(lasts) + " contradict each other; use ioc or day";
  if (minimum != 0 && (minimum < 1 || minimum > order.quantity))
    return "minimum must be above 0 and not above the quantity of " +
           std::to_string(order.quantity) + received(minimum);
  return {};
}

std::string refused_time(OrderType type, TimeInForce lasts) {
  const bool simple = is_simple(type);
  switch (lasts) {
    case TimeInForce::day:
      return {};
    case TimeInForce::gtc:
    case TimeInForce::gtd:
      if (type != OrderType::market) return {};
      return "a market order ends at once and cannot be " + std::string(word(lasts)) +
             "; use day, or a limit";
    case TimeInForce::ioc:
    case TimeInForce::fok:
      if (simple) return {};
      return one(type) + " order rests or waits and cannot be " + word(lasts) +
             "; use day, gtc or gtd, or a market or limit order";
    case TimeInForce::at_the_open:
    case TimeInForce::at_the_close:
      if (simple) return {};
      return "an order for an auction is a plain market or limit order; received " +
             one(type) + " order";
  }
  return {};
}

// What nobody could tell from this kind of data.
std::string refused_here(OrderType type, TimeInForce lasts, const abi::Terms& terms,
                         const Shows& shows) {
  const std::string data = word(shows.kind);
  if (type == OrderType::market_to_limit && shows.kind == Shows::Kind::trades)
    return "a market_to_limit order cannot be simulated on " + data +
           ", which show no book; use a limit order, or data with a book";
  if (!shows.quotes) {
    const bool bookish = type == OrderType::post_only || type == OrderType::iceberg ||
                         type == OrderType::hidden || type == OrderType::pegged;
    if (bookish || lasts == TimeInForce::fok) {
      const std::string asked = bookish ? one(type) : std::string("a fok");
      return asked + " order cannot be simulated on " + data +
             ", which show no book; " +
             (bookish ? "use a limit order, or data with a book"
                      : "use ioc, or data with a book");
    }
    if (terms.trigger > 1)
      return "a trigger on quotes needs quotes, and " + data +
             " show none; use 1 (last)";
  }
  if (terms.trigger == 1 && !shows.trades)
    return "a trigger on trades needs trades, and " + data +
           " show none; use 2 (bid and ask) or 3 (middle)";
  return {};
}

matching::TriggerOn watched(std::uint8_t trigger, const Shows& shows) {
  if (trigger == 0)
    return shows.trades ? matching::TriggerOn::last : matching::TriggerOn::quote;
  return static_cast<matching::TriggerOn>(trigger - 1);
}

}  // namespace

std::string refusal(const desk::OrderRequest& order, const abi::Terms& terms,
                    const Shows& shows) {
  if (order.side > 1) return "side must be 0 (buy) or 1 (sell)" + received(order.side);
  const auto type = static_cast<OrderType>(order.type);
  if (order.type >= kOrderTypes)
    return "there is no order type with this code" + received(order.type);
  if (order.time_in_force >= kTimesInForce)
    return "time_in_force must be a code from 0 to 6" + received(order.time_in_force);
  if (order.group != 0)
    return "group must be 0" + received(order.group) + "; a bracket links its orders";
  if (has_limit(type) && (order.price <= -kMaxPrice || order.price >= kMaxPrice))
    return "prices and offsets must lie within 2^62 ticks" + received(order.price);
  const auto lasts = static_cast<TimeInForce>(order.time_in_force);
  if (std::string why = refused_time(type, lasts); !why.empty()) return why;
  if (std::string why = refused_term(type, lasts, terms); !why.empty()) return why;
  if (std::string why = refused_size(order, terms); !why.empty()) return why;
  return refused_here(type, lasts, terms, shows);
}

matching::Terms terms_for_venue(const desk::OrderRequest& order,
                                const abi::Terms& terms, const Shows& shows) {
  const auto type = static_cast<OrderType>(order.type);
  matching::Terms out;
  out.stop = Ticks{type == OrderType::pegged ? terms.peg_limit : terms.stop};
  out.trail = terms.trail;
  out.trail_by = static_cast<matching::TrailBy>(terms.trail_by);
  if (is_stop(type)) out.trigger = watched(terms.trigger, shows);
  (type == OrderType::iceberg ? out.display : out.minimum) = Lots{terms.display};
  out.all_or_none = terms.all_or_none != 0;
  out.peg = static_cast<matching::PegTo>(terms.peg);
  out.offset = Ticks{terms.offset};
  out.slide = terms.slide != 0;
  out.expire_at = Nanos{terms.expire_at};
  return out;
}

Reject amended(OrderType type, const abi::Change& wanted, Amendment& out) {
  const std::uint32_t term = wanted.what & (abi::kStop | abi::kOffset | abi::kDisplay);
  const bool pegged = type == OrderType::pegged;
  const bool far = wanted.stop <= -kMaxPrice || wanted.stop >= kMaxPrice;
  if (pegged && (wanted.what & abi::kPrice) != 0) {
    if (wanted.price <= -kMaxPrice || wanted.price >= kMaxPrice)
      return Reject::price_out_of_range;
    out.peg_limit = Ticks{wanted.price};
  }
  switch (term) {
    case 0:
      return Reject::none;
    case abi::kStop:
      if (type != OrderType::stop && type != OrderType::stop_limit) break;
      if (far) return Reject::price_out_of_range;
      out.stop = Ticks{wanted.stop};
      return Reject::none;
    case abi::kOffset:
      if (!pegged) break;
      if (far) return Reject::price_out_of_range;
      out.offset = Ticks{wanted.stop};
      return Reject::none;
    case abi::kDisplay:
      if (type != OrderType::iceberg) break;
      if (wanted.stop < 1 || far) return Reject::display_out_of_range;
      out.display = Lots{wanted.stop};
      return Reject::none;
    default:
      break;
  }
  return Reject::terms_not_for_type;
}

std::string refusal(const desk::OrderRequest& entry, const abi::Exits& exits,
                    const Shows& shows) {
  const std::int64_t towards = entry.side == 0 ? 1 : -1;
  const bool limited = has_limit(static_cast<OrderType>(entry.type));
  // Comparisons, not products: nothing here has been looked at.
  const auto before = [towards](std::int64_t a, std::int64_t b) {
    return towards > 0 ? a < b : a > b;
  };
  const bool rises = limited ? before(exits.stop_loss, entry.price) &&
                                   before(entry.price, exits.take_profit)
                             : before(exits.stop_loss, exits.take_profit);
  if (!rises) {
    return "a bracket around a " + std::string(towards > 0 ? "buy" : "sell") +
           " needs stop_loss " + (towards > 0 ? "<" : ">") + " limit " +
           (towards > 0 ? "<" : ">") +
           " take_profit; received stop_loss=" + std::to_string(exits.stop_loss) +
           ", take_profit=" + std::to_string(exits.take_profit) +
           (limited ? ", limit=" + std::to_string(entry.price) : "");
  }
  const ExitOrders made(entry, exits);
  std::string why = refusal(made.profit, abi::Terms{}, shows);
  return why.empty() ? refusal(made.loss, made.loss_terms, shows) : why;
}

ExitOrders::ExitOrders(const desk::OrderRequest& entry, const abi::Exits& exits)
    : profit(entry) {
  profit.side = static_cast<std::uint8_t>(1 - entry.side);
  profit.time_in_force = static_cast<std::uint8_t>(TimeInForce::day);
  profit.type = static_cast<std::uint8_t>(OrderType::limit);
  profit.price = exits.take_profit;
  loss = profit;
  loss.type = static_cast<std::uint8_t>(exits.limited != 0 ? OrderType::stop_limit
                                                           : OrderType::stop);
  loss.price = exits.limited != 0 ? exits.stop_limit : 0;
  loss_terms.stop = exits.stop_loss;
  loss_terms.trigger = exits.trigger;
}

algo::Terms parent_terms(const abi::Work& wanted) {
  const auto at_most = [](const char* name, std::uint8_t value, std::uint8_t most) {
    if (value > most) {
      throw std::invalid_argument(std::string(name) + " must be a code from 0 to " +
                                  std::to_string(most) + received(value));
    }
  };
  at_most("side", wanted.side, 1);
  at_most("algorithm", wanted.algorithm,
          static_cast<std::uint8_t>(algo::Algorithm::seek));
  at_most("completion", wanted.completion, 1);
  if (wanted.slices < 0)
    throw std::invalid_argument("slices must be 0 or more" + received(wanted.slices));
  algo::Terms out;
  out.instrument = wanted.instrument;
  out.side = static_cast<Side>(wanted.side);
  out.algorithm = static_cast<algo::Algorithm>(wanted.algorithm);
  out.completion = static_cast<algo::Completion>(wanted.completion);
  out.adaptive = wanted.adaptive != 0;
  out.auction = wanted.auction;
  out.quantity = Lots{wanted.quantity};
  out.start = Nanos{wanted.start};
  out.end = Nanos{wanted.end};
  if (wanted.limit != abi::kNoPrice) out.limit = Ticks{wanted.limit};
  if (wanted.would != abi::kNoPrice) out.would = Ticks{wanted.would};
  out.price_step = Ticks{wanted.price_step};
  out.rate = wanted.rate;
  out.min_participation = wanted.min_participation;
  out.max_participation = wanted.max_participation;
  out.urgency = wanted.urgency;
  out.round = Lots{wanted.round};
  out.min_child = Lots{wanted.min_child};
  out.max_child = Lots{wanted.max_child};
  out.slices = static_cast<std::size_t>(wanted.slices);
  out.interval = Nanos{wanted.interval};
  out.review = Nanos{wanted.review};
  out.jitter = wanted.jitter;
  out.seed = wanted.seed;
  out.k = wanted.k;
  out.satiation = wanted.satiation;
  out.display = Lots{wanted.display};
  out.max_spread = Ticks{wanted.max_spread};
  out.min_touch = Lots{wanted.min_touch};
  if (wanted.weights != nullptr) {
    out.forecast = schedule::VolumeForecast{
        schedule::Curve(Nanos{wanted.open}, Nanos{wanted.close},
                        std::span(wanted.weights, wanted.bins)),
        wanted.expected, wanted.prior};
  } else if (out.algorithm == algo::Algorithm::vwap || out.adaptive) {
    throw std::invalid_argument(
        "vwap and adaptive parents need the course of the volume: weights, bins, open "
        "and close");
  }
  out.check();
  return out;
}

}  // namespace ai_trading::sim
