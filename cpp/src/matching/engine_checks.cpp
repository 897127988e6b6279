// What speaks against an order: docs/matching.md, "Checks, in this order".
#include "ai_trading/matching/engine_state.hpp"

namespace ai_trading::matching {

namespace {

bool beyond(std::int64_t price) { return price > kMaxPrice || price < -kMaxPrice; }

// The key of the nearest price on the increment that is not more aggressive.
Key on_increment(const Market& m, Key key) {
  const std::int64_t step = m.special ? m.special->settings.increment.n : 1;
  const std::int64_t over = key % step;
  return key - (over < 0 ? over + step : over);
}

bool takes_condition(OrderType type) {
  return type == OrderType::market || type == OrderType::limit ||
         type == OrderType::hidden || type == OrderType::pegged;
}

bool fits(OrderType type, TimeInForce tif) {
  switch (type) {
    case OrderType::limit:
      return true;
    case OrderType::market:
      return tif != TimeInForce::gtc && tif != TimeInForce::gtd;
    default:
      return tif == TimeInForce::day || tif == TimeInForce::gtc ||
             tif == TimeInForce::gtd;
  }
}

bool known_codes(const NewOrder& order, const Terms& terms) {
  return order.owner <= kMaxOwner &&
         static_cast<std::uint8_t>(order.type) < kOrderTypes &&
         static_cast<std::uint8_t>(order.time_in_force) < kTimesInForce &&
         static_cast<std::uint8_t>(terms.trigger) <= 2 &&
         static_cast<std::uint8_t>(terms.trail_by) <= 1 &&
         static_cast<std::uint8_t>(terms.peg) <= 3 &&
         static_cast<std::uint8_t>(terms.self_trade) <= 5;
}

// Terms that nobody of this type uses, set to zero or not.
bool unused_terms_are_zero(const NewOrder& order, const Terms& terms) {
  const OrderType type = order.type;
  const TimeInForce tif = order.time_in_force;
  const bool trailing = type == OrderType::trailing_stop;
  const bool stop = has_stop_price(type);
  const bool auction =
      tif == TimeInForce::at_the_open || tif == TimeInForce::at_the_close;
  const bool conditional = terms.all_or_none || terms.minimum.n != 0;
  if (conditional && (!takes_condition(type) || auction)) return false;
  if (terms.all_or_none && (terms.minimum.n != 0 || tif == TimeInForce::fok))
    return false;
  if (type != OrderType::iceberg &&
      (terms.display.n != 0 || terms.display_random.n != 0))
    return false;
  if (!stop && terms.stop.n != 0) return false;
  if (!trailing && (terms.trail != 0 || terms.trail_by != TrailBy::ticks)) return false;
  if (!stop && !trailing && terms.trigger != TriggerOn::last) return false;
  if (type != OrderType::pegged && (terms.peg != PegTo::none || terms.offset.n != 0))
    return false;
  if (type == OrderType::pegged && terms.peg == PegTo::none) return false;
  if (type != OrderType::post_only && terms.slide) return false;
  return tif == TimeInForce::gtd || terms.expire_at.n == 0;
}

}  // namespace

bool EngineState::has_price(OrderType type) {
  return has_limit(type) || type == OrderType::pegged;
}

Reject EngineState::check_terms(const NewOrder& order, const Terms& terms) const {
  if (!fits(order.type, order.time_in_force)) return Reject::time_in_force_not_for_type;
  if (!unused_terms_are_zero(order, terms)) return Reject::terms_not_for_type;
  if (order.type == OrderType::iceberg) {
    const bool shows = terms.display.n >= 1 && terms.display <= order.quantity;
    if (!shows || terms.display_random.n < 0 || terms.display_random >= terms.display)
      return Reject::display_out_of_range;
  }
  if (terms.minimum.n < 0 || terms.minimum > order.quantity ||
      (terms.minimum.n > 0 && order.time_in_force == TimeInForce::fok))
    return Reject::minimum_out_of_range;
  if (order.type == OrderType::trailing_stop) {
    const std::int64_t most = terms.trail_by == TrailBy::ticks ? kMaxPrice : 9'999;
    if (terms.trail < 1 || terms.trail > most) return Reject::trail_out_of_range;
  }
  if (beyond(terms.stop.n) || beyond(terms.offset.n)) return Reject::price_out_of_range;
  if (order.time_in_force == TimeInForce::gtd && terms.expire_at <= now_)
    return Reject::expiry_not_ahead;
  return Reject::none;
}

Reject EngineState::check_state(const Market& m, OrderType type, TimeInForce tif,
                                const Terms& terms) {
  if (m.state == TradingState::closed) return Reject::market_closed;
  if (m.state == TradingState::halted) return Reject::halted;
  if (tif == TimeInForce::at_the_close) return Reject::none;
  const bool opens =
      m.state == TradingState::pre_open ||
      (m.state == TradingState::auction && m.auction == AuctionKind::opening);
  if (tif == TimeInForce::at_the_open)
    return opens ? Reject::none : Reject::not_in_this_state;
  if (!gathers(m)) return Reject::none;
  const bool conditional = terms.all_or_none || terms.minimum.n > 0;
  const bool at_once = tif == TimeInForce::ioc || tif == TimeInForce::fok ||
                       type == OrderType::post_only ||
                       (type == OrderType::market && conditional);
  return at_once ? Reject::not_in_this_state : Reject::none;
}

Reject EngineState::check_new(const NewOrder& order, const Terms& terms, Incoming& in) {
  if (static_cast<std::uint8_t>(order.side) > 1) return Reject::side_missing;
  if (order.instrument >= store_.max_instruments()) return Reject::unknown_instrument;
  if (order.quantity.n < 1) return Reject::quantity_not_positive;
  if (order.quantity.n > kMaxQuantity) return Reject::quantity_too_large;
  const bool priced = has_price(order.type);
  if (priced && beyond(order.price.n)) return Reject::price_out_of_range;
  if (!known_codes(order, terms)) return Reject::not_supported_here;
  if (const Reject bad = check_terms(order, terms); bad != Reject::none) return bad;
  if (store_.find(order.id) != kNone) return Reject::duplicate_id;

  Market& m = store_.market(order.instrument);
  const bool limited = priced && order.type != OrderType::pegged;
  if ((limited && off_increment(m, order.price)) || off_increment(m, terms.stop))
    return Reject::price_off_increment;
  const Reject bad = check_state(m, order.type, order.time_in_force, terms);
  if (bad != Reject::none) return bad;
  if (limited && outside_band(m, order.side, order.price)) return Reject::outside_band;
  Ticks seen;
  if (order.type == OrderType::trailing_stop &&
      !watched(m, terms.trigger, order.side, seen))
    return Reject::no_reference;

  in.id = order.id;
  in.instrument = order.instrument;
  in.owner = order.owner;
  in.side = order.side;
  in.type = order.type;
  in.time_in_force = order.time_in_force;
  in.price = priced ? order.price : Ticks{};
  in.left = order.quantity;
  in.rule = rule_of(order.owner, &terms);
  in.terms = &terms;
  if (m.state == TradingState::continuous && !is_stop(order.type) &&
      !is_held(m, order.time_in_force)) {
    const Reject no = price_incoming(m, in);
    if (no != Reject::none) return no;
  }
  if (would_overflow(m, in)) return Reject::quantity_overflow;
  return store_.full() ? Reject::too_many_orders : Reject::none;
}

Reject EngineState::price_incoming(Market& m, Incoming& in) {
  price_pegs(m);
  const Side across = opposite(in.side);
  switch (in.type) {
    case OrderType::market:
      in.limit = worst_key(m, in.side);
      return first_candidate(m, in) == kNoKey ? Reject::no_liquidity : Reject::none;
    case OrderType::market_to_limit: {
      in.limit = worst_key(m, in.side);
      const Key first = first_candidate(m, in);
      if (first == kNoKey) return Reject::no_liquidity;
      in.limit = first;
      in.price = price_of(in.side, on_increment(m, -first));
      return Reject::none;
    }
    case OrderType::pegged: {
      const Key reference = peg_reference(m, in.side, in.terms->peg);
      in.limit = reference == kNoKey
                     ? std::numeric_limits<Key>::max()
                     : -peg_key(m, in.side, reference, in.terms->offset, in.price);
      return Reject::none;
    }
    case OrderType::post_only: {
      in.limit = key_of(across, in.price);
      const Key first = first_candidate(m, in);
      if (first == kNoKey) return Reject::none;
      const std::int64_t step = m.special ? m.special->settings.increment.n : 1;
      const Key own = on_increment(m, -first - step);  // a step worse
      if (!in.terms->slide || own < -kMaxPrice) return Reject::would_take;
      in.price = price_of(in.side, own);
      in.limit = key_of(across, in.price);
      return Reject::none;
    }
    default:
      in.limit = key_of(across, in.price);
      return Reject::none;
  }
}

bool EngineState::would_overflow(const Market& m, const Incoming& in) const {
  if (!has_price(in.type) || in.type == OrderType::hidden ||
      in.type == OrderType::pegged || in.ends() ||
      (in.terms != nullptr && (in.terms->all_or_none || in.terms->minimum.n > 0)))
    return false;
  const Handle level =
      m.shown[static_cast<std::size_t>(in.side)].find(key_of(in.side, in.price));
  if (level == kNone) return false;
  std::int64_t mine = in.left.n;
  if (in.type == OrderType::iceberg)
    mine = std::min(mine, in.terms->display.n + in.terms->display_random.n);
  std::int64_t others = store_.at(level).quantity;
  if (in.record != kNone && store_.at(in.record).level == level)
    others -= store_.at(in.record).quantity;
  std::int64_t total;
  return __builtin_add_overflow(others, mine, &total);
}

Incoming EngineState::incoming(Handle h) const {
  const Entry& e = store_.at(h);
  const OrderView v = view(h);
  Incoming in;
  in.id = v.id;
  in.instrument = v.instrument;
  in.owner = v.owner;
  in.side = v.side;
  in.price = v.price;
  in.left = v.left;
  in.record = h;
  in.type = OrderType::limit;
  if (is_special(e.mark)) {
    const Extra& x = store_.extra(e);
    in.type = x.type;
    in.time_in_force = x.time_in_force;
    in.terms = &x.terms;
  }
  in.rule = rule_of(in.owner, in.terms);
  return in;
}

bool EngineState::keeps_place(Handle h, const Change& change) const {
  const Incoming was = incoming(h);
  const bool same =
      was.terms == nullptr
          ? !change.special()
          : !change.stop &&
                change.offset.value_or(was.terms->offset) == was.terms->offset &&
                change.display.value_or(was.terms->display) == was.terms->display;
  return change.new_id == change.id && same && change.left <= was.left &&
         (!has_price(was.type) || change.price == was.price);
}

Reject EngineState::check_change(Handle h, const Change& change, Incoming& in) {
  in = incoming(h);
  const bool priced = has_price(in.type);
  const Where where =
      is_special(store_.at(h).mark) ? store_.extra(store_.at(h)).where : Where::shown;
  const bool waits = where == Where::stop;
  if (change.left.n < 1) return Reject::quantity_not_positive;
  if (change.left.n > kMaxQuantity) return Reject::quantity_too_large;
  if ((priced && beyond(change.price.n)) || (change.stop && beyond(change.stop->n)) ||
      (change.offset && beyond(change.offset->n)))
    return Reject::price_out_of_range;
  if ((change.stop && (!waits || in.type == OrderType::trailing_stop)) ||
      (change.offset && in.type != OrderType::pegged) ||
      (change.display && in.type != OrderType::iceberg))
    return Reject::terms_not_for_type;
  if (change.display &&
      (*change.display <= in.terms->display_random || *change.display > change.left))
    return Reject::display_out_of_range;
  if (change.new_id != change.id && store_.find(change.new_id) != kNone)
    return Reject::duplicate_id;

  Market& m = store_.market(in.instrument);
  const bool limited = priced && in.type != OrderType::pegged;
  if ((limited && off_increment(m, change.price)) ||
      (change.stop && off_increment(m, *change.stop)))
    return Reject::price_off_increment;
  if (m.state == TradingState::closed) return Reject::market_closed;
  if (m.state == TradingState::halted) return Reject::halted;
  if (limited && outside_band(m, in.side, change.price)) return Reject::outside_band;

  const bool kept = keeps_place(h, change);
  in.id = change.new_id;
  if (priced) in.price = change.price;
  in.left = change.left;
  if (kept) return Reject::none;
  // Nothing below refuses a peg.
  if (change.offset) store_.extra(store_.at(h)).terms.offset = *change.offset;
  if (m.state == TradingState::continuous && !waits && where != Where::held) {
    const Reject no = price_incoming(m, in);
    if (no != Reject::none) return no;
  }
  if (would_overflow(m, in)) return Reject::quantity_overflow;
  if (change.display) store_.extra(store_.at(h)).terms.display = *change.display;
  return Reject::none;
}

}  // namespace ai_trading::matching
